"""Whisper's checkpoints read without PyTorch: as it reads them, and nothing in them is run."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from library.core.errors import BadInput
from library.workspace_template import template
from tests.support.command_line import ROOT
from tests.support.small_checkpoints import KINDS, SMALL, small_checkpoint, tensor, text
from transcribe.engines.checkpoint_file import read_checkpoint_file
from transcribe.engines.whisper_tables import open_checkpoint

NO_PYTORCH = """
import sys
from pathlib import Path
for name in ("torch", "whisper", "numba", "tiktoken"):
    sys.modules[name] = None
from transcribe.engines.conversion import convert
from transcribe.engines.whisper_tables import open_checkpoint
convert(open_checkpoint(Path(sys.argv[1])), Path(sys.argv[2]))
"""


def test_the_demonstrations_model_is_converted_where_there_is_no_pytorch(tmp_path: Path) -> None:
    model = template().demo / "model" / "demo.pt"
    subprocess.run(
        [sys.executable, "-c", NO_PYTORCH, str(model), str(tmp_path / "converted")],
        cwd=ROOT,
        check=True,
    )
    assert (tmp_path / "converted" / "model.bin").stat().st_size > 10_000_000


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_of_each_format_are_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "small.pt"
    path.write_bytes(small_checkpoint(kind=kind, compression=zipfile.ZIP_DEFLATED))
    dims, weights = read_checkpoint_file(path)
    assert dims == SMALL
    assert all(array.dtype == np.float32 for array in weights.values())
    table = weights["decoder.token_embedding.weight"]
    assert table.shape == (12, 8)
    if kind != "BFloat16Storage":  # its bits were made to count up, not its numbers
        assert table.ravel().tolist() == [n % 100 for n in range(96)]


def test_a_vocabulary_that_no_model_of_whispers_has_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "small.pt"
    path.write_bytes(small_checkpoint())
    with pytest.raises(BadInput, match="vocabulary of its own"):
        open_checkpoint(path)


def changed(data: bytes, program: bytes) -> bytes:
    """Return the same zip with another program in it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            new.writestr(name, program if name.endswith("data.pkl") else old.read(name))
    return packed.getvalue()


GOOD = small_checkpoint()
PROGRAM = zipfile.ZipFile(io.BytesIO(GOOD)).read("archive/data.pkl")
SHAPE = b"".join(b"J" + n.to_bytes(4, "little") for n in (12, 8))
MAKER, WIDTH = b"torch._utils\n_rebuild_tensor_v2", text("n_audio_state")
BROKEN = {
    "a call": b"cos\nsystem\n(" + text("touch called") + b"tR.",
    "a call between tensors": PROGRAM.replace(MAKER, b"os\nsystem", 1),
    "a stack of marks": b"(" * 200_000 + b"t" * 200_000 + b".",
    "a memo that would take gigabytes": b"\x80\x02}r\xff\xff\xff\xff.",
    "a dictionary that holds itself": b"\x80\x02}q\x00h\x00h\x00s.",
    "no program": b"",
    "half a program": PROGRAM[: len(PROGRAM) // 2],
    "no weights": b"\x80\x02}(" + text("dims") + b"}u.",
    "a weight more": PROGRAM[:-2] + text("more") + tensor("0", (6, 8)) + b"uu.",
    "numbers beyond the end": PROGRAM.replace(SHAPE, SHAPE[:1] + b"\xff" + SHAPE[2:], 1),
    "another width": PROGRAM.replace(WIDTH + b"J\x08", WIDTH + b"J\x09"),
    "layers without number": PROGRAM.replace(
        text("n_text_layer") + b"J\x01\0\0\0", text("n_text_layer") + b"J\xff\xff\xff\x7f"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_model_is_refused_and_nothing_in_it_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "hostile.pt"
    path.write_bytes(changed(GOOD, BROKEN[name]))
    with pytest.raises(BadInput, match="not a Whisper model, or not a whole one"):
        read_checkpoint_file(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["hostile.pt"]


def test_a_weight_without_its_numbers_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name)[:-4] if name.endswith("/7") else old.read(name))
    path = tmp_path / "short.pt"
    path.write_bytes(packed.getvalue())
    with pytest.raises(BadInput, match="not a whole one"):
        read_checkpoint_file(path)
