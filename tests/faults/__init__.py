"""Disks that fail, processes that are killed, power that is cut: on purpose, and at every change.

`seam.py` makes the Nth call of the product's own seam fail, for tests of one function. The rest
tries whole commands: `disk_changes.py` meets every change of the disk, `trials.py` runs a command
into a fault, `commands.py` lists the commands, `prepared_libraries.py` builds the libraries they
run on, `invariants.py` says what must hold after, `powercut.py` what a power cut leaves.
"""

from tests.faults.seam import (
    CHANGES,
    FaultySystem,
    UnflushedSystem,
    count_changes,
    disk,
    kill,
    killed_at,
    refuse_with,
)

__all__ = [
    "CHANGES",
    "FaultySystem",
    "UnflushedSystem",
    "count_changes",
    "disk",
    "kill",
    "killed_at",
    "refuse_with",
]
