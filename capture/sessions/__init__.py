"""The capture session: one engine for the station’s page and for the terminal.

events.py            the lines of the journal
state.py             a session's state, and which event may follow which
storage.py           journal and takes on the disk
live_session.py      a session in progress
media_span.py        the time that the bytes of a take hold
session_lease.py     the one window that holds a session
session_folders.py   find, create and reopen sessions
finalise.py          keep, delete, finish what a kill interrupted
remote_recording.py  what Teams, Zoom or a telephone recorded, brought in

Whatever was acknowledged is on the disk: each line and each chunk is flushed before the answer.
"""
