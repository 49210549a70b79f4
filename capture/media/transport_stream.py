"""The clock of an MPEG transport stream: the camcorder's .mts, the broadcast's .ts."""

from __future__ import annotations

import mmap

import numpy as np

_CLOCK_RATE = 90_000  # ticks a second


def clock_restarts(data: mmap.mmap, length: int, offset: int) -> list[int]:
    """Return where the stream's clock (ISO/IEC 13818-1, PCR) goes back: its recordings' starts.

    A packet has `length` bytes, of which `offset` precede its own.
    """
    count = len(data) // length
    packets = np.frombuffer(data, np.uint8, count * length).reshape(count, length)[:, offset:]
    pids = (packets[:, 1] & 0x1F).astype(np.int64) << 8 | packets[:, 2]
    has_clock = (packets[:, 3] & 0x20 > 0) & (packets[:, 4] >= 7) & (packets[:, 5] & 0x10 > 0)
    at = np.nonzero(has_clock)[0]
    at = at[pids[at] == pids[at[0]]] if len(at) else at
    fields = packets[at, 6:11].astype(np.int64)
    clock = (fields[:, :4] << np.array([25, 17, 9, 1])).sum(axis=1) | fields[:, 4] >> 7
    steps = np.diff(clock)
    back = np.nonzero((steps < -_CLOCK_RATE) & (steps > -(1 << 32)))[0]
    # The tables that say what is inside stand before the first picture.
    tables = np.nonzero(np.isin(pids, (0, 17)))[0]
    starts = []
    for before, after in zip(at[back], at[back + 1], strict=True):
        between = tables[(tables > before) & (tables < after)]
        starts.append(int(between[0] if len(between) else after) * length)
    del packets  # else the file could not be closed
    return starts
