"""Plans in an edition, on the site and after a withdrawal: never more than is released."""

from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from library.core.audience import Audience
from library.core.errors import BadInput, Damaged, NotAllowed
from library.core.workspace import Workspace
from publish.build import build_site
from publish.build_job import build_library
from publish.bundle import trusted_edition
from publish.edition import Edition, build_edition
from publish.render.pages import render
from publish.search.documents import plan_document
from publish.take_down import take_down
from publish.training.check import plans_left_out
from publish.training.plan import Dilemma
from publish.training.published import PublishedPlan, limit_plans
from stewardship.withdrawal.workflow import withdraw
from tests.support import quick_stories
from tests.support.command_line import CommandResult
from tests.support.editions import (
    CAPTIONS,
    HEARD,
    VIDEO,
    edition_of,
    lay_edition,
    library_words,
    released,
    story_page,
)
from tests.support.training_plans import (
    DEFAULT,
    lay_plan,
    plan_file,
    plan_text,
    resolved_plan,
    with_pause,
)
from tests.support.withdrawn_story import paths_naming

Cli = Callable[..., CommandResult]
FILES = {"film.mp4": "a", "poster.jpg": "b", "captions.vtt": "c"}
TITLE = "The night nobody rang"


def _plan_of(story: str, other: str) -> str:
    """The plan about stories as `quick_stories` makes them: one chapter, one sentence."""
    text = plan_text(story, other)
    for original, becomes in (
        ("    chapter: first-contact\n    from: I rang the ward\n    to: waited\n", ""),
        ("    chapter: staff\n", ""),
        ("title: She rang the ward", f"title: Clip about {TITLE}"),
    ):
        assert original in text
        text = text.replace(original, becomes)
    return text


@pytest.fixture
def two(workspace: Workspace) -> tuple[str, str]:
    """Two released stories, and a plan with a clip of each."""
    first, second = (
        quick_stories.released(workspace, TITLE),
        quick_stories.released(workspace, "Still shown"),
    )
    path = workspace.training / "listening.yml"
    path.write_text(_plan_of(first, second), encoding="utf-8")
    return first, second


def test_an_edition_holds_the_plan_with_clips_of_its_own_stories(
    workspace: Workspace, two: tuple[str, str]
) -> None:
    built = build_edition(workspace, Audience.TRUST)
    (plan,) = built.plans
    assert plan.stories == two
    assert [(clip.start, clip.end) for clip in plan.clips] == [(0, 1_000)] * 2
    assert trusted_edition(workspace) == built


def test_a_story_that_is_not_released_that_wide_is_not_in_the_plan_either(
    workspace: Workspace,
) -> None:
    inside, wide = quick_stories.released(workspace, TITLE), quick_stories.filmed(workspace, "Wide")
    quick_stories.sign_off(workspace, wide, "public")
    quick_stories.approve(workspace, wide)
    hidden_id = quick_stories.filmed(workspace, "Not signed off")
    path = workspace.training / "listening.yml"
    path.write_text(_plan_of(inside, wide))
    (trust,) = build_edition(workspace, Audience.TRUST).plans
    assert trust.stories == (inside, wide)
    (public,) = build_edition(workspace, Audience.PUBLIC).plans
    assert public.stories == (wide,)
    assert public.absent == 1
    path.write_text(_plan_of(inside, hidden_id))
    assert build_edition(workspace, Audience.PUBLIC).plans == (), "no clip is left"
    record = (workspace.edition / "edition.json").read_text()
    assert inside not in record
    assert TITLE not in record


def test_a_plan_for_the_trust_alone_is_in_no_wider_edition(
    workspace: Workspace, two: tuple[str, str]
) -> None:
    path = workspace.training / "listening.yml"
    path.write_text("show_to: training\n" + path.read_text())
    assert build_edition(workspace, Audience.TRUST).plans == ()
    assert len(build_edition(workspace, Audience.TRAINING).plans) == 1


@pytest.mark.parametrize("broken_text", ["title: [", "\x00", "minutes: 1", "", "- a"])
def test_a_broken_plan_never_stops_a_build_and_is_told(
    workspace: Workspace, two: tuple[str, str], run_cli: Cli, broken_text: str
) -> None:
    (workspace.training / "broken.yml").write_text(broken_text)
    result = run_cli("site", "build", "--audience", "trust")
    assert result.code == 0, result.err
    assert "not shown: training plan broken.yml: line" in result.out
    assert (workspace.public / "training" / "listening.html").is_file()
    assert not (workspace.public / "training" / "broken.html").exists()


