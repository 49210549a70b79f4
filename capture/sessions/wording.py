"""Words said around an interview: before it, in a pause, afterwards, and to the volunteer."""

from __future__ import annotations

from typing import Any

from capture.questions.contributor_words import ContributorWords, SpokenLine, words_in
from library.core.settings import Settings

_PARAGRAPHS = ("before", "count_down", "pausing", "after", "next", "deleted")
_LINES = (
    *("thanks", "what_now", "change_of_mind", "number", "decide_later", "support"),
    *("deleted_title", "taken_back_title", "how_today", "how_now", "begins_in"),
    *("may_record", "picture_and_voice", "only_voice", "no_picture"),
)


def session_wording(settings: Settings, language: str = "") -> dict[str, Any]:
    """Return the object of `GET /api/words`: lists of paragraphs, as plain text.

    A line that the language lacks is an object with its own `lang` and `dir`.
    """
    words = words_in(language)
    reach = (
        words.line("reach_contact", contact=settings.contact)
        if settings.contact
        else words.line("reach_person")
    )
    return {
        **{key: [_json(words, line) for line in words.lines(key)] for key in _PARAGRAPHS},
        "withdraw": [_json(words, line) for line in words.lines("withdraw", reach=reach)],
        "said": {
            **{key: _json(words, words.line(key)) for key in _LINES},
            "last_checked": _json(words, words.line("last_checked", day="{}")),
        },
        "language": words.language,
        "dir": words.dir,
        "missing": list(words.missing),
        "debrief": {
            "title": "For you, the volunteer",
            "lines": [
                "Listening to hard stories stays with people. That is no weakness.",
                "Take ten minutes before you do the next thing: tea, air, a short walk.",
                "Talk today with whoever supports you in this work about how it was for you. Leave "
                "out names and what was told in confidence.",
                "If somebody may be in danger, tell the person in charge at once. Do not wait for "
                "the recording to be edited.",
                "The support lines are for you as well.",
            ],
        },
    }


def _json(words: ContributorWords, line: SpokenLine) -> str | dict[str, str]:
    if line.language == words.language or words.is_english:
        return line.text
    return {"text": line.text, "lang": line.language, "dir": line.dir}
