"""Pages that this machine's browser shows, and their server: the capture station is one.

A page is a `LocalPage`, with a folder that holds `index.html`, its scripts and styles; the calls
of one run are a `PageService`:

    STATION = LocalPage(
        name="station",
        full_name="capture station",
        folder=Path(__file__).with_name("page"),
        files=lambda workspace: workspace.station_files,
        browser_features=("camera", "microphone"),
    )

    with open_page(STATION, workspace, port) as opened:
        # Lock, port and address are held, and nobody is answered: what must come before.
        sessions = OpenSessions(workspace)
        try:
            with opened.serve(PageService((session_calls(sessions),))) as running:
                running.wait()
        finally:
            sessions.close()  # nobody is answered any more: what must come after

`opened.serve` answers `/`, `/assets/NAME` (from the page's folder, then from the shared one),
`/fonts/NAME`, `/api/hello` and `/api/close`, and the rules of the blueprints: those under `/api/`
with a proof in both directions, and those that the page declares as `unproved_routes` without.

definition.py      LocalPage and PageService: all in which pages differ
server.py          the server: one for each workspace and page, resumable after a kill
address.py         the address on the disk, and the runs that were killed
app.py             the Flask application       responses.py     answers and refusals as JSON
guard.py           checks of Host, Origin, proof and sizes, and the headers of every answer
windows.py         windows and their connections: who may ask, each request once
proof.py           agreeing on keys, proofs and seals
refusals.py        refusals with a code and facts, for whoever does the work behind a call
launcher.py        opening the browser
page/              what the pages share in the browser

The protocol is described in docs/project/station-page.md. What a command says of its page is in
`library.cli.local_page`.
"""
