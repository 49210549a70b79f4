"""Set words into lines of placed letters, in any script, for cards and captions."""
