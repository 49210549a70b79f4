"""Rules for what agreements rest on: each setting must look like what it is for.

They cannot know whether what is written is right. They know that “ask IG” is no lawful basis, and
that a support line without a number, an address or a place is no line.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from library.core.blank_values import can_be_reached, is_only_a_date

_ARTICLE_6 = re.compile(
    r"6\s*[(.,]?\s*1\s*[).,]?\s*\(?\s*(?:ea|[a-f])\b|public\s+(?:task|interest)|consent|contract"
    r"|legal\s+obligation|legitimate\s+interest|vital\s+interest|official\s+authority",
    re.IGNORECASE,
)
"""The bases of Article 6(1), by letter or by name."""
_ARTICLE_9 = re.compile(
    r"9\s*[(.,]?\s*2\s*[).,]?\s*\(?\s*[a-j]\b|explicit\s+consent|health\s+(?:or|and)\s+social\s+care"
    r"|(?:provision|management)\s+of\s+(?:health|social)|public\s+(?:health|interest)|research"
    r"|archiving|statistic|employment|social\s+(?:security|protection)|vital\s+interest|legal\s+claim"
    r"|not[\s-]for[\s-]profit|made\s+public|preventive|occupational\s+medicine|medical\s+diagnosis",
    re.IGNORECASE,
)
"""The conditions of Article 9(2), by letter or by name."""
_PUTS_OFF = re.compile(
    r"^\W*(?:to\s+)?(?:ask|check|confirm|query|chase|await\w*|pending|find\s+out|waiting)\b",
    re.IGNORECASE,
)
_FEWEST_WORDS = 3


_TEAM_ALONE = re.compile(
    r"""
    (?:please\s+)?(?:just\s+|simply\s+)?
    (?:tell|contact|ask|ring|call|phone|e-?mail|text|message|inform|notify|see|let
       |(?:write|speak|talk|turn|go|say\s+so)\s+to|get\s+in\s+touch\s+with|get\s+hold\s+of)?\s*
    (?:(?:some|any)(?:body|one)|(?:a|any|another)\s+(?:member|person))?\s*(?:in|of|from|on|at)?\s*
    (?:the|our|a|an|any|this)?\s*(?:[\w’'-]+\s+){0,3}?
    (?:team|leads?|editors?|staff|office|managers?|service|department|group|project|trust|us|them
       |(?:some|any)(?:body|one)|people|library|organisation|volunteers?|interviewers?|coordinators?
       |organisers?|member|person)
    (?:\s+(?:know|directly|first|at\s+any\s+time|any\s?time|anytime))*[\s.!]*
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""A team or a role without a word of how it is reached."""
_SOMEBODY_KNOWN = re.compile(r"\b(?:you|your|whoever)\b", re.IGNORECASE)
"""Words for somebody whom a contributor has met: they need no number for them."""


def _is_name(text: str) -> bool:
    return (
        sum(map(str.isalpha, text)) >= 3 and not _PUTS_OFF.search(text) and not is_only_a_date(text)
    )


def _is_way(text: str) -> bool:
    """Return True for words that tell a way: to somebody they know, or to a place or number."""
    if can_be_reached(text):
        return True
    if is_only_a_date(text) or len(text.split()) < _FEWEST_WORDS:
        return False
    return bool(_SOMEBODY_KNOWN.search(text)) or not _TEAM_ALONE.fullmatch(text.strip())


_RULES: dict[str, tuple[Callable[[str], bool], str]] = {
    "trust": (_is_name, "Write the name of your trust."),
    "contact": (can_be_reached, "Write how they are reached: a number, an address or a place."),
    "withdrawal": (
        _is_way,
        "Write whom they tell, and how: a number, an address or a place, or somebody they know.",
    ),
    "lawful_basis": (
        lambda text: bool(_ARTICLE_6.search(text)),
        "Name one basis of Article 6(1), such as Article 6(1)(e), public task.",
    ),
    "special_category_condition": (
        lambda text: bool(_ARTICLE_9.search(text)),
        "Name one condition of Article 9(2), such as Article 9(2)(h), health or social care.",
    ),
    "support_name": (_is_name, "Write the name of the line."),
    "support_contact": (can_be_reached, "Write its number or its address."),
}


def rule_broken(name: str, text: str) -> str:
    """Return what to write instead, where `text` cannot be what this setting is for; else “”."""
    fits, instead = _RULES.get(name, (lambda _: True, ""))
    return "" if fits(text) else instead
