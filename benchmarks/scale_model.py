"""A model of 100,000 stories and a million staff: hours, bytes, requests and money.

    python -m benchmarks.scale_model [STORIES STAFF]

Every figure that goes in says where it comes from: measured by this project, taken from the product
itself, or guessed. Change a guess here and run it again; docs/scale.md prints what came out.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

MEASURED, PRODUCT, GUESS = "measured", "product", "guess"


@dataclass(frozen=True)
class Figure:
    """A number that the model begins with, and its origin."""

    value: float
    origin: str


FILM_MINUTES = Figure(8, GUESS)
RECORDED_MINUTES = Figure(40, GUESS)
FILM_MB_A_MINUTE = Figure(10, MEASURED)  # docs/hosting.md: all sizes together
WATCHED_MB_A_MINUTE = Figure(3, MEASURED)  # the size for 720 lines of the demonstration's film
ORIGINAL_MB_A_MINUTE = Figure(60, GUESS)  # a telephone's 1080p
FILMS_A_YEAR = Figure(10, GUESS)  # by each member of staff
BUSIEST = Figure(10, GUESS)  # the busiest minute of the year, against the mean of working hours
WORKING_HOURS = Figure(2_000, GUESS)  # of a year, in which staff watch
POLLS_A_MINUTE = Figure(2, PRODUCT)  # shown.json, while a page is open in another system
CACHES = Figure(30, GUESS)  # places of a content network that staff are served by
KEPT_SECONDS = Figure(30, PRODUCT)  # s-maxage of docs/scale.md
CORE_MINUTES_TO_HEAR = Figure(1.0, GUESS)  # of one core, a minute of recording, model small
CORE_MINUTES_TO_FILM = Figure(6.0, GUESS)  # of one core, a minute of 1080p in three sizes
CORE_HOUR = Figure(0.04, GUESS)  # pounds, a virtual machine of a public cloud
STORED_GB_MONTH = Figure(0.02, GUESS)  # pounds
SENT_GB = Figure(0.03, GUESS)  # pounds, by a content network


def rows(stories: int, staff: int) -> list[tuple[str, str, str]]:
    """Return what comes out: its name, its value, and the weakest origin of what went in."""
    film_gb = stories * FILM_MINUTES.value * FILM_MB_A_MINUTE.value / 1_000
    original_gb = stories * RECORDED_MINUTES.value * ORIGINAL_MB_A_MINUTE.value / 1_000
    watched_minutes = staff * FILMS_A_YEAR.value * FILM_MINUTES.value
    sent_gb = watched_minutes * WATCHED_MB_A_MINUTE.value / 1_000
    hear_hours = stories * RECORDED_MINUTES.value * CORE_MINUTES_TO_HEAR.value / 60
    film_hours = stories * FILM_MINUTES.value * CORE_MINUTES_TO_FILM.value / 60
    at_once = watched_minutes / (WORKING_HOURS.value * 60)
    busiest = at_once * BUSIEST.value
    polls = busiest * POLLS_A_MINUTE.value / 60
    asked_again = CACHES.value / KEPT_SECONDS.value
    return [
        ("films, all sizes", f"{film_gb / 1_000:,.0f} TB", GUESS),
        ("originals", f"{original_gb / 1_000:,.0f} TB", GUESS),
        ("to hear everything once", f"{hear_hours:,.0f} core hours", GUESS),
        ("to film everything once", f"{film_hours:,.0f} core hours", GUESS),
        ("the same on 200 cores", f"{(hear_hours + film_hours) / 200 / 24:,.0f} days", GUESS),
        ("computing, once", f"£{(hear_hours + film_hours) * CORE_HOUR.value:,.0f}", GUESS),
        ("sent to staff in a year", f"{sent_gb / 1_000:,.0f} TB", GUESS),
        ("sending it", f"£{sent_gb * SENT_GB.value:,.0f} a year", GUESS),
        ("keeping films", f"£{film_gb * STORED_GB_MONTH.value * 12:,.0f} a year", GUESS),
        ("keeping originals", f"£{original_gb * STORED_GB_MONTH.value * 12:,.0f} a year", GUESS),
        ("people who watch at once, busiest", f"{busiest:,.0f}", GUESS),
        ("polls of embedded pages, busiest", f"{polls:,.0f} a second", GUESS),
        ("times a watched file is asked for anew", f"{asked_again:,.0f} a second", PRODUCT),
    ]


def main() -> int:
    stories, staff = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (100_000, 1_000_000)
    print(f"{stories:,} stories, {staff:,} staff")
    for name, value, origin in rows(stories, staff):
        print(f"  {name}: {value} ({origin})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
