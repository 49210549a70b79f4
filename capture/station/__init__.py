"""The capture station: a local page in which a volunteer records an interview, and its server.

server.py          what comes before and after it is served by `library.local_page`
station_page.py    how it differs from other pages, and when it may be closed
library_api.py     calls about stories, questions, agreements, room and battery
session_api.py     calls about sessions        open_sessions.py   sessions held, recordings kept
page/              the page in the browser

The protocol is described in docs/project/station-page.md.
"""
