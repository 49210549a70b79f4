"""The guided session in a terminal: the second face of `capture.sessions`.

sitting.py   a conversation: where it is in the questions, and the recorder's data put away
keys.py      one key at a time, on every system      cli.py    what is shown, and the commands
"""
