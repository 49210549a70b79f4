"""Whisper's own tables: what a checkpoint needs besides its weights, and where models come from.

They are copied from openai-whisper by `scripts/whisper_tables.py`, so that neither it nor PyTorch
has to be installed to use its models.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import lzma
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from library.core.errors import BadInput, ToolMissing
from library.core.files import temporary_beside
from transcribe.engines.checkpoint_file import read_checkpoint_file

TABLES_FILE = Path(__file__).with_name("whisper_tables.json.xz")
_BLOCK = 1 << 20
_PATIENCE_S = 60

_OFFICIAL_SHAPES: dict[tuple[int | None, ...], str] = {
    # Layers of the encoder and of the decoder, width, mel bands.
    (4, 4, 384, 80): "tiny",
    (6, 6, 512, 80): "base",
    (12, 12, 768, 80): "small",
    (24, 24, 1024, 80): "medium",
    (32, 32, 1280, 80): "large-v2",
    (32, 32, 1280, 128): "large-v3",
    (32, 4, 1280, 128): "large-v3-turbo",
}
_ENGLISH_VOCABULARY = 51_864
_MODELS_OF_ENGLISH = frozenset({"tiny", "base", "small", "medium"})


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint's contents and Whisper's tables for it, to convert for another engine."""

    dims: dict[str, int]
    weights: dict[str, Any]
    """float32 arrays under Whisper's names."""
    alignment_heads: tuple[tuple[int, int], ...]
    """Layer and head of the decoder that tell when a word was said."""
    tokens: tuple[bytes, ...]
    """The bytes of every ordinary token, by rank."""
    specials: tuple[str, ...]
    """The tokens after those: end of text, languages, times."""
    languages: tuple[int, ...]
    suppressed: tuple[int, ...]
    suppressed_first: tuple[int, ...]


def open_checkpoint(path: Path, official: str | None = None) -> Checkpoint:
    """Read the checkpoint at `path`; `official` is Whisper's own name, if it is one of theirs.

    Raises BadInput for a file that is no Whisper model, or of a vocabulary that Whisper's models do
    not have; NoRoom and DiskFailed.
    """
    dims, weights = read_checkpoint_file(path)
    vocabulary = _tables()["vocabularies"].get(str(dims["n_vocab"]))
    if vocabulary is None:
        raise BadInput(
            f"{path} has a vocabulary of its own, which no model of Whisper’s has.",
            "Choose another with --model.",
        )
    return Checkpoint(
        dims=dims,
        weights=weights,
        alignment_heads=_alignment_heads(dims, official or official_name_by_shape(dims)),
        tokens=_tokens(vocabulary["tokens"]),
        specials=tuple(vocabulary["specials"]),
        languages=tuple(vocabulary["languages"]),
        suppressed=tuple(vocabulary["suppressed"]),
        suppressed_first=tuple(vocabulary["suppressed_first"]),
    )


def _alignment_heads(dims: Mapping[str, int], name: str | None) -> tuple[tuple[int, int], ...]:
    layers, heads = dims["n_text_layer"], dims["n_text_head"]
    # Those that Whisper itself takes where it knows no better: the second half of the layers.
    numbers = _tables()["heads"].get(name) or range(layers // 2 * heads, layers * heads)
    return tuple(divmod(number, heads) for number in numbers if number < layers * heads)


def official_name_by_shape(dims: Mapping[str, int]) -> str | None:
    """Return which of Whisper's own models has this shape, or None if none has.

    One that was trained further keeps the heads of the model it began as.
    """
    shape = tuple(map(dims.get, ("n_audio_layer", "n_text_layer", "n_text_state", "n_mels")))
    name = _OFFICIAL_SHAPES.get(shape)
    if dims.get("n_vocab") == _ENGLISH_VOCABULARY and name in _MODELS_OF_ENGLISH:
        return f"{name}.en"
    return name


@cache
def _tables() -> Any:
    return json.loads(lzma.decompress(TABLES_FILE.read_bytes()))


@cache
def _tokens(name: str) -> tuple[bytes, ...]:
    return tuple(token.encode("latin-1") for token in _tables()["tokens"][name])


def official_checksums() -> dict[str, str]:
    """Return the SHA-256 of Whisper's own models by name, as in their download addresses."""
    return {name: address.split("/")[-2] for name, address in _tables()["addresses"].items()}


def download(name: str, folder: Path) -> Path:
    """Fetch Whisper's model `name` into `folder`, whole or not at all, and return its path.

    Progress is shown on stderr. Raises ToolMissing where the network does not give it, or gives
    something else.
    """
    from tqdm import tqdm  # for the hundreds of times that nothing is fetched

    address = str(_tables()["addresses"][name])
    path = folder / address.rpartition("/")[2]
    digest = hashlib.sha256()
    temporary = temporary_beside(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # One of the addresses in the program's own table, all https.
        with (
            urllib.request.urlopen(address, timeout=_PATIENCE_S) as source,  # noqa: S310
            temporary.open("wb") as file,
            tqdm(
                total=int(source.headers.get("Content-Length") or 0) or None,
                unit="B",
                unit_scale=True,
                ncols=80,
            ) as bar,
        ):
            while block := source.read(_BLOCK):
                file.write(block)
                digest.update(block)
                bar.update(len(block))
        if digest.hexdigest() != official_checksums()[name]:
            raise ToolMissing(f"The Whisper model “{name}” did not come over whole.")
        temporary.replace(path)
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise ToolMissing(
            f"The Whisper model “{name}” could not be downloaded "
            f"({getattr(reason, 'strerror', None) or reason})."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    return path
