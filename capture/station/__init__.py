"""The capture station: a local page in which a volunteer records an interview, and its server.

serving.py   the server: one for each workspace, found again after a kill
guard.py     who may ask: Host, Origin, token, sizes; and the headers of every answer
app.py       the application put together, and refusals as JSON
library.py   calls about stories, questions and agreements       live.py   calls about sessions
health.py    room on the disk, the battery
page/        what the browser shows

The protocol is told in docs/station.md; only this package knows Flask and Werkzeug here.
"""
