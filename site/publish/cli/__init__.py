"""Commands that make what staff see, and look after the whole: one file a subject."""
