"""Commands that make and approve films, one file a subject."""
