"""The capture session: one engine for the station’s page and for the terminal.

events.py     what can happen, as lines of the journal       state.py   what that makes of a session
journal.py    the lines on the disk                          chunks.py  the recording as it grows
opening.py    into a session                                 live.py    a session somebody is in
finding.py    every session of a workspace
keeping.py    made the story’s recording                     deleting.py   gone, with a receipt
resuming.py   what a kill left although it was decided       words.py      what is said around it

Whatever was answered with yes is on the disk: each line and each chunk is flushed before that.
"""
