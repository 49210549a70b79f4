"""Marks made afterwards, by listening: the command `capture mark`."""
