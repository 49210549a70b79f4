"""The editor's desk: a local page in which a transcript is corrected by ear, and its server.

desk_page.py         the page, and the server while it runs
story_api.py         calls about stories      story_list.py      the list of the first page
open_stories.py      the stories that are open
document.py          one story's text: its versions, its file, and what changes the file meanwhile
journal.py           the changes of a session on the disk, one line for each request
text_changes.py      changes of a text, in the units in which a browser counts
lease.py             which window may write
newest_analysis.py   what `edit` would say of the newest text, made beside the typing
refusals.py          what the desk refuses, each with a code

It is described in docs/reference/desk.md.
"""
