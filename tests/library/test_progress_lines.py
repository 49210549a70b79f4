"""Progress of long steps where nobody sees a bar: lines now and then, on standard error."""

from __future__ import annotations

import time

import pytest

from library.cli.console import progress
from library.core.files import human_size


def test_a_long_step_says_each_half_minute_how_far_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with progress("Drawing the film", 600_000) as on_progress:
        for second in range(1, 101):
            now[0] += 1
            on_progress(second * 3_000)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "Drawing the film: 1:30 of 10:00, about 3 min left",
        "Drawing the film: 3:00 of 10:00, about 2 min left",
        "Drawing the film: 4:30 of 10:00, about 2 min left",
    ]


def test_a_quick_step_says_nothing_and_one_of_unknown_length_how_much_is_done(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with progress("Copying", describe=human_size) as on_progress:
        for _ in range(29):
            now[0] += 1
            on_progress(int(now[0]) * 1_000_000)
    assert capsys.readouterr() == ("", "")
    with progress("Copying\x1b[2J", describe=human_size) as on_progress:
        now[0] += 31
        on_progress(31_000_000)
    assert capsys.readouterr().err == f"Copying[2J: {human_size(31_000_000)}\n"
