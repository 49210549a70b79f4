"""The capture station: a local page in which a volunteer records an interview, and its server.

server.py          the server: one for each workspace, resumable after a kill
app.py             the Flask application       responses.py     answers and refusals as JSON
guard.py           checks of Host, Origin, proof and sizes, and the headers of every answer
windows.py         windows and their connections: who may ask, each request once
proof.py           agreeing on keys, proofs and seals
library_api.py     calls about stories, questions, agreements, room and battery
session_api.py     calls about sessions        open_sessions.py   sessions held, recordings kept
page/              the page in the browser

The protocol is described in docs/station.md.
"""
