"""The questions of the participation agreement, and what each answer is refused for or leads to.

The terminal and the station's page ask with these words and record by these rules: neither has any
of its own. Every fault of a set of answers is named at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

import msgspec

from library.core.blank_values import is_blank, is_only_a_date
from library.core.clock import today
from library.core.days import parse_day
from library.core.settings import Settings
from library.records.consent import WITNESSES, ContactWay

AnswerField = Literal[
    "words",
    "lines",
    "record",
    "contact",
    "real_name",
    "reached_at",
    "taken_by",
    "independent",
    "capacity_considered",
    "paper",
    "on",
    "form_version",
    "form",
]
"""Answers by what they are about, in the order in which the page asks for them."""
RECORDED_MEDIA = ("picture-and-voice", "voice")
"""Values of the choice between picture and voice."""
MAX_CHARACTERS = 200
"""Characters of a name, or of a contact."""


class AgreementQuestion(NamedTuple):
    """A question in the words of the terminal, and the reason why it is asked."""

    ask: str
    why: str


QUESTIONS: Mapping[str, AgreementQuestion] = {
    "on": AgreementQuestion("On which day did they sign it?", "It has to be before the recording."),
    "taken_by": AgreementQuestion(
        "Who went through the form with them?", "Only the role is kept, never a name."
    ),
    "independent": AgreementQuestion(
        "Is that person outside the care of the relative the story is about?",
        "It is hard to say no to somebody who also looks after the person you love.",
    ),
    "capacity_considered": AgreementQuestion(
        "Did you think about whether they could decide this for themselves that day?",
        "Only then is a yes a yes (Mental Capacity Act 2005).",
    ),
    "form_version": AgreementQuestion(
        "Which version of the form did they sign?",
        "It is at the foot of each sheet. Wording changes; this says what they agreed to.",
    ),
    "form": AgreementQuestion(
        "Where is the scan or photograph of the signed form?",
        "It is the proof of what they agreed to.",
    ),
    "contact": AgreementQuestion(
        "How can they be reached, to be shown the film?",
        "A film is shown to nobody before they have seen it and said yes.",
    ),
    "real_name": AgreementQuestion(
        "What is the contributor’s real name?",
        "To ask them again later. Kept apart: no page, film or log shows it.",
    ),
    "reached_at": AgreementQuestion(
        "How do they want to be reached?",
        "A telephone number or an address, kept with the name.",
    ),
}
CONTACT_WAYS: Mapping[ContactWay, str] = {
    "kept": "Name and contact are written down here, apart from the story",
    "on-paper": "They stand on the signed form, which the team keeps",
    "none-wanted": "No contact is wanted",
}
NOT_INDEPENDENT = "Somebody outside the relative’s care should confirm it before the film is shown."
NO_CONTACT = (
    "Nobody can ring or write to them. They have to come back themselves, with the number of the "
    "story, to see the film. Until then it is shown to nobody, and once a release runs out it is "
    "shown no longer, as nobody can ask them again."
)


class AgreementFault(msgspec.Struct, frozen=True):
    """An answer that nothing can be recorded with: which, what is wrong, what to do next."""

    field: AnswerField
    what: str
    next_step: str = ""


@dataclass(frozen=True)
class AgreementAnswers:
    """The answers as they were given: None or "" where there was none."""

    taken_by: str = ""
    independent: bool | None = None
    capacity_considered: bool | None = None
    on: str = ""
    """ISO 8601; empty for today."""
    contact: ContactWay | Literal[""] = ""
    real_name: str = ""
    reached_at: str = ""
    paper: bool = False
    """A printed copy was signed."""
    form_version: str = ""
    """As it stands on the printed copy, where that was signed on another day."""
    has_scan: bool = False


def answer_faults(
    answers: AgreementAnswers, settings: Settings, *, has_contributor: bool
) -> Iterator[AgreementFault]:
    """Yield every fault of the answers, in the order of their questions.

    `has_contributor` says that name and contact are kept already, and are asked of nobody again.
    """
    if not has_contributor:
        yield from _contact_faults(answers)
    if answers.taken_by not in WITNESSES:
        yield AgreementFault(
            "taken_by",
            "Who took the agreement is not said.",
            f"Choose their role, never their name: {', '.join(WITNESSES)}.",
        )
    if answers.independent is None:
        yield AgreementFault(
            "independent",
            "Whether the person who took it is outside the care of the relative is not said.",
            "Say yes or no.",
        )
    if not answers.capacity_considered:
        yield AgreementFault(
            "capacity_considered",
            "The agreement is not recorded: whether the person could decide was not considered.",
            "Consider it together (Mental Capacity Act 2005), then record the agreement. If you "
            "are in doubt, do not record today.",
        )
    yield from _paper_faults(answers, settings)


def reading_faults(
    *,
    is_read: bool,
    is_same_wording: bool,
    ticked: int | None,
    lines: int,
    record: str | None,
) -> Iterator[AgreementFault]:
    """Yield the faults of a form that was read on the page.

    `ticked` of its `lines` were; None where the page does not say so. `record` is what may be
    recorded, None where that was not asked.
    """
    if not is_read:
        yield AgreementFault(
            "words", "They have not agreed to the form.", "Read it together, and ask them."
        )
    if not is_same_wording:
        yield AgreementFault(
            "words",
            "The form, or what your trust fills in, was changed while you read it.",
            "Go back and read what it says now.",
        )
    if ticked is not None and ticked < lines:
        yield AgreementFault(
            "lines",
            "Not every line is ticked.",
            "If a line is not right for them, please do not record today: talk about it first.",
        )
    if record is not None and record not in RECORDED_MEDIA:
        yield AgreementFault("record", "What may be recorded is not chosen.", "Choose one of both.")


def _contact_faults(answers: AgreementAnswers) -> Iterator[AgreementFault]:
    if answers.contact not in CONTACT_WAYS:
        yield AgreementFault(
            "contact",
            "How they can be reached is not said.",
            "Write name and contact down, say that they stand on the signed form, or that no "
            "contact is wanted.",
        )
    if answers.contact == "on-paper" and not answers.paper:
        yield AgreementFault(
            "paper",
            "No printed form was signed, so no name and contact stand on one.",
            "Go back and write them down, or have a printed copy signed as well.",
        )
    if answers.contact != "kept":
        return
    for field, value, wanted in (
        ("real_name", answers.real_name, "name"),
        ("reached_at", answers.reached_at, "telephone number or address"),
    ):
        if not value.strip():
            yield AgreementFault(
                field,  # type: ignore[arg-type]  # a literal, which the loop hides
                f"A contact is kept with a name, and the {wanted} is missing.",
                f"Write the {wanted}, or say that no contact is wanted.",
            )
        elif len(value.strip()) > MAX_CHARACTERS or "\n" in value:
            yield AgreementFault(
                field,  # type: ignore[arg-type]  # as above
                f"The {wanted} is longer than {MAX_CHARACTERS} characters, or goes over one line.",
                "Shorten it.",
            )
        elif is_blank(value, invented_counts=False) or is_only_a_date(value):
            yield AgreementFault(
                field,  # type: ignore[arg-type]  # as above
                f"“{value.strip()}” is no {wanted}.",
                f"Write the {wanted}, or say that no contact is wanted.",
            )


def _paper_faults(answers: AgreementAnswers, settings: Settings) -> Iterator[AgreementFault]:
    day = signed_day(answers)
    if day is None or day > today():
        yield AgreementFault(
            "on",
            f"“{answers.on[:20]}” is not the day on which they signed.",
            "Give a day that has been, such as 2026-11-30.",
        )
    elif day < today() and not answers.paper:
        yield AgreementFault(
            "on",
            "They agreed on another day, and no printed form was signed then.",
            "Say that a printed copy was signed, or go through the form together today.",
        )
    elif day < today() and not answers.form_version.strip():
        yield AgreementFault(
            "form_version",
            "Which version of the form they signed is not said.",
            "It is at the foot of each sheet.",
        )
    if settings.evidence == "scan" and not answers.has_scan:
        yield AgreementFault(
            "form",
            "Your trust asks for a scan of the signed form, and there is none.",
            "Photograph or scan the signed form, and choose that file.",
        )


def signed_day(answers: AgreementAnswers) -> date | None:
    """Return the day of the agreement: today where none was given, None for what is no day."""
    return parse_day(answers.on) if answers.on.strip() else today()


def consequences(answers: AgreementAnswers) -> list[str]:
    """Return sentences on what follows from the answers, for the person who takes the agreement."""
    sentences = []
    if answers.independent is False:
        sentences.append(NOT_INDEPENDENT)
    if answers.contact == "none-wanted":
        sentences.append(NO_CONTACT)
    return sentences


def faults_of(faults: Collection[AgreementFault], fields: Collection[str]) -> list[AgreementFault]:
    """Return those of `faults` that are about one of `fields`."""
    return [fault for fault in faults if fault.field in fields]
