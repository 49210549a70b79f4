"""Commands about recordings."""

from __future__ import annotations

import click

from capture.intake.cli import import_, import_ohms
from capture.markers.cli import mark
from capture.station.cli import recover, station
from capture.terminal.cli import devices, record


@click.group(epilog="Example: carer-stories capture station")
def capture() -> None:
    """Record interviews, and bring recordings in."""


capture.add_command(station)
capture.add_command(record)
capture.add_command(devices)
capture.add_command(recover)
capture.add_command(import_)
capture.add_command(import_ohms)
capture.add_command(mark)
