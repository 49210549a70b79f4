"""A build that uses files of the site before makes the same site, byte for byte, as one that makes
everything anew; and nothing damaged, foreign or changed by hand survives in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from films.page_text import StoryPage, read_page
from library.consent.erasure import erase_files
from library.consent.withdrawals import record_withdrawal
from library.core import files
from library.core.audience import Audience
from library.core.errors import Damaged, NotAllowed
from library.core.files import sha256_of
from library.core.workspace import Workspace
from library.records.cut import read_cut
from library.records.ledger import Ledger
from library.records.story import Story
from publish import page_checks
from publish.build_job import BuildResult, build_library
from publish.edition import build_edition, read_edition
from publish.leaks.scan import LeakRules
from publish.page_checks import LinkedParts, broken_links
from publish.search import shards
from publish.search.document_index import Vocabulary
from publish.search.documents import SearchDocument
from publish.standing_site import inputs_of
from tests.support.folder_contents import modes_and_bytes
from tests.support.quick_stories import approve, filmed, released, remake_cut, sign_off
from tests.support.workspaces import make_workspace

NOTHING = LeakRules(frozenset())


def build(workspace: Workspace) -> BuildResult:
    result = build_library(workspace, Audience.TRUST)
    assert result.problem == ""
    return result


def kept(workspace: Workspace) -> set[str]:
    """Build, and return the ids of the stories whose files were those of the site before."""
    return set(build(workspace).site.kept.files)


def require_as_from_nothing(workspace: Workspace) -> None:
    """The site that stands is the one that a build without it makes."""
    standing, edition = modes_and_bytes(workspace.public), modes_and_bytes(workspace.edition)
    workspace.site_inputs.unlink(missing_ok=True)
    assert kept(workspace) == set()
    assert modes_and_bytes(workspace.public) == standing
    assert modes_and_bytes(workspace.edition) == edition


@pytest.fixture
def three(workspace: Workspace) -> list[str]:
    """The ids of three stories on a site that stands."""
    ids = [released(workspace, title) for title in ("One", "Two", "Three")]
    build(workspace)
    return ids


def test_one_more_approval_makes_the_pages_of_one_story(
    workspace: Workspace, three: list[str]
) -> None:
    page, film = f"stories/{three[0]}.html", f"stories/{three[0]}/film.mp4"
    before = (workspace.public / page).stat().st_ino
    film_before = (workspace.edition / film).stat().st_ino
    fourth = released(workspace, "Four")
    # The page of the third leads to the answer of the one that follows it.
    assert kept(workspace) == set(three[:2])
    # The very same file, and none of it was copied.
    assert (workspace.public / page).stat().st_ino == before
    assert (workspace.edition / film).stat().st_ino == film_before
    assert "Four" in (workspace.public / f"stories/{fourth}.html").read_text("utf-8")
    require_as_from_nothing(workspace)


STEPS: dict[str, Callable[[Workspace], None]] = {}


def step(act: Callable[[Workspace], None]) -> Callable[[Workspace], None]:
    STEPS[act.__name__] = act
    return act


def _ids(workspace: Workspace) -> list[str]:
    return [story.id for story in Ledger(workspace).read().all(Story)]


def _add_to(path: Path, text: str) -> None:
    path.write_text(path.read_text("utf-8") + text, "utf-8")


@step
def approved(workspace: Workspace) -> None:
    released(workspace, f"Story {len(_ids(workspace))}")


@step
def approved_with_theme(workspace: Workspace) -> None:
    released_as(workspace, lambda page: msgspec.structs.replace(page, themes=("hope",)))


@step
def approved_with_question(workspace: Workspace) -> None:
    answered(workspace, f"Who came {len(_ids(workspace)) % 2} times?")


def answered(workspace: Workspace, question: str) -> str:
    """A released story that answers a question; return its id."""

    def ask(page: StoryPage) -> StoryPage:
        chapters = tuple(msgspec.structs.replace(one, title=question) for one in page.chapters)
        return msgspec.structs.replace(page, chapters=chapters)

    return released_as(workspace, ask)


def released_as(workspace: Workspace, change: Callable[[StoryPage], StoryPage]) -> str:
    """A released story with a page that was changed before it was signed off; return its id."""
    story_id = filmed(workspace, f"Story {len(_ids(workspace))}")
    folder = workspace.story(story_id)
    folder.page.write_bytes(msgspec.json.encode(change(read_page(folder.page))))
    cut = read_cut(folder.cut)
    assert cut
    artefacts = {**cut.artefacts, folder.page.name: sha256_of(folder.page)}
    folder.cut.write_bytes(msgspec.json.encode(msgspec.structs.replace(cut, artefacts=artefacts)))
    sign_off(workspace, story_id)
    approve(workspace, story_id)
    return story_id


@step
def told_anew(workspace: Workspace) -> None:
    story_id = _ids(workspace)[-1]
    remake_cut(workspace, story_id, f"Anew {len(_ids(workspace))}")
    sign_off(workspace, story_id)
    approve(workspace, story_id)


@step
def withdrawn(workspace: Workspace) -> None:
    record_withdrawal(workspace, _ids(workspace)[0], "contributor")


@step
def retitled(workspace: Workspace) -> None:
    settings_text = workspace.settings.read_text("utf-8")
    workspace.settings.write_text(settings_text.replace("trust: North", "trust: Farnorth"), "utf-8")


@step
def page_written(workspace: Workspace) -> None:
    _add_to(workspace.content / "about.md", f"\nHere are {len(_ids(workspace))} stories.\n")


@step
def page_links_to_story(workspace: Workspace) -> None:
    # Never to the one that `withdrawn` takes away.
    shown = [story.page.id for story in read_edition(workspace).stories]
    linked = next(story_id for story_id in shown if story_id != _ids(workspace)[0])
    _add_to(workspace.content / "help.md", f"\n[One of them](stories/{linked}.md).\n")


@step
def frame_changed(workspace: Workspace) -> None:
    _add_to(workspace.overrides / "partials/footer.html", "<p>Of our trust</p>")


@step
def theme_written(workspace: Workspace) -> None:
    about = f"What gave hope, of {len(_ids(workspace))}."
    workspace.themes.write_text(f"themes:\n  - {{theme: hope, title: Hoping, about: {about!r}}}\n")


@step
def page_tampered_with(workspace: Workspace) -> None:
    for page in sorted((workspace.public / "stories").glob("*.html"))[:1]:
        _add_to(page, "<p>Mallory was here</p>")


@step
def film_tampered_with(workspace: Workspace) -> None:
    """In its place a film of the same length, with the same times."""
    for film in sorted((workspace.public / "stories").glob("*/film.mp4"))[:1]:
        times = (film.stat().st_atime_ns, film.stat().st_mtime_ns)
        film.write_bytes(b"x" * film.stat().st_size)
        os.utime(film, ns=times)


@step
def edition_tampered_with(workspace: Workspace) -> None:
    """Films by their length and times, captions by their bytes: neither is used again."""
    for film in sorted((workspace.edition / "stories").glob("*/film.mp4"))[:1]:
        times = (film.stat().st_atime_ns, film.stat().st_mtime_ns)
        film.write_bytes(b"y" * film.stat().st_size)
        os.utime(film, ns=times)
    for captions in sorted((workspace.edition / "stories").glob("*/captions.vtt"))[-1:]:
        _add_to(captions, "\nNOTE Mallory was here\n")


@step
def record_forged(workspace: Workspace) -> None:
    _add_to(workspace.site_inputs, " ")


@step
def index_tampered_with(workspace: Workspace) -> None:
    for kept_index in sorted(workspace.search_indexes.iterdir())[:1]:
        kept_index.write_bytes(kept_index.read_bytes()[:-1] + b"!")


@step
def indexes_exchanged(workspace: Workspace) -> None:
    first, second = sorted(workspace.search_indexes.iterdir())[:2]
    others = second.read_bytes()
    second.write_bytes(first.read_bytes())
    first.write_bytes(others)


@settings(
    max_examples=int(os.environ.get("HISTORIES", "3")),
    derandomize="HISTORIES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
    # Its steps say enough: each try to make them fewer takes seconds.
    phases=(Phase.generate,),
)
@given(steps=st.lists(st.sampled_from(sorted(STEPS)), min_size=3, max_size=6))
def test_after_any_steps_it_is_the_site_made_from_nothing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    workspace = make_workspace(tmp_path_factory.mktemp("library") / "library")
    for title in ("One", "Two"):
        released(workspace, title)
    filmed(workspace, "Never approved")
    build(workspace)
    for name in steps:
        STEPS[name](workspace)
        build(workspace)
    require_as_from_nothing(workspace)


def test_words_of_stories_that_are_as_they_were_are_not_read_again(
    workspace: Workspace, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fourth = released(workspace, "Four")
    # The page of the third leads to the answer of the one that follows it.
    changed = {f"stories/{story_id}.html" for story_id in (three[2], fourth)}
    read: set[str] = set()

    def note(document: SearchDocument, vocabulary: Vocabulary) -> object:
        read.add(document.path)
        return index_story(document, vocabulary)

    index_story = shards._index_story
    monkeypatch.setattr(shards, "_index_story", note)
    build(workspace)
    assert read == changed
    indexes_exchanged(workspace)
    index_tampered_with(workspace)
    released(workspace, "Five")
    build(workspace)
    monkeypatch.undo()
    require_as_from_nothing(workspace)


def test_pages_that_are_as_they_were_are_not_read_for_links_to_them(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of a question the page leads to each answer.
    ids = [answered(workspace, f"Who came {number % 2} times?") for number in range(6)]
    build(workspace)
    answered(workspace, "Who came 0 times?")
    read: list[bytes] = []

    def note(data: bytes) -> object:
        read.append(data)
        return read_page_of_site(data)

    read_page_of_site = page_checks._read
    monkeypatch.setattr(page_checks, "_read", note)
    as_they_were = kept(workspace)
    assert len(as_they_were) >= len(ids) - 1
    pages = {(workspace.public / f"stories/{story_id}.html").read_bytes() for story_id in ids}
    of_changed = set(ids) - as_they_were
    changed = {(workspace.public / f"stories/{of}.html").read_bytes() for of in of_changed}
    assert pages.intersection(read) == changed
    monkeypatch.undo()
    require_as_from_nothing(workspace)


PARTS = st.sets(st.sampled_from("abc"))
PAGE_NAMES = ("index.html", "stories/one.html", "stories/two.html")
LINKS = st.lists(st.tuples(st.sampled_from(PAGE_NAMES), st.sampled_from("abc")), max_size=4)
PAGES = st.fixed_dictionaries({name: st.tuples(PARTS, LINKS) for name in PAGE_NAMES})


@given(before=PAGES, after=PAGES, as_it_was=st.sets(st.sampled_from(PAGE_NAMES)))
def test_links_are_judged_as_by_one_who_reads_every_page(
    tmp_path_factory: pytest.TempPathFactory,
    before: dict[str, tuple[set[str], list[tuple[str, str]]]],
    after: dict[str, tuple[set[str], list[tuple[str, str]]]],
    as_it_was: set[str],
) -> None:
    folder = tmp_path_factory.mktemp("site")
    (folder / "stories").mkdir()
    first = LinkedParts()
    _lay_pages(folder, before)
    broken_links(folder, parts=first)
    _lay_pages(folder, {**after, **{name: before[name] for name in as_it_was}})
    again = LinkedParts(first.of_pages(as_it_was))
    assert broken_links(folder, parts=again) == broken_links(folder)


def _lay_pages(folder: Path, pages: dict[str, tuple[set[str], list[tuple[str, str]]]]) -> None:
    for name, (parts, links) in pages.items():
        up = "../" * name.count("/")
        named = "".join(f'<p id="{part}">Words</p>' for part in sorted(parts))
        linked = "".join(f'<a href="{up}{page}#{part}">Go</a>' for page, part in links)
        (folder / name).write_text(f"<!doctype html><title>A</title>{named}{linked}", "utf-8")


def test_no_index_is_kept_of_a_story_that_is_not_shown(
    workspace: Workspace, three: list[str]
) -> None:
    def kept_of() -> set[str]:
        return {path.name.partition(".")[0] for path in workspace.search_indexes.iterdir()}

    assert kept_of() == set(three)
    record_withdrawal(workspace, three[0], "contributor")
    build(workspace)
    assert kept_of() == set(three[1:])
    # Before any build.
    erase_files(workspace, three[1])
    assert kept_of() == {three[2]}


def test_what_was_changed_by_hand_is_made_again(workspace: Workspace, three: list[str]) -> None:
    page_tampered_with(workspace)
    film_tampered_with(workspace)
    changed = min(three)
    assert kept(workspace) == set(three) - {changed}
    assert b"Mallory" not in (workspace.public / f"stories/{changed}.html").read_bytes()
    film = f"stories/{changed}/film.mp4"
    assert (workspace.public / film).read_bytes() == (workspace.edition / film).read_bytes()


def test_what_was_changed_in_the_edition_is_copied_again(
    workspace: Workspace, three: list[str]
) -> None:
    edition_tampered_with(workspace)
    changed = {min(three), max(three)}
    assert kept(workspace) == set(three) - changed
    for story_id in three:
        for name in ("film.mp4", "captions.vtt"):
            shown = workspace.edition / "stories" / story_id / name
            assert shown.read_bytes() == (workspace.story(story_id).root / name).read_bytes()


@pytest.mark.usefixtures("three")
def test_a_record_that_is_not_of_the_last_build_counts_for_nothing(workspace: Workspace) -> None:
    record_forged(workspace)
    assert kept(workspace) == set()


@pytest.mark.parametrize(
    ("file", "added"),
    [
        ("mkdocs.yml", "\nhooks:\n  - ../elsewhere.py\n"),
        ("mkdocs.yml", "\ncopyright: !ENV HOME\n"),
        ("site/overrides/partials/footer.html", "{{ pages | length }}"),
        ("site/overrides/partials/footer.html", "{{ page.update_date }}"),
        ("site/overrides/partials/footer.html", "{% import 'partials/header.html' as h %}"),
        ("site/overrides/partials/footer.html", "{{ config.extra }}"),
    ],
)
def test_where_a_page_may_show_anything_everything_is_made(
    workspace: Workspace, file: str, added: str
) -> None:
    released(workspace)
    inputs = lambda: inputs_of(workspace, build_edition(workspace, Audience.TRUST), NOTHING, ())  # noqa: E731
    assert inputs() is not None
    _add_to(workspace.root / file, added)
    assert inputs() is None


def test_a_disk_without_links_gets_copies(
    workspace: Workspace, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(source: Path, to: Path) -> None:
        raise PermissionError(1, "Operation not permitted", str(source), None, str(to))

    monkeypatch.setattr(files.system, "link", no_links)
    assert kept(workspace) == set(three)
    require_as_from_nothing(workspace)


@pytest.mark.usefixtures("three")
def test_a_page_that_is_changed_while_the_site_is_made_stops_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = files.system.link

    def change_first(source: Path, to: Path) -> None:
        if source.name == "handout.html":
            _add_to(source, "<p>Mallory was here</p>")
        link(source, to)

    monkeypatch.setattr(files.system, "link", change_first)
    with pytest.raises(Damaged, match=r"handout\.html in the site changed while"):
        build_library(workspace, Audience.TRUST)


def test_a_name_listed_since_is_found_in_pages_that_stand(
    workspace: Workspace, three: list[str]
) -> None:
    # What every page of a story says here, in which nothing else changed.
    (workspace.story(three[0]).name_list).write_text(
        "names:\n  - name: Nobody asked One\n", "utf-8"
    )
    with pytest.raises(NotAllowed, match=r"names\.yml of"):
        build_library(workspace, Audience.TRUST)
