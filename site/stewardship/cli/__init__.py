"""Commands that look after a library, one file a subject."""
