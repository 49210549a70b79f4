"""Captions: layout in lines and cues, and the rules they are checked against."""
