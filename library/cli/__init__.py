"""Commands about what we know and what we are allowed to do, one file a subject."""
