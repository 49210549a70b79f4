"""Building the site: the whole of it or the old one, and nothing in it that was not released."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from library.core.errors import CarerStoriesError, Damaged, NotAllowed, NotFound, ToolFailed
from library.core.workspace import Workspace
from library.records.hidden_terms import HiddenTerm
from publish.build import build_site, check_site
from publish.forbidden import Forbidden
from publish.page_checks import broken_links
from tests.support.command_line import CommandResult
from tests.support.editions import HEARD, VIDEO, BuiltSite, lay_edition, story_page
from tests.support.quick_stories import approve, filmed, released, remake_cut, sign_off

HIDDEN = "cs-7hq4vn"


def _all_files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def standing(workspace: Workspace, media: Path) -> Workspace:
    """A workspace with an edition of one story, and a site that stood before."""
    lay_edition(workspace, media, story_page(VIDEO))
    workspace.public.mkdir()
    (workspace.public / "index.html").write_text("<p>the old site</p>")
    return workspace


def _still_old(workspace: Workspace) -> bool:
    leftovers = list(workspace.root.glob("public.*"))
    return not leftovers and _all_files(workspace.public) == {"index.html": b"<p>the old site</p>"}


def test_the_site_has_a_page_for_each_story_and_their_files(built_site: BuiltSite) -> None:
    files = set(_all_files(built_site.workspace.public))
    for name in (f"{VIDEO}.html", f"{VIDEO}/film.mp4", f"{VIDEO}/captions.js", f"{HEARD}.html"):
        assert f"stories/{name}" in files
    for page in ("index", "about", "using-a-story", "support", "accessibility", "privacy", "404"):
        assert f"{page}.html" in files
    assert not [name for name in files if "sitemap" in name or "search_index" in name]
    check_site(built_site.workspace)


def test_every_page_says_that_invented_stories_are_invented(
    built_site: BuiltSite, standing: Workspace
) -> None:
    for path in built_site.workspace.public.rglob("*.html"):
        assert "These stories are invented" in path.read_text(encoding="utf-8"), path
    build_site(standing)
    for path in standing.public.rglob("*.html"):
        assert "invented" not in path.read_text(encoding="utf-8"), path


def test_pages_hold_no_code_and_name_a_strict_policy(built_site: BuiltSite) -> None:
    for path in built_site.workspace.public.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
        assert policy, path
        assert "script-src 'self';" in policy[1]
        assert "unsafe" not in policy[1]
        # The page for what is not there has no script, for it could be found by no address.
        scripts = html.index("<script") if path.name != "404.html" else len(html)
        assert html.index("Content-Security-Policy") < scripts
        assert "<script" not in html[:scripts]
    assert broken_links(built_site.workspace.public) == []


def test_the_same_edition_gives_the_same_site(standing: Workspace) -> None:
    build_site(standing)
    first = _all_files(standing.public)
    build_site(standing)
    assert _all_files(standing.public) == first


def test_nothing_compiled_is_left_in_the_workspace(
    standing: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python would lay it beside MkDocs’ hook, and not flush it."""
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    build_site(standing)
    assert not list(standing.root.rglob("__pycache__"))
    assert not sys.dont_write_bytecode, "and afterwards as it was"


def test_a_page_of_a_story_that_is_gone_is_gone(standing: Workspace, media: Path) -> None:
    build_site(standing)
    assert (standing.public / f"stories/{VIDEO}.html").is_file()
    lay_edition(standing, media)
    build_site(standing)
    assert not (standing.public / "stories").exists()
    assert "No story is here at the moment" in (standing.public / "index.html").read_text()


def test_hostile_words_from_settings_and_stories_stay_words(
    workspace: Workspace, media: Path
) -> None:
    markup = '"><script src=x></script>{{ 7 * 7 }}</title><!--'
    lay_edition(workspace, media, story_page(VIDEO, title=markup), title=markup, trust=markup)
    build_site(workspace)
    for path in workspace.public.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        assert "<script src=x>" not in html, path
        assert ">49<" not in html


def test_without_an_edition_it_says_what_to_do(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="site build"):
        build_site(workspace)
    assert not workspace.public.exists()


