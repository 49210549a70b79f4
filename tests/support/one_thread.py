"""One thread for each recogniser: beside other workers, threads mostly wait for each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from transcribe.engines.protocol import importing


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Threads wait for each other longer than so small a model computes."""
    with importing("torch"):
        import torch

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        yield
        torch.set_num_threads(before)