def test_a_principle_that_the_librarys_page_has_not_stops_no_build_and_is_told(
    workspace: Workspace, two: tuple[str, str], run_cli: Cli
) -> None:
    page = workspace.content / "confidentiality.md"
    text = page.read_text("utf-8")
    assert "{#consent}" in text
    page.write_text(text.replace("{#consent}", ""), "utf-8")
    built = build_edition(workspace, Audience.TRUST)
    (plan,) = built.plans
    (dilemma,) = (item for item in plan.items if isinstance(item, Dilemma))
    assert dilemma.principles == ("listen",)
    checked = run_cli("training", "check", "listening")
    assert checked.code == BadInput.exit_code
    where = "running_order 3 → principles 2: site/content/confidentiality.md has no part “consent”"
    assert where in checked.out
    (line,) = plans_left_out(workspace, built)
    assert line.startswith("shown in part: training plan listening.yml: line")
    assert where in line
    # A part may be named as the heading itself says, or in HTML.
    page.write_text(text.replace("## Ask, and go on asking {#consent}", "## Consent"))
    assert run_cli("training", "check", "listening").code == 0
    page.write_text(text.replace("{#consent}", '<a id="consent"></a>'))
    assert run_cli("training", "check", "listening").code == 0


def test_withdrawal_takes_the_clip_out_of_every_page(
    workspace: Workspace, two: tuple[str, str]
) -> None:
    first, second = two
    build_library(workspace, Audience.TRUST)
    assert f"Clip about {TITLE}" in _page(workspace)
    outcome = withdraw(workspace, first)
    assert outcome.still_public == ()
    assert not paths_naming(workspace, first, TITLE)
    page = _page(workspace)
    assert "A story planned here is not available at the moment." in page
    assert second in page
    withdraw(workspace, second)
    assert not (workspace.public / "training" / "listening.html").exists()
    assert (
        "No session is here at the moment" in (workspace.public / "training/index.html").read_text()
    )


def test_the_editions_own_record_loses_the_clip_before_anything_is_built(
    workspace: Workspace, two: tuple[str, str]
) -> None:
    from library.consent.withdrawals import new_withdrawal

    first, second = two
    build_edition(workspace, Audience.TRUST)
    take_down(workspace, new_withdrawal(first, "contributor", "all"))
    (plan,) = trusted_edition(workspace).plans
    assert plan.stories == (second,)
    record = (workspace.edition / "edition.json").read_text()
    assert first not in record
    assert TITLE not in record


def test_a_plan_that_still_quotes_a_story_outside_its_clip_is_left_out_and_named(
    workspace: Workspace, two: tuple[str, str], run_cli: Cli
) -> None:
    path = workspace.training / "listening.yml"
    path.write_text(path.read_text().replace("aim: To hear one carer out.", f"aim: {TITLE}"))
    build_library(workspace, Audience.TRUST)
    result = run_cli("withdraw", two[0], "--yes")
    assert result.code == 0
    assert "interviews/training/listening.yml" in result.out
    assert not paths_naming(workspace, TITLE)


def test_the_last_look_reads_plans_too(workspace: Workspace, two: tuple[str, str]) -> None:
    hidden_id = quick_stories.filmed(workspace, "Not signed off")
    path = workspace.training / "listening.yml"
    path.write_text(path.read_text().replace("say: Good morning.", f"say: See also {hidden_id}"))
    with pytest.raises(NotAllowed, match=r"training/listening\.html"):
        build_library(workspace, Audience.TRUST)
    assert not (workspace.public / "training").exists()


def _page(workspace: Workspace) -> str:
    return "".join(
        (workspace.public / "training" / f"listening{part}.html").read_text(encoding="utf-8")
        for part in ("", "-present", "-evaluation")
    )


# A record that was touched


def _edition() -> Edition:
    story = released(story_page(VIDEO), FILES)
    plan = resolved_plan(with_pause(DEFAULT), [story], CAPTIONS).published
    assert plan is not None
    return msgspec.structs.replace(edition_of(story), plans=(plan,))


@pytest.mark.parametrize(
    ("original", "becomes"),
    [
        ('"id":"listening"', '"id":"../../about"'),
        ('"id":"listening"', '"id":"index"'),
        (f'"story":"{VIDEO}"', f'"story":"{HEARD}"'),
        ('"end":7500', '"end":999999'),
        ('"start":4000', '"start":-5'),
        ('"start":4000', '"start":7500'),
    ],
)
def test_an_edition_whose_plans_were_touched_is_refused(
    workspace: Workspace, media: Path, original: str, becomes: str
) -> None:
    edition = lay_edition(workspace, media, story_page(VIDEO))
    lay_plan(workspace, edition, DEFAULT, CAPTIONS)
    record = workspace.edition / "edition.json"
    text = record.read_text()
    assert original in text
    record.write_text(text.replace(original, becomes))
    with pytest.raises(Damaged):
        build_site(workspace)
    assert not workspace.public.exists()