def _swap_film(workspace: Workspace) -> None:
    (workspace.edition / "stories" / VIDEO / "film.mp4").write_bytes(b"another film")


def _lose_captions(workspace: Workspace) -> None:
    (workspace.edition / "stories" / VIDEO / "captions.vtt").unlink()


def _climb_out(workspace: Workspace) -> None:
    record = workspace.edition / "edition.json"
    record.write_text(record.read_text().replace(VIDEO, "../../etc"))


def _list_another_file(workspace: Workspace) -> None:
    record = workspace.edition / "edition.json"
    record.write_text(record.read_text().replace('"poster.jpg"', '"../../library.json"'))


@pytest.mark.parametrize("damage", [_swap_film, _lose_captions, _climb_out, _list_another_file])
def test_an_edition_that_was_touched_is_refused(standing: Workspace, damage) -> None:
    damage(standing)
    with pytest.raises(Damaged):
        build_site(standing)
    assert _still_old(standing)


def _write_page(workspace: Workspace, words: str) -> None:
    page = workspace.content / "about.md"
    page.write_text(page.read_text(encoding="utf-8") + f"\n{words}\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ('<img src="https://example.org/a.png" alt="">', ToolFailed),
        ('<iframe src="//example.org/"></iframe>', ToolFailed),
        ("<script>alert(1)</script>", ToolFailed),
        ("[x](javascript:alert(1))", ToolFailed),
        ('<a href="gone.html">gone</a>', ToolFailed),
        ('<a href="./">a folder: from file:// a list of files</a>', ToolFailed),
        ("[gone](gone.md)", ToolFailed),
        ('<a href="about.html#no-such-part">x</a>', ToolFailed),
        ('<p style="color:red">x</p>', ToolFailed),
        ('<template><img src="//example.org/a.png"></template>', ToolFailed),
        ('<meta http-equiv="refresh" content="0; url=https://example.org/">', ToolFailed),
        ('<iframe srcdoc="&lt;p&gt;x"></iframe>', ToolFailed),
        ('<script type="text/javascript">alert(1)</script>', ToolFailed),
        ('<p id="twice">x</p><p id="twice">y</p>', ToolFailed),
        ("<p>never closed</b></p>", ToolFailed),
        (f"We also recorded {HIDDEN}.", NotAllowed),
        ("The ward was Birch House.", NotAllowed),
    ],
)
def test_a_fault_in_a_page_keeps_the_old_site(
    standing: Workspace, words: str, refusal: type[CarerStoriesError]
) -> None:
    _write_page(standing, words)
    with pytest.raises(refusal) as error:
        build_site(standing, Forbidden((HiddenTerm("Birch House", VIDEO, 3, True, False),)))
    assert error.value.next_step
    assert "Birch" not in str(error.value)
    assert _still_old(standing)


def test_an_unreleased_story_beside_the_edition_never_gets_in(
    standing: Workspace, media: Path
) -> None:
    """Only what the edition lists is copied, whatever else lies in its folder or the workspace."""
    for folder in (standing.edition / "stories" / HIDDEN, standing.stories / HIDDEN):
        folder.mkdir(parents=True)
        (folder / "film.mp4").write_bytes((media / "film.mp4").read_bytes() + b"secret")
    (standing.edition / "stories" / VIDEO / "notes.txt").write_text("not for staff")
    build_site(standing)
    for name, data in _all_files(standing.public).items():
        assert HIDDEN not in name
        assert HIDDEN.encode() not in data
        assert b"not for staff" not in data
        assert not data.endswith(b"secret")


def test_check_finds_what_was_put_into_the_site_afterwards(standing: Workspace) -> None:
    build_site(standing)
    check_site(standing)
    extra = standing.public / "stories" / VIDEO / "out-takes.mp4"
    extra.write_bytes(b"x")
    with pytest.raises(ToolFailed, match="nobody released it"):
        check_site(standing)
    extra.unlink()
    (standing.public / "stories" / VIDEO / "film.mp4").write_bytes(b"another")
    with pytest.raises(Damaged):
        check_site(standing)


