"""Pages for frames of other systems: where they are made, and that they go with their story."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace

from library.core.audience import Audience
from library.core.errors import BadInput, ToolFailed
from library.core.settings import load_settings
from library.core.workspace import Workspace
from publish.build import build_site, check_site
from publish.build_job import build_library
from publish.offline import make_offline_copy
from publish.render.embed import embedded_files, embedded_paths, frame_line
from publish.serve import serve_pages
from tests.support.command_line import CommandResult
from tests.support.editions import (
    VIDEO,
    chapters,
    edition_of,
    lay_edition,
    library_words,
    story_page,
)
from tests.support.editions import released as released_page
from tests.support.quick_stories import filmed, released
from tests.support.withdrawn_story import TITLE, paths_naming

Cli = Callable[..., CommandResult]
MOODLE = "https://moodle.example"
ADDRESS = "https://stories.trust.example/carers/"
DOCS = Path(__file__).parents[2] / "docs"


def _name_sites(workspace: Workspace, *sites: str) -> None:
    with workspace.settings.open("a", encoding="utf-8") as file:
        file.write(f"\nembed: {json.dumps(sites)}\n")


@pytest.mark.parametrize(
    "site",
    [
        "*",
        "https://*",
        "https://*.example",
        "moodle.example",
        "https://moodle.example/",
        "https://moodle.example/course",
        "https://moodle.example; script-src *",
        "https://moodle.example https://else.example",
        "https://Moodle.example",
        "https://moodle.exämple",
        "javascript:alert(1)",
        "'self'",
        "null",
        "",
    ],
)
def test_what_is_no_site_is_refused_by_name(workspace: Workspace, site: str) -> None:
    _name_sites(workspace, MOODLE, site)
    with pytest.raises(BadInput, match="embed: “"):
        load_settings(workspace)


def test_sites_are_named_with_scheme_host_and_port(workspace: Workspace) -> None:
    sites = (MOODLE, "http://intranet", "http://127.0.0.1:8000", "https://*.cloud.microsoft")
    _name_sites(workspace, *sites)
    assert load_settings(workspace).embed == sites


def test_pages_are_made_where_a_site_is_named_and_never_leave_the_house() -> None:
    story = released_page(story_page(VIDEO), {"film.mp4": "0" * 64})
    unnamed = edition_of(story)
    named = edition_of(story, library=library_words(frames=(MOODLE,)))
    names = (
        *("index.html", "course.html", "shown.json"),
        *("first-contact/index.html", "staff/index.html"),
    )
    paths = {"embed/not-shown.html", *(f"embed/{VIDEO}/{name}" for name in names)}
    assert {path for path, _ in embedded_files(named)} == embedded_paths(named) == paths
    for edition in (unnamed, replace(named, until=date(2026, 5, 1))):
        assert not embedded_paths(edition)
        assert not [*embedded_files(edition)]


def test_a_question_cannot_name_a_place_elsewhere_and_is_one_page_if_asked_twice() -> None:
    first, second = chapters()
    odd = (
        first,
        replace(second, id=first.id),
        *(replace(second, id=name) for name in ("../../index", "a/b", "", ".", "A b", "x" * 300)),
    )
    page = story_page(VIDEO, chapters=odd)
    edition = edition_of(
        released_page(page, {"film.mp4": "0" * 64}), library=library_words(frames=(MOODLE,))
    )
    names = ("index.html", "course.html", "shown.json", f"{first.id}/index.html")
    assert embedded_paths(edition) == {
        "embed/not-shown.html",
        *(f"embed/{VIDEO}/{name}" for name in names),
    }


def test_a_page_of_one_question_has_that_part_alone() -> None:
    story = released_page(story_page(VIDEO), {"film.mp4": "0" * 64, "captions.vtt": "0" * 64})
    edition = edition_of(story, library=library_words(frames=(MOODLE,)))
    pages = dict(embedded_files(edition))
    part = pages[f"embed/{VIDEO}/staff/index.html"]
    assert "You can always listen." in part
    assert "I rang the ward." not in part
    assert "film.mp4#t=8,12" in part
    for html in (part, pages[f"embed/{VIDEO}/index.html"]):
        assert 'data-review="2028-03-03" data-review-page' in html
        assert "For all staff of this trust" in html
        assert "Describes a frightening night." in html
        assert len(html.encode()) < 8_000
        # The first digits of a cut are the code that its sign-off asked for.
        assert story.cut not in html


def test_nothing_else_may_lie_beside_them(workspace: Workspace, media: Path) -> None:
    lay_edition(workspace, media, story_page(VIDEO), frames=(MOODLE,))
    build_site(workspace)
    (workspace.public / "embed" / VIDEO / "other.html").write_text("<p>Somebody’s words</p>")
    with pytest.raises(ToolFailed, match=f"embed/{VIDEO}/other.html: nobody released it"):
        check_site(workspace)


def test_they_go_with_their_story(workspace: Workspace, run_cli: Cli, tmp_path: Path) -> None:
    _name_sites(workspace, MOODLE)
    given = workspace.settings.read_text(encoding="utf-8")
    lines = [line for line in given.splitlines() if not line.startswith("address:")]
    workspace.settings.write_text("\n".join([*lines, f"address: {ADDRESS}", ""]), "utf-8")
    story_id, other = released(workspace, TITLE), released(workspace, "Still shown")
    build_library(workspace, Audience.TRUST)
    page = workspace.public / "embed" / story_id / "index.html"
    assert page.is_file()
    assert (page.parent / "beginning" / "index.html").is_file()
    for arguments, end in (
        ((), ""),
        (("--moment", "beginning"), "beginning/"),
        (("--part", "0:00.2-1"), "#t=0,1"),
    ):
        printed = json.loads(run_cli("site", "embed", story_id, *arguments, "--json").out)
        assert printed["address"] == f"{ADDRESS}embed/{story_id}/{end}"
        assert printed["line"] in run_cli("site", "embed", story_id, *arguments).out
    for arguments, said in (
        (("--moment", "elsewhere"), "has no answer “elsewhere”"),
        (("--part", "1:00"), "is no part of a film"),
        (("--part", "1-0"), "it has no part 1-0"),
        (("--part", "0-99:00"), "it has no part 0-99:00"),
    ):
        assert said in run_cli("site", "embed", story_id, *arguments).err
    make_offline_copy(
        workspace, Audience.TRUST, tmp_path / "stick", to="Ward 3, ward manager", role="editor"
    )
    assert not [*(tmp_path / "stick").glob("pages/embed*")]
    assert run_cli("withdraw", story_id, "--yes").code == 0
    assert "is not in the library" in run_cli("site", "embed", story_id).err
    assert not paths_naming(workspace, story_id, TITLE)
    assert (workspace.public / "embed" / other / "index.html").is_file()
    # One that came back by hand, and nothing else of the story.
    page.parent.mkdir()
    page.write_text(f"<p>{TITLE}</p>", encoding="utf-8")
    run_cli("status")
    assert not paths_naming(workspace, story_id, TITLE)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("", "where the library stands (address) or which sites may show a story (embed)"),
        (f"address: {ADDRESS}", "does not say which sites may show a story (embed)."),
        (f"embed: [{MOODLE}]", "does not say where the library stands (address)."),
        (f"address: http://intranet/\nembed: [{MOODLE}]", "begins with http"),
        (f"address: {ADDRESS}\nembed: [{MOODLE}]", "There is no library yet"),
    ],
)
def test_a_line_that_would_show_nothing_is_not_printed(
    workspace: Workspace, run_cli: Cli, settings: str, said: str
) -> None:
    story_id = filmed(workspace)
    workspace.settings.write_text(f"{settings}\n", encoding="utf-8")
    result = run_cli("site", "embed", story_id)
    assert result.code != 0
    assert said in result.err
    assert "<iframe" not in result.out


def test_the_line_that_hosting_tells_of_is_the_one_that_is_printed() -> None:
    line = frame_line("https://stories.intranet.example/embed/cs-4k7m2q/", "Ruth’s story")
    assert line in (DOCS / "hosting.md").read_text(encoding="utf-8")
    assert frame_line(ADDRESS, 'A "quoted" <b>') == (
        f'<iframe src="{ADDRESS}" title="A &quot;quoted&quot; &lt;b&gt;" '
        + line[line.index("width=") :]
    )


def test_the_server_lets_named_sites_alone_show_them(workspace: Workspace, media: Path) -> None:
    lay_edition(workspace, media, story_page(VIDEO), frames=(MOODLE,))
    build_site(workspace)
    with serve_pages(workspace, 0) as address:

        def ancestors(path: str) -> str:
            where = urlsplit(address)
            connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=30)
            connection.request("GET", f"/{path}")
            return str(connection.getresponse().headers["Content-Security-Policy"])

        embedded = f"embed/{VIDEO}/"
        assert ancestors(embedded) == "frame-ancestors 'none'"
        _name_sites(workspace, MOODLE)
        assert ancestors(embedded) == f"frame-ancestors 'self' {MOODLE}"
        assert ancestors(f"{embedded}gone/") == f"frame-ancestors 'self' {MOODLE}"
        for path in ("", f"stories/{VIDEO}.html", "embedded.html", "assets/js/embed.js"):
            assert ancestors(path) == "frame-ancestors 'none'"
        _name_sites(workspace, "*")
        assert ancestors(embedded) == "frame-ancestors 'none'"
