"""Question sets: read and checked, begun from a scaffold, printed."""