def test_every_build_looks_for_what_the_private_lists_and_other_stories_hold(
    workspace: Workspace, run_cli: Callable[..., CommandResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown_id, hidden_id = released(workspace), filmed(workspace, "Not shown")
    assert run_cli("site", "build").code == 0
    before = _all_files(workspace.public)
    (workspace.assets / "img" / "face.jpg").write_bytes(
        (workspace.stories / hidden_id / "poster.jpg").read_bytes()
    )
    for command in ("build", "check"):
        if command == "check":
            shutil.copy(workspace.assets / "img" / "face.jpg", workspace.public / "assets" / "img")
        result = run_cli("site", command)
        assert result.code == 4
        assert "assets/img/face.jpg (" in result.err
        assert hidden_id in result.err
    (workspace.assets / "img" / "face.jpg").unlink()
    (workspace.public / "assets" / "img" / "face.jpg").unlink()
    terms = (HiddenTerm("Birch House", shown_id, 1, True, False),)
    monkeypatch.setattr("publish.forbidden.hidden_terms", lambda *_, **__: terms)
    _write_page(workspace, "The ward was Birch House.")
    result = run_cli("site", "build")
    assert result.code == 4
    assert f"(names.yml of {shown_id}, entry 1)" in result.err
    assert "Birch" not in result.err
    assert _all_files(workspace.public) == before


def test_a_private_list_that_cannot_be_read_stops_a_build_and_no_withdrawal(
    workspace: Workspace, run_cli: Callable[..., CommandResult]
) -> None:
    withdrawn_id, kept_id = released(workspace, "Taken back"), released(workspace, "Still shown")
    assert run_cli("site", "build").code == 0
    before = _all_files(workspace.public)
    (workspace.stories / withdrawn_id / "names.yml").write_text("names: [oops")
    assert run_cli("site", "build").code == 2
    assert _all_files(workspace.public) == before
    run_cli("withdraw", withdrawn_id, "--yes")
    published_files = _all_files(workspace.public)
    assert f"stories/{kept_id}.html" in published_files
    assert not [
        name
        for name, data in published_files.items()
        if withdrawn_id in name or withdrawn_id.encode() in data
    ]


def test_status_knows_what_staff_see(
    workspace: Workspace, run_cli: Callable[..., CommandResult]
) -> None:
    """A released story asks for a build only until its page shows this very cut."""
    story_id = released(workspace)
    next_line = "Next: Ask the contributor again by"
    assert (
        "Next: Put it in front of staff: carer-stories site build"
        in run_cli("status", story_id).out
    )
    assert run_cli("site", "build").code == 0
    assert next_line in run_cli("status", story_id).out

    remake_cut(workspace, story_id, "Told otherwise")
    sign_off(workspace, story_id)
    approve(workspace, story_id)
    assert next_line not in run_cli("status", story_id).out


def test_a_style_that_somebody_wrote_is_named_with_its_line(standing: Workspace) -> None:
    words = (
        '# Wards\n\n<p style="color: red">Ring</p>\n\n<p onclick="ring()">Now</p>\n\n'
        "![Map](https://example.org/map.png)\n\n[Later](#not-yet)\n\nRing</section> us\n"
    )
    (standing.content / "wards.md").write_text(words, encoding="utf-8")
    with pytest.raises(ToolFailed) as refused:
        build_site(standing)
    message = str(refused.value)
    assert '<p style="color: red">) (site/content/wards.md, line 3)' in message
    assert "an event handler in an attribute (site/content/wards.md, line 5)" in message
    assert "(https://example.org/map.png) (site/content/wards.md, line 7)" in message
    assert "(#not-yet) (site/content/wards.md, line 9)" in message
    assert "is not valid HTML" in message
    assert "(site/content/wards.md, line 11)" in message
    assert "Take out the style" in message
    (standing.content / "wards.md").write_text("# Wards\n\n[Ash](nowhere.md)\n", "utf-8")
    with pytest.raises(ToolFailed, match=r"nowhere\.md.*\(site/content/wards\.md, line 3\)"):
        build_site(standing)
    assert _still_old(standing)