def test_an_edition_written_before_there_were_plans_is_read(workspace: Workspace) -> None:
    data = json.loads(msgspec.json.encode(_edition()))
    del data["plans"]
    assert msgspec.convert(data, Edition, strict=False).plans == ()


# Pages


class _Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.shape: list[tuple[str, tuple[str, ...]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shape.append((tag, tuple(sorted(name for name, _ in attrs))))


HOSTILE = (
    "<script>alert(1)</script>",
    "{{ config }} {% raw %}",
    "[x](javascript:alert(1))",
    "--> <!-- -->",
    "\u202egnirts\u202c",
    "\" onfocus=alert(1) autofocus x='",
    "</title></textarea></style><img src=x onerror=alert(1)>",
    "&lt;already&gt; &amp;",
)
_NAMES = {"id", "story", "about", "importance", "principles", "kind", "when", "show_to"}


def _filled(value: object, words: str, name: str = "") -> object:
    """Every text of a record that people type, replaced by `words`."""
    if isinstance(value, dict):
        return {key: _filled(inner, words, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, words, name) for inner in value]
    return words if isinstance(value, str) and name not in _NAMES else value


def _with(words: str) -> dict[str, str]:
    plan = msgspec.convert(
        _filled(json.loads(msgspec.json.encode(_edition().plans[0])), words), PublishedPlan
    )
    edition = msgspec.structs.replace(_edition(), plans=(plan,))
    return {path: page.body for path, page in render(edition).items() if "training" in path}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_typed_word_of_a_plan_becomes_markup(hostile: str) -> None:
    plain_pages, hostile_pages = _with("calm"), _with(hostile)
    assert plain_pages.keys() == hostile_pages.keys()
    for path, body in plain_pages.items():
        shape = _Elements(hostile_pages[path]).shape
        assert shape == _Elements(body).shape, path
        assert not {"script", "style", "iframe"} & {tag for tag, _ in shape}


def test_the_facilitators_page_holds_everything_the_plan_says() -> None:
    body = render(_edition())["training/listening.html"].body
    for phrase in (
        "Ask a colleague to be the second person", "Point out the door", "Thank you for ringing",
        "Listening gives nothing away", "In two weeks", "30 minutes", "3 to 12 people",
        "Describes a frightening night.", "What now?", "confidentiality.html#listen",
        "Say when he comes home", "Answer key, for the facilitator alone", "support-sheet.html",
    ):  # fmt: skip
        assert phrase in body, phrase
    assert body.index("A call in the evening") < body.index("Role-play cards")


def test_the_room_sees_no_card_and_no_note_unless_it_is_asked_for() -> None:
    body = render(_edition())["training/listening-present.html"].body
    assert "You are tired" not in body
    for note in ("Point out the door", "Listening gives nothing away"):
        before = body[: body.index(note)]
        assert before.rindex("data-notes hidden") > before.rindex("<section")


def test_a_clip_is_shown_in_the_parts_its_pauses_make() -> None:
    body = render(_edition())["training/listening-present.html"].body
    assert "#t=4,5.5" in body
    assert "#t=5.5,7.5" in body
    assert body.index("#t=4,5.5") < body.index("What now?") < body.index("#t=5.5,7.5")


def test_what_a_search_may_know_of_a_plan() -> None:
    document = plan_document(_edition().plans[0])
    assert document.path == "training/listening.html"
    spoken_text = " ".join(
        line.text for passage in document.passages for line in passage.utterances
    )
    assert "Somebody rings, and you may tell them nothing." in spoken_text
    assert "Listening gives nothing away" not in spoken_text, (
        "what good practice may be is not told"
    )
    assert "You are tired" not in spoken_text
    body = render(_edition())[document.path].body
    for passage in document.passages:
        assert f'id="{passage.anchor}"' in body


def test_narrowing_twice_is_narrowing_once() -> None:
    plans = _edition().plans
    assert limit_plans(plans, {VIDEO}) == plans
    assert limit_plans(plans, set()) == ()


def test_a_plan_cannot_take_another_pages_name() -> None:
    for name in ("index", "other-present", "other-evaluation"):
        reading = plan_file(DEFAULT.replace("id: listening", f"id: {name}"), name)
        assert any("another page" in problem.what for problem in reading.problems), name


def test_the_list_says_so_kindly_where_there_is_no_plan() -> None:
    pages = render(edition_of(library=library_words()))
    assert "No session is here at the moment" in pages["training/index.html"].body
    assert "confidentiality.html" not in pages["training/index.html"].body
