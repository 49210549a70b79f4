"""The one download: a folder with Python, the program and all that it needs (`make bundle`)."""
