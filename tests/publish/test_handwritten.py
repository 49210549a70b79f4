"""Words of stories that may not be shown, in what people wrote: found by every build."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from films.page_text import StoryPage
from library.core import struct_file
from library.core.workspace import Workspace
from publish.handwritten import placeholder
from publish.leaks.extract import Unreadable, file_contents
from publish.leaks.letter_readings import letter_lines
from publish.leaks.readings import folded_words, readings
from publish.story_words import RUN_WORDS, CommonTexts, run_starts
from publish.unreleased_words import (
    MIN_SHORT_LETTERS,
    UnreleasedWords,
    _letter_lines_of,
    _WordRuns,
    _words_of_entry,
)
from tests.support.command_line import CommandResult
from tests.support.quick_stories import approve, filmed, released, remake_cut, sign_off
from tests.support.training_plans import plan_text

Cli = Callable[..., CommandResult]

SAID = "My sister waited eleven hours on a plastic chair before anyone spoke to us."
QUOTE = "waited eleven hours on a plastic chair before anyone"


@pytest.fixture
def unreleased_id(workspace: Workspace) -> str:
    """A story that nobody signed off, beside one that is shown."""
    released(workspace, "Still shown")
    story_id = filmed(workspace, "Something quite different")
    say(workspace, story_id, SAID)
    return story_id


def say(workspace: Workspace, story_id: str, text: str) -> None:
    """Put words into a story’s page, as they are before any cut is signed off."""
    page = workspace.story(story_id).page
    content = page.read_text(encoding="utf-8").replace(
        "Nobody asked Something quite different.", text
    )
    page.write_text(content, encoding="utf-8")


def in_about(quote: str) -> Callable[[Workspace], None]:
    def write(workspace: Workspace) -> None:
        page = workspace.content / "about.md"
        page.write_text(f"{page.read_text(encoding='utf-8')}\n{quote}\n", encoding="utf-8")

    return write


def in_settings(workspace: Workspace) -> None:
    text = workspace.settings.read_text(encoding="utf-8")
    text = re.sub(r"introduction: >-\n(  .*\n)+", f"introduction: We {QUOTE}.\n", text)
    workspace.settings.write_text(text, encoding="utf-8")


def in_a_new_page(workspace: Workspace) -> None:
    (workspace.content / "visit.md").write_text(f"# A visit\n\n{QUOTE}\n", encoding="utf-8")


def in_the_navigation(workspace: Workspace) -> None:
    text = workspace.config.read_text(encoding="utf-8")
    workspace.config.write_text(text.replace("- Help:", f"- {QUOTE}:"), encoding="utf-8")


def in_the_frame(workspace: Workspace) -> None:
    footer = workspace.overrides / "partials" / "footer.html"
    footer.write_text(f"<p>{QUOTE}</p>{footer.read_text(encoding='utf-8')}", encoding="utf-8")


def in_a_question_set(workspace: Workspace) -> None:
    (workspace.questions / "ours.yml").write_text(f"intro: {QUOTE}\n", encoding="utf-8")


def in_a_document(workspace: Workspace) -> None:
    with zipfile.ZipFile(workspace.content / "leaflet.docx", "w") as packed:
        words = "".join(f"<w:t>{word}</w:t>" for word in QUOTE.split())
        packed.writestr("word/document.xml", f"<w:p>{words}</w:p>")


def in_a_file_name(workspace: Workspace) -> None:
    name = QUOTE.replace(" ", "-")
    (workspace.content / f"{name}.md").write_text("# Nothing here\n", encoding="utf-8")


DISGUISES = {
    "plain": in_about(QUOTE),
    "emphasis": in_about(QUOTE.replace("plastic", "**plastic**").replace("eleven", "*eleven*")),
    "links between": in_about(QUOTE.replace("plastic", "[plastic](help.md)")),
    "entities": in_about(QUOTE.replace("a", "&#97;")),
    "capitals and accents": in_about(QUOTE.upper().replace("E", "É")),
    "a comment within": in_about(QUOTE.replace("hours", "ho<!-- -->urs")),
    "over lines": in_about(QUOTE.replace(" ", "\n")),
    "alternative text": in_about(f"![{QUOTE}](../assets/img/mark.svg)"),
    "front matter": lambda workspace: (
        (workspace.content / "visit.md").write_text(
            f"---\ndescription: {QUOTE}\n---\n# A visit\n", encoding="utf-8"
        )
        and None
    ),
}
PLACES = {
    "site/content/visit.md": in_a_new_page,
    "interviews/settings.yml: introduction": in_settings,
    "mkdocs.yml": in_the_navigation,
    "site/overrides/partials/footer.html": in_the_frame,
    "interviews/questions/ours.yml": in_a_question_set,
    "site/content/leaflet.docx": in_a_document,
    f"site/content/{QUOTE.replace(' ', '-')}.md (its name)": in_a_file_name,
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_words_in_a_page_of_people_are_found_in_any_disguise(
    workspace: Workspace, unreleased_id: str, disguise: str
) -> None:
    from publish.handwritten import _file_texts, _written_files

    DISGUISES[disguise](workspace)
    paths_naming = {name: list(_file_texts(workspace, name)) for name in _written_files(workspace)}
    words = UnreleasedWords(workspace, {"cs-other1"})
    name = "site/content/visit.md" if disguise == "front matter" else "site/content/about.md"
    assert unreleased_id in words.found_in(paths_naming).get(name, ())


@pytest.mark.parametrize("location", PLACES)
def test_a_build_is_refused_and_names_where_they_stand(
    workspace: Workspace, run_cli: Cli, unreleased_id: str, location: str
) -> None:
    PLACES[location](workspace)
    result = run_cli("site", "build")
    assert result.code == 4, result.err
    assert f"{location} ({unreleased_id})" in result.err
    assert "plastic" not in (result.out + result.err).replace(location, "")
    assert not workspace.public.exists()


def test_what_others_say_too_is_nobodys(
    workspace: Workspace, run_cli: Cli, unreleased_id: str
) -> None:
    in_about(QUOTE)(workspace)
    other = filmed(workspace, QUOTE)
    assert run_cli("site", "build").code == 4
    sign_off(workspace, other)
    approve(workspace, other)
    assert run_cli("site", "build").code == 0, unreleased_id


def test_a_story_for_others_than_this_audience_is_not_quoted(
    workspace: Workspace, run_cli: Cli
) -> None:
    story_id = filmed(workspace, "We sat there until it was light again")
    sign_off(workspace, story_id, "training")
    approve(workspace, story_id)
    in_about("We sat there until it was light again")(workspace)
    assert run_cli("site", "build", "--audience", "training").code == 0
    refused = run_cli("site", "build", "--audience", "trust")
    assert refused.code == 4
    assert f"site/content/about.md ({story_id})" in refused.err


def test_everyday_words_are_no_alarm(
    workspace: Workspace, run_cli: Cli, unreleased_id: str
) -> None:
    say(workspace, unreleased_id, "Thank you for asking me how I was that day, nobody ever had.")
    in_about("Thank you for asking. I was there. Nobody asked me how I was.")(workspace)
    assert run_cli("site", "build").code == 0


@pytest.mark.parametrize(
    "location",
    [
        "site/content/visit.md",
        "interviews/settings.yml: introduction",
        "mkdocs.yml",
        "site/overrides/partials/footer.html",
        "site/content/leaflet.docx",
    ],
)
def test_a_withdrawal_ends_with_a_site_without_them(
    workspace: Workspace, run_cli: Cli, location: str
) -> None:
    released(workspace, "Still shown")
    story_id = filmed(workspace, QUOTE)
    sign_off(workspace, story_id)
    approve(workspace, story_id)
    PLACES[location](workspace)
    if location.startswith("site/content/visit"):
        in_about("See [what happened](visit.md#a-visit).")(workspace)
    assert run_cli("site", "build").code == 0
    before = (workspace.content / "about.md").read_bytes()
    result = run_cli("withdraw", story_id, "--yes")
    assert result.code == 0, result.out
    assert (workspace.content / "about.md").read_bytes() == before
    for path in workspace.public.rglob("*"):
        assert "plastic" not in path.name
        if path.is_file():
            assert b"plastic" not in path.read_bytes(), path
    assert "Still shown" in (workspace.public / "index.html").read_text(encoding="utf-8")
    assert f"  {location}  ({story_id})" in result.out


def test_an_objection_takes_the_page_down_too(workspace: Workspace, run_cli: Cli) -> None:
    story_id = filmed(workspace, QUOTE)
    sign_off(workspace, story_id)
    approve(workspace, story_id)
    in_about(QUOTE)(workspace)
    assert run_cli("site", "build").code == 0
    remake_cut(workspace, story_id, f"{QUOTE} again")
    result = run_cli("status")
    assert f"Taken down: {story_id}" in result.err
    assert "site/content/about.md" in result.err
    about = (workspace.public / "about.html").read_text(encoding="utf-8")
    assert "This page is left out for now" in about
    assert "plastic" not in about


def test_a_session_may_ask_what_others_were_asked_and_is_left_out_alone_for_their_answer(
    workspace: Workspace, run_cli: Cli
) -> None:
    shown = released(workspace, "Still shown")
    asked, answer = "What happened when you first asked for help?", "He had stopped sleeping, then"
    story_id = filmed(workspace, f"{asked} {answer} came the car park")
    session = {"question_set": {"questions": [{"ask": asked}]}}
    workspace.story(story_id).session.write_text(json.dumps(session), encoding="utf-8")
    with workspace.settings.open("a", encoding="utf-8") as settings:
        settings.write("\nembed: ['https://learning.example']\n")
    whole_films = re.compile(r"(?m)^    (from|to|chapter):.*\n")
    text = whole_films.sub("", plan_text(shown)).replace("She rang the ward", asked)
    plan, other = (workspace.training / f"{name}.yml" for name in ("listening", "another"))
    other.write_text(whole_films.sub("", plan_text(shown)).replace("id: listening", "id: another"))
    plan.write_text(text.replace("Listen for what she", "Helen tells of what she"))
    sessions = workspace.public / "embed" / "sessions"
    sign_off(workspace, story_id)
    approve(workspace, story_id)
    assert run_cli("site", "build").code == 0
    remake_cut(workspace, story_id, f"{asked} {answer} she drove")
    # Its question is everybody’s, though “Helen” begins as its answer does.
    assert "cannot be made anew" not in run_cli("status").err
    assert {path.name for path in sessions.iterdir()} == {"listening", "another"}
    # What it answers is not; and nobody who takes a story down waits for an editor.
    plan.write_text(text.replace("Listen for what she asked.", answer))
    sign_off(workspace, story_id)
    approve(workspace, story_id)
    assert run_cli("site", "build").code == 0
    remake_cut(workspace, story_id, f"{asked} {answer} we waited")
    assert f"interviews/training/listening.yml  ({story_id})" in run_cli("status").err
    assert {path.name for path in sessions.iterdir()} == {"another"}
    assert (workspace.public / "training" / "another.html").exists()
    assert f"interviews/training/listening.yml ({story_id})" in run_cli("site", "build").err
    plan.write_text(text.replace("Listen for what she asked.", f"{answer}."))
    refused = run_cli("site", "build")
    assert f"embed/sessions/listening/index.html ({story_id})" in refused.err
    assert "Take it out of interviews/training/listening.yml" in refused.err


def test_a_page_stays_left_out_after_its_story_was_erased(
    workspace: Workspace, run_cli: Cli
) -> None:
    released(workspace, "Still shown")
    story_id = filmed(workspace, QUOTE)
    sign_off(workspace, story_id)
    approve(workspace, story_id)
    in_about(QUOTE)(workspace)
    assert run_cli("site", "build").code == 0
    assert run_cli("withdraw", story_id, "--erase", "--yes").code == 0
    refused = run_cli("site", "build")
    assert refused.code == 4, "nobody knows its words any more, but the page was not mended"
    assert "site/content/about.md" in refused.err
    in_about("Somebody looked at it.")(workspace)
    assert run_cli("site", "build").code == 0


def test_a_preview_leaves_out_what_quotes_a_story_for_staff(
    workspace: Workspace, run_cli: Cli
) -> None:
    quoted = released(workspace, QUOTE)
    in_about(QUOTE)(workspace)
    story_id = filmed(workspace, "Another one")
    assert run_cli("site", "build").code == 0, quoted
    assert run_cli("site", "preview", story_id).code == 0
    pages = workspace.previews / story_id / "pages"
    assert "plastic" not in (pages / "about.html").read_text(encoding="utf-8")


def test_the_json_of_a_withdrawal_names_what_was_left_out(
    workspace: Workspace, run_cli: Cli
) -> None:
    story_id = released(workspace, QUOTE)
    in_about(QUOTE)(workspace)
    assert run_cli("site", "build").code == 0
    report = json.loads(run_cli("withdraw", story_id, "--yes", "--json").out)
    assert report["left_out"] == ["site/content/about.md"]


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.svg", "a.docx", "a.txt", "a.js"])
def test_what_stands_in_the_place_of_a_file_is_of_its_kind(name: str) -> None:
    contents = list(file_contents(name, name, placeholder(name)))
    assert not any(isinstance(part, Unreadable) for part in contents)


def test_a_story_that_was_only_transcribed_is_known_too(
    workspace: Workspace, tmp_path: Path
) -> None:
    story_id = filmed(workspace, "Another one")
    folder = workspace.story(story_id)
    folder.page.unlink()
    words = [{"text": f" {word}", "start": 0, "end": 1} for word in SAID.split()]
    folder.transcript.write_text(json.dumps({"words": words, "model": "tiny"}))
    findings = UnreleasedWords(workspace, ()).found_in({"a page": [f"She {QUOTE}, and left."]})
    assert findings == {"a page": (story_id,)}, tmp_path
    assert struct_file.load_if_readable(folder.page, StoryPage) is None


FEW_WORDS = st.lists(st.sampled_from([b"the", b"ward", b"rang", b"\0"]), max_size=40)


@given(words=FEW_WORDS, story=FEW_WORDS)
def test_each_place_of_a_run_is_found_and_no_other(words: list[bytes], story: list[bytes]) -> None:
    starts = run_starts(len(story)) if len(story) >= RUN_WORDS else []
    alike = {
        start: [
            at
            for at in range(len(words))
            if words[at : at + RUN_WORDS] == story[start : start + RUN_WORDS]
        ]
        for start in starts
    }
    expected = [(start, places) for start, places in alike.items() if places]
    assert [*_WordRuns(words).of(story, starts)] == expected


@given(text=st.text(alphabet="aZ '-k", max_size=MIN_SHORT_LETTERS - 1))
def test_a_short_entry_has_no_line_by_which_anything_is_known(text: str) -> None:
    assert all(len(line) < MIN_SHORT_LETTERS for line in letter_lines(text))
    assert [*_letter_lines_of(text)] == []


@given(text=st.text(alphabet="aZ '-k", max_size=60))
def test_a_plain_entry_is_read_in_one_way(text: str) -> None:
    assert [*readings(text)] == [text]
    assert _words_of_entry(text) == (folded_words(text),)


@given(texts=st.lists(FEW_WORDS, max_size=5), runs=st.lists(FEW_WORDS, max_size=5))
def test_what_is_common_is_so_whatever_was_asked_before(
    texts: list[list[bytes]], runs: list[list[bytes]]
) -> None:
    lines = [b" %s " % b" ".join(words) for words in texts]
    common = CommonTexts(iter(lines))
    for words in runs:
        run = b" %s " % b" ".join(words)
        assert (run in common) == any(run in line for line in lines)
