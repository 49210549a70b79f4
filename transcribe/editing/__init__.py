"""The transcript as the edit: the editor's copy, its markup, and what follows from a change."""
