"""Find what identifies people and stands in no list: numbers, postcodes, addresses, birthdays.

Everything is looked for as it is written and as it is said, in the one grammar of
`number_grammar`: telephone and other numbers in `match_numbers`, dates in `match_dates`, addresses
in `match_addresses`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from transcribe.redaction.match_addresses import address_hits
from transcribe.redaction.match_dates import date_hits
from transcribe.redaction.match_numbers import listed_number_hits, number_hits
from transcribe.redaction.number_grammar import SpokenPieces
from transcribe.redaction.text_model import Hit, SearchTarget, SpokenText


def pattern_hits(text: SpokenText, targets: Sequence[SearchTarget] = ()) -> Iterator[Hit]:
    """Find every number, postcode, date and address, and the listed numbers of `targets`."""
    spoken = SpokenPieces(text)
    # The list first: what it says is sure, whatever the digits look like.
    yield from listed_number_hits(text, spoken, targets)
    for find in (number_hits, date_hits, address_hits):
        yield from (hit for hit in find(text, spoken) if text.is_unbroken(hit.first, hit.last))
