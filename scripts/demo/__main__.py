"""``python -m scripts.demo media|train|measure|all``: make the demo again, with fixed seeds."""

from __future__ import annotations

import argparse
from pathlib import Path

from .script import MODEL


def main(arguments: list[str] | None = None) -> None:
    """Run one step of making the demo, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m scripts.demo", description=__doc__)
    parser.add_argument("what", choices=("media", "train", "measure", "all"))
    parser.add_argument("--steps", type=int, default=7000, help="steps of training")
    parser.add_argument("--minutes", type=float, help="end training after so many minutes instead")
    parser.add_argument("--start", type=Path, help="a .student file to go on from")
    parser.add_argument("--first", type=float, default=0.0, help="skip this share of the schedule")
    parser.add_argument("--peak", type=float, default=1.5e-3, help="highest learning rate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=MODEL, help="the checkpoint's file")
    given = parser.parse_args(arguments)
    if given.what in ("media", "all"):
        from . import media

        media.make_all()
    if given.what in ("train", "all"):
        from . import train

        train.train(
            train.Plan(
                given.out,
                steps=given.steps,
                minutes=given.minutes,
                seed=given.seed,
                start=given.start,
                peak=given.peak,
                first=given.first,
            )
        )
    if given.what in ("measure", "all"):
        from . import measure

        measure.main(given.out)


if __name__ == "__main__":
    main()
