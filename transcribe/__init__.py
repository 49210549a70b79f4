"""Speech to words, words to a corrected transcript, captions and chapters."""
