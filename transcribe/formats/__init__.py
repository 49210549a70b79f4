"""Formats of transcripts and captions that other tools write and read."""
