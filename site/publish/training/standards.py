"""Standards that training may be counted for: the Triangle of Care’s six, and PCREF’s parts.

The wording is short and ours; the sources are named, and theirs is what counts.
"""

from __future__ import annotations

from dataclasses import dataclass

TRIANGLE_OF_CARE = (
    "Carers Trust, The Triangle of Care. Carers Included: A Guide to Best Practice in Mental "
    "Health Care in England (second edition), key standards 1 to 6"
)
PCREF = (
    "NHS England, Patient and carer race equality framework (2023): leadership and governance, "
    "six organisational competencies, patients’ and carers’ feedback"
)


@dataclass(frozen=True)
class Standard:
    """A standard in our own short words. `limit` says what no training can show of it."""

    name: str
    words: str
    source: str
    limit: str


def _triangle(number: int, words: str, limit: str) -> Standard:
    return Standard(f"Triangle of Care, standard {number}", words, TRIANGLE_OF_CARE, limit)


def _pcref(name: str, words: str, limit: str) -> Standard:
    return Standard(f"PCREF, {name}", words, PCREF, limit)


STANDARDS: dict[str, Standard] = {
    "toc-1": _triangle(
        1,
        "It is noticed early who the carers are, and how much they do.",
        "Whether carers are recorded at first contact is in the patients’ records, not here.",
    ),
    "toc-2": _triangle(
        2,
        "Staff know about carers, and have been trained to work with them.",
        "How many of all staff were trained is known where attendance is kept.",
    ),
    "toc-3": _triangle(
        3,
        "There are rules for confidentiality and for sharing information, and staff use them.",
        "The policy itself, and its review, belong to information governance.",
    ),
    "toc-4": _triangle(
        4,
        "Somebody’s post is to answer for carers.",
        "Posts are not recorded here: name your carers’ leads beside this page.",
    ),
    "toc-5": _triangle(
        5,
        "Carers are introduced to the service and its staff, and get information on the way.",
        "What each team hands out is not recorded here.",
    ),
    "toc-6": _triangle(
        6,
        "There is support for carers themselves, of several kinds.",
        "Carers’ assessments and services are recorded elsewhere.",
    ),
    "pcref-leadership": _pcref(
        "leadership and governance",
        "The board leads, has a plan made together with racialised communities, and watches it.",
        "Plans, posts and decisions of the board are not recorded here.",
    ),
    "pcref-cultural-awareness": _pcref(
        "cultural awareness",
        "The service understands the cultures and needs of the communities that it serves.",
        "Nothing here says how a carer describes their ethnicity: nobody was asked for it.",
    ),
    "pcref-staff-knowledge": _pcref(
        "staff knowledge and awareness",
        "Staff learn how racism and culture bear on care, and act on what they learned.",
        "Counts only where the plan itself speaks about race or culture.",
    ),
    "pcref-partnership": _pcref(
        "partnership working",
        "The service works with communities and with organisations that people trust.",
        "Partners are named here only where a plan says who designed it.",
    ),
    "pcref-co-production": _pcref(
        "co-production",
        "What is done is designed together with patients and carers of racialised communities.",
        "That carers designed it does not say which communities they belong to.",
    ),
    "pcref-workforce": _pcref(
        "workforce",
        "Those who work in the service reflect its communities and are treated fairly.",
        "Nothing about staff is recorded here but how many came.",
    ),
    "pcref-co-learning": _pcref(
        "co-learning",
        "Staff, patients and carers learn from each other and pass on what they learned.",
        "Learning in other places than these sessions is not recorded here.",
    ),
    "pcref-feedback": _pcref(
        "patients’ and carers’ feedback",
        "Patients and carers can say how it was, and are told what came of it.",
        "Complaints and surveys are kept elsewhere, and so is who was asked by ethnicity.",
    ),
}
"""By the key that a plan’s `standards` names."""

USUAL_STANDARDS = ("toc-2",)
"""Counted for a plan that names none: any session trains staff."""
