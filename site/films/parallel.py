"""Two pieces of work side by side: the sound of a film takes one core, its pictures the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from capture.media import Progress

Made = TypeVar("Made")


class _Stopped(Exception):
    """What runs beside a block that failed: nobody waits for it any more."""


@dataclass(frozen=True)
class Beside(Generic[Made]):
    """Work that goes on in another thread."""

    _future: Future[Made]

    def result(self) -> Made:
        """What came of it, waited for. Raises what it raised."""
        return self._future.result()

    def minded(self, progress: Progress) -> Progress:
        """`progress`, for the work in the block: it ends as soon as the other has failed."""

        def mind(done: int) -> None:
            if self._future.done():
                self._future.result()
            progress(done)

        return mind


@contextmanager
def beside(work: Callable[[Progress], Made]) -> Iterator[Beside[Made]]:
    """Do `work` in a thread as long as the block lasts; it is given a Progress to report to.

    Should the block fail, or be interrupted, the work is stopped at its next report; the block ends
    when both have.
    """
    stop = threading.Event()

    def progress(_done: int) -> None:
        if stop.is_set():
            raise _Stopped

    with ThreadPoolExecutor(1, thread_name_prefix="beside") as pool:
        try:
            yield Beside(pool.submit(work, progress))
        except BaseException:
            stop.set()
            raise
