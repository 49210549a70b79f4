"""Question sets as files: begun, advised on, printed; the commands of `questions`."""
