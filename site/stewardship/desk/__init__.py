"""The editor's desk: a local page in which a transcript is corrected by ear, and its server.

text_changes.py    changes of a text, in the units in which a browser counts
journal.py         the changes of a session on the disk, one line for each request
document.py        one story's text: its versions, its file, and what changes the file meanwhile
lease.py           which window may write
open_stories.py    the stories that are open at the desk
refusals.py        what the desk refuses, each with a code
"""
