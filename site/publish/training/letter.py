"""The letter to a contributor: what their story was used for, and what staff say they changed.

Only what was recorded stands in it. Words of staff are those that a report may show
(`publish.training.report`), each chosen by an editor, who approves the letter before it is sent. To
whoever took their story back no letter is written, unless they asked for one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from films.page_text import read_page
from library.consent.gate_input import history_of
from library.core.clock import today
from library.core.days import day_in_words
from library.core.errors import BadInput, CarerStoriesError, NotAllowed
from library.core.files import make_folder, translate_disk_errors, write_atomic
from library.core.settings import Settings, load_settings
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from publish.print_record import print_record
from publish.training.answer_folder import plans_by_id, read_collected
from publish.training.follow_up import EXAMPLE, MOMENTS, WHAT_I_DID
from publish.training.report import TrainingReport, make_report, people_in_words

LETTER_ACTION = "contributor-letter"
"""Action of the line in the log."""
_CODE_LENGTH = 6


@dataclass(frozen=True)
class Quote:
    """Words of staff that may stand in a letter, with the code by which an editor chooses them."""

    code: str
    text: str


@dataclass(frozen=True)
class UsedIn:
    """A session in which the story was shown."""

    on: date
    title: str
    people: str


@dataclass(frozen=True)
class ContributorLetter:
    """A letter, as a draft or as it may be sent."""

    story: str
    page: Path
    sessions: tuple[UsedIn, ...]
    quotes: tuple[Quote, ...]
    """The quotes an editor may choose from; of a letter that is approved, those in it."""
    is_approved: bool


def write_letter(
    workspace: Workspace,
    story_id: str,
    *,
    chosen: Collection[str] | None = None,
    role: str = "editor",
    they_asked: bool = False,
) -> ContributorLetter:
    """Write the draft of a letter, or with `chosen` quotes the letter as an editor approves it.

    Raises NotFound, NotAllowed for a story that was taken back or is held, BadInput for a code of
    no quote or where no use is recorded, and what `make_report` does.
    """
    _require_wanted(workspace, story_id, they_asked)
    plans = plans_by_id(workspace)
    held = [one for one in read_collected(workspace, (), plans).sessions if story_id in one.stories]
    if not held:
        raise BadInput(
            f"No session is recorded in which {story_id} was shown, so there is nothing to write.",
            "Record the sessions that were held: "
            "carer-stories training held PLAN --on DAY --people NUMBER",
        )
    titles = {plan.id: plan.title for plan in plans.values()}
    sessions = tuple(
        UsedIn(one.on, titles.get(one.plan, one.plan), people_in_words(one.people)) for one in held
    )
    report = make_report(workspace)
    quotes = tuple(_quotes(report, {one.plan for one in held}, plans))
    if chosen is not None:
        quotes = _chosen(quotes, chosen)
    text = letter_page(
        story_id,
        _title(workspace, story_id),
        load_settings(workspace),
        sessions,
        quotes,
        is_draft=chosen is None,
    )
    kind = "letter" if chosen is not None else "letter-draft"
    page = workspace.story(story_id).printed / f"{kind}-{today()}.html"
    if chosen is not None:
        # The log first: what it does not know of was not approved.
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        with Ledger(workspace).update(LETTER_ACTION, story_id, role, letter=sha256):
            pass
    with translate_disk_errors(page):
        make_folder(page.parent)
    write_atomic(page, text.encode())
    return ContributorLetter(story_id, page, sessions, quotes, chosen is not None)


def quote_code(text: str) -> str:
    """Return the code of a quote: it stays the same while its words do."""
    return hashlib.sha256(text.encode()).hexdigest()[:_CODE_LENGTH]


def _require_wanted(workspace: Workspace, story_id: str, they_asked: bool) -> None:
    workspace.story(story_id)
    history = history_of(Ledger(workspace).read(), story_id)
    if history.withdrawals and not they_asked:
        raise NotAllowed(
            f"Something of {story_id} was taken back, so no letter is written about it.",
            "If they asked for one since, say so: --they-asked",
        )
    if history.held is not None:
        raise NotAllowed(
            f"{story_id} is held since a restore: it may have been taken back.",
            f"Look at it first: carer-stories status {story_id}",
        )


def _quotes(
    report: TrainingReport, plans: Collection[str], known: Collection[str]
) -> Iterator[Quote]:
    """Yield what staff wrote that they did, of the plans that showed the story."""
    for plan in report.plans:
        if plan.plan in plans and plan.plan in known:
            for words in plan.words:
                if words.kind in MOMENTS and words.question in {WHAT_I_DID, EXAMPLE}:
                    yield from (Quote(quote_code(text), text) for text in words.texts)


def _chosen(quotes: Sequence[Quote], codes: Collection[str]) -> tuple[Quote, ...]:
    known = {quote.code: quote for quote in quotes}
    for code in codes:
        if code not in known:
            raise BadInput(
                f"There is no quote {code!r}; there are: {', '.join(known) or 'none'}.",
                "Make the draft again and choose from it.",
            )
    return tuple(known[code] for code in dict.fromkeys(codes))


def _title(workspace: Workspace, story_id: str) -> str:
    """Return the story’s title, or nothing where its page cannot be read."""
    try:
        return read_page(workspace.story(story_id).page).title
    except CarerStoriesError:
        return ""


def letter_page(
    story_id: str,
    title: str,
    settings: Settings,
    sessions: Sequence[UsedIn],
    quotes: Sequence[Quote],
    *,
    is_draft: bool,
) -> str:
    """Return the whole page of a letter. Pure but for the day it was made on."""
    return print_record(
        "contributor_letter.html",
        title="What became of your story",
        foot=f"{settings.trust}, {day_in_words(today())}.",
        id=story_id,
        story=title,
        trust=settings.trust,
        withdrawal=settings.withdrawal.strip().rstrip("."),
        contact=settings.contact,
        sessions=[(day_in_words(used.on), used.title, used.people) for used in sessions],
        quotes=quotes,
        is_draft=is_draft,
    )
