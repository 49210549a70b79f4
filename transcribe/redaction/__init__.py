"""Find and hide names that must not be heard: the private list of a story and its uses."""
