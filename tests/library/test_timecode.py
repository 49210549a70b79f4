"""Times as text: the few forms there are, and what is read back."""

from __future__ import annotations

import pytest

from library.core import timecode


@pytest.mark.parametrize(
    ("ms", "clock", "webvtt", "substation", "padded"),
    [
        (0, "0:00", "00:00:00.000", "0:00:00.00", "00:00"),
        (62_509, "1:02", "00:01:02.509", "0:01:02.50", "01:02"),
        (3_723_999, "1:02:03", "01:02:03.999", "1:02:03.99", "1:02:03"),
        (36_000_000, "10:00:00", "10:00:00.000", "10:00:00.00", "10:00:00"),
    ],
)
def test_a_time_in_each_form(
    ms: int, clock: str, webvtt: str, substation: str, padded: str
) -> None:
    assert timecode.clock(ms) == clock
    assert timecode.webvtt_time(ms) == webvtt
    assert timecode.whole_seconds(ms) == webvtt[:-4]
    assert timecode.substation(ms) == substation
    assert timecode.padded_clock(ms) == padded
    assert timecode.parse_clock(webvtt.removeprefix("00:")) == ms


def test_forms_for_tools() -> None:
    assert timecode.clock(83_499, tenths=True) == "1:23.4"
    assert [timecode.decimal_seconds(ms) for ms in (0, 83_500, 1_001)] == ["0", "83.5", "1.001"]
    assert timecode.iso_duration(725_900) == "PT12M5S"


@pytest.mark.parametrize(
    ("typed", "ms"),
    [
        ("1:23", 83_000),
        (" 1:23.4 ", 83_400),
        ("1:23,45678", 83_456),
        ("1:02:03", 3_723_000),
        ("75:00", 4_500_000),
        ("1:75", None),
        ("1:60:00", None),
        ("83.5", None),
        ("soon", None),
        ("١:٢٣", None),
        ("", None),
    ],
)
def test_a_typed_clock(typed: str, ms: int | None) -> None:
    assert timecode.parse_clock(typed) == ms


@pytest.mark.parametrize(("typed", "ms"), [("83.5", 83_500), ("0", 0), ("1:23.5", 83_500)])
def test_a_typed_moment_may_be_plain_seconds(typed: str, ms: int) -> None:
    assert timecode.parse_moment(typed) == ms


@pytest.mark.parametrize("typed", ["nan", "-1", "1e3", "1:2:3:4", "1234567"])
def test_what_is_no_moment(typed: str) -> None:
    assert timecode.parse_moment(typed) is None
