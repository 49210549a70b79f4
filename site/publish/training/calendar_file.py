"""Reminders as a calendar file (RFC 5545): folded, escaped, with ids that stay the same.

`reminders.js` makes the same file in a browser. A time is written in UTC, so that no table of time
zones is needed; a reminder without one lasts all day and has no zone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo

from publish.training.follow_up import MOMENT_NAMES, Reminder
from publish.training.plan import PlanDetails

MAX_LINE_BYTES = 75
"""Bytes of a line without its end (RFC 5545, 3.1)."""
REMINDED_FOR = timedelta(minutes=15)
"""Length of a reminder at a time."""
_UNSHOWN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


def calendar_file(
    plan: PlanDetails,
    reminders: Sequence[Reminder],
    *,
    session: str,
    domain: str,
    made: datetime,
    at: time | None = None,
    zone: tzinfo = UTC,
    form_address: str = "",
    left_out: Collection[int] = (),
) -> bytes:
    """Return the file of these reminders, which belong to the session of the day `session`.

    `domain` makes the ids those of one library (`calendar_domain`). `at` is a time of day in
    `zone`. `form_address` begins the address of each short form, and is empty where none is known.
    `left_out` are the numbers of points that the session did without: the forms ask without them.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Carer Stories//Reminders//EN",
        "CALSCALE:GREGORIAN",
    ]
    stamp = _utc(made)
    without = ",".join(map(str, sorted(left_out)))
    query = f"session={session}&without={without}" if without else f"session={session}"
    for reminder in reminders:
        address = f"{form_address}{reminder.moment}.html?{query}" if form_address else ""
        lines += _event(plan, reminder, session, domain, stamp, at, zone, address)
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def calendar_domain(title: str, trust: str) -> str:
    """Return what tells one library’s reminders from another’s, in the right half of their ids."""
    return hashlib.sha256(f"{title}\n{trust}".encode()).hexdigest()[:12] + ".carer-stories"


def summary_of(plan: PlanDetails, moment: str) -> str:
    """Return the title of a reminder: “Three months later: First contact”."""
    return f"{MOMENT_NAMES[moment]}: {plan.title}"


def folded(line: str) -> bytes:
    """Return a line with its end, broken where it is longer than 75 bytes, between characters."""
    data, lines = b"", []
    for character in line:
        encoded = character.encode("utf-8", "replace")
        if len(data) + len(encoded) > MAX_LINE_BYTES:
            lines.append(data)
            data = b" "
        data += encoded
    return b"\r\n".join([*lines, data]) + b"\r\n"


def escaped(text: str) -> str:
    """Return text as a value: its commas, semicolons, backslashes and line ends escaped."""
    plain = _UNSHOWN.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    for special, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        plain = plain.replace(special, written)
    return plain


def _event(
    plan: PlanDetails,
    reminder: Reminder,
    session: str,
    domain: str,
    stamp: str,
    at: time | None,
    zone: tzinfo,
    address: str,
) -> Iterator[str]:
    words = f"{reminder.do}\n\nThe short form: {address}" if address else reminder.do
    yield "BEGIN:VEVENT"
    yield f"UID:{plan.id}.{reminder.moment}.{session.replace('-', '')}@{domain}"
    yield f"DTSTAMP:{stamp}"
    if at is None:
        yield f"DTSTART;VALUE=DATE:{reminder.on:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{reminder.on + timedelta(days=1):%Y%m%d}"
    else:
        begins = datetime.combine(reminder.on, at, zone)
        yield f"DTSTART:{_utc(begins)}"
        yield f"DTEND:{_utc(begins.astimezone(UTC) + REMINDED_FOR)}"
    yield f"SUMMARY:{escaped(summary_of(plan, reminder.moment))}"
    yield f"DESCRIPTION:{escaped(words)}"
    if address:
        yield f"URL:{address}"
    yield "TRANSP:TRANSPARENT"
    yield "BEGIN:VALARM"
    yield "ACTION:DISPLAY"
    yield f"DESCRIPTION:{escaped(summary_of(plan, reminder.moment))}"
    # Of a whole day, the alarm is at nine in the morning of the day before.
    yield "TRIGGER:-PT15H" if at is None else "TRIGGER:-P1D"
    yield "END:VALARM"
    yield "END:VEVENT"


def _utc(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y%m%dT%H%M%SZ}"
