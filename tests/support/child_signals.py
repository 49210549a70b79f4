"""Signals as a child process finds them, whatever the tests were started with.

A shell that starts `make test` in the background ignores SIGINT, and children inherit that.
"""

from __future__ import annotations

import signal


def default_sigint() -> None:
    """Use as `preexec_fn`: Ctrl-C has its default effect in the child."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def ignored_sigint() -> None:
    """Use as `preexec_fn`: the child starts as one of a script in the background does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
