"""Find what identifies people and stands in no list: numbers, postcodes, addresses, birthdays.

Everything is looked for as it is written and as it is said, in the one grammar of
`number_grammar`: telephone and other numbers in `match_numbers`, dates in `match_dates`, addresses
in `match_addresses`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from transcribe.redaction.match_addresses import address_hits
from transcribe.redaction.match_dates import date_hits
from transcribe.redaction.match_exact import spelt_hits
from transcribe.redaction.match_numbers import listed_number_hits, number_hits
from transcribe.redaction.number_grammar import SpokenPieces
from transcribe.redaction.text_model import Hit, SearchTarget, SpokenText


def pattern_hits(text: SpokenText, targets: Sequence[SearchTarget] = ()) -> Iterator[Hit]:
    """Find every number, postcode, date and address, and the listed numbers of `targets`."""
    spoken = SpokenPieces(text)
    # The list first: what it says is sure, whatever the digits look like.
    yield from listed_number_hits(text, spoken, targets)
    spelt = list(spelt_hits(text, spoken, targets))
    number_and_date_hits = _dates_whole(
        list(number_hits(text, spoken)), list(date_hits(text, spoken))
    )
    for hit in (*number_and_date_hits, *address_hits(text, spoken), *spelt):
        if text.is_unbroken(hit.first, hit.last):
            yield hit


def _dates_whole(numbers: Sequence[Hit], dates: Sequence[Hit]) -> Iterator[Hit]:
    """Yield each date whole: what takes its day for a number would leave the month beside it."""
    for hit in (*numbers, *dates):
        # From the date on, or to its end, if they lie over one another in part only.
        others = dates if hit in numbers else numbers
        over = [each for each in others if each.first < hit.last and hit.first < each.last]
        if hit in numbers and any(
            date.first <= hit.first and hit.last <= date.last for date in over
        ):
            continue
        first = min(hit.first, *(each.first for each in over), hit.first)
        last = max(hit.last, *(each.last for each in over), hit.last)
        is_sure = hit.is_sure or any(each.is_sure for each in over)
        yield replace(hit, first=first, last=last, is_sure=is_sure)
