"""The property of every parser: it reads or refuses a file in time, and changes nothing else."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from library.core.errors import CarerStoriesError
from library.core.workspace import Workspace
from tests.hostile.parsers import ParserUnderTest

_MAX_SENTENCE_CHARACTERS = 1_200
_CPU_LIMIT_SECONDS = 30
"""Seconds of processor time, however busy the machine: nothing here takes five."""


_WORDS_OF_A_LIBRARY = re.compile(
    r"xpected `|got `|at `\$|JSON is|bject (?:missing|contains)|RFC3339|matching regex|out of range"
    r"|codec can.t|byte 0x|urrogate|recursion|NoneType|<class|object at 0x|unhashable"
    r"|could not convert|invalid literal|not supported between|unsupported operand"
    r"|mapping values|scalar|anchor &|mismatched tag|not well-formed|no element found|field limit"
    r"|\bException\b|Error\b"
)
"""Words of msgspec, PyYAML, expat, csv and Python, which say nothing to a volunteer."""


@contextmanager
def _not_hung(parser: ParserUnderTest, data: bytes) -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"{parser.name} hangs on {data[:300]!r} ({len(data)} bytes)")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, _CPU_LIMIT_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _snapshot(workspace: Workspace) -> dict[str, tuple[int, int]]:
    """Return size and time of every file, and every folder; a lock may be taken and left."""
    contents = {}
    for folder, folders, names in os.walk(workspace.interviews):
        contents |= {f"{folder}/{name}": (0, 0) for name in folders}
        for name in names:
            metadata = os.lstat(f"{folder}/{name}")
            if not name.endswith(".lock"):
                contents[f"{folder}/{name}"] = (metadata.st_size, metadata.st_mtime_ns)
    return contents


def check_parser(parser: ParserUnderTest, library: Workspace, data: bytes) -> bool:
    """Return True if the parser reads `data`, False if it refuses. Fails for anything else."""
    path = library.root / parser.path
    path.parent.mkdir(parents=True, exist_ok=True)
    original = path.read_bytes() if path.exists() else None
    path.write_bytes(data)
    before = _snapshot(library)
    try:
        with _not_hung(parser, data):
            parser.read(library, path)
        is_accepted = True
    except CarerStoriesError as refusal:
        is_accepted = False
        _check_sentence(parser, refusal, data)
    except Exception as error:
        raise AssertionError(
            f"{parser.name}: {type(error).__name__}: {str(error)[:200]} for {len(data)} bytes: "
            f"{data[:600]!r}"
        ) from error
    finally:
        after = _snapshot(library)
        path.unlink() if original is None else path.write_bytes(original)
    if not (parser.writes and is_accepted):
        changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
        assert not changed, f"{parser.name} left or changed {sorted(changed)[:3]}"
    return is_accepted


def _check_sentence(parser: ParserUnderTest, refusal: CarerStoriesError, data: bytes) -> None:
    sentence = refusal.what
    about = f"{parser.name} said {sentence[:300]!r} of {data[:300]!r}"
    assert sentence.rstrip().endswith((".", "?", "…")), about
    assert len(sentence) < _MAX_SENTENCE_CHARACTERS, f"{len(sentence)} characters: {about}"
    # What is quoted from the file itself may hold any word.
    raw = _WORDS_OF_A_LIBRARY.search(sentence)
    assert raw is None or raw[0].encode() in data, f"“{raw[0]}”: {about}"
    assert len(refusal.next_step) < _MAX_SENTENCE_CHARACTERS, about
    sentence.encode()  # fails for half of a surrogate pair, which no terminal can show
