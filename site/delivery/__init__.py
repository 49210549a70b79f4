"""Forms of the edition for other systems: packages for learning systems, slides, paper."""
