"""The sound of a film: decoded once, edited to the sample as raw sound, encoded once."""
