"""The pictures of a film: from the originals, through one encoding, to every size of it."""
