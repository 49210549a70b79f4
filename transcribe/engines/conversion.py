"""Converts a Whisper checkpoint to CTranslate2's format, without a network.

One of two modules that know CTranslate2, and only inside functions. What a converted model needs
besides its weights (vocabulary, tokenizer) is made from Whisper's own tables, so that nothing has
to be fetched and the same `.pt` serves both engines.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from library.core.errors import ToolMissing
from library.core.files import fsync_file, fsync_folder, temporary_beside, translate_disk_errors
from library.core.installation import distribution
from transcribe.engines.whisper_tables import Checkpoint

FORMAT_VERSION = 1
"""Raised when what is written here changes, so that a converted model is made again."""
WEIGHTS = "model.bin"
_BEGINNING = "<|startoftranscript|>"
MODEL_FILES = (WEIGHTS, "config.json", "tokenizer.json")

# The pattern by which GPT-2, and Whisper after it, divides text before merging bytes.
_SPLIT = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""


def require_ctranslate2() -> None:
    """Raise ToolMissing with the pip command where faster-whisper is not installed."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read at import: nothing is ever looked up
    try:
        import ctranslate2  # noqa: F401
        import faster_whisper  # noqa: F401
    except ImportError as error:
        raise ToolMissing(
            "The engine “faster” is not installed.",
            f'Install it: pip install "{distribution()}[fast]", or use --engine whisper.',
        ) from error


def has_ctranslate2() -> bool:
    """Check that faster-whisper and what it needs can be used here."""
    try:
        require_ctranslate2()
    except ToolMissing:
        return False
    return True


def is_converted(folder: Path) -> bool:
    """Check that `folder` is a whole model in CTranslate2's format, tokenizer included."""
    return not missing_files(folder)


def missing_files(folder: Path) -> list[str]:
    """Return the names of the files that a model in CTranslate2's format needs and has not."""
    missing = [name for name in MODEL_FILES if not (folder / name).is_file()]
    return missing if _vocabulary_file(folder) else [*missing, "vocabulary.json"]


def has_own_vocabulary(folder: Path) -> bool:
    """Check that vocabulary and tokenizer of a whole model belong together, by one token.

    Else the first recording would end in an error of CTranslate2's own.
    """
    vocabulary = _vocabulary_file(folder)
    if vocabulary is None:
        return False
    # Whatever else may stand in files of those names: they do not belong together.
    with suppress(OSError, ValueError, LookupError, TypeError):
        text = vocabulary.read_text(encoding="utf-8")
        tokens = json.loads(text) if vocabulary.suffix == ".json" else text.split("\n")
        tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
        added = tokenizer["added_tokens"]
        numbers = [entry["id"] for entry in added if entry["content"] == _BEGINNING]
        return [tokens[number] for number in numbers if number < len(tokens)] == [_BEGINNING]
    return False


def _vocabulary_file(folder: Path) -> Path | None:
    # Converters before 2023 wrote the vocabulary as plain text.
    paths = (folder / f"vocabulary.{ending}" for ending in ("json", "txt"))
    return next((path for path in paths if path.is_file()), None)


def convert(checkpoint: Checkpoint, folder: Path) -> None:
    """Write `checkpoint` as a CTranslate2 model into `folder`, which appears whole or not at all.

    Weights are kept as 16-bit floats: the engine makes 8-bit integers of them as it loads.
    Raises ToolMissing without the extra, NoRoom or DiskFailed.
    """
    require_ctranslate2()
    spec = _specification(checkpoint)
    with translate_disk_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = temporary_beside(folder)
        try:
            temporary.mkdir()
            spec.save(str(temporary))
            _write_tokenizer(checkpoint, temporary / "tokenizer.json")
            features = {"feature_size": checkpoint.dims["n_mels"], "sampling_rate": 16_000}
            (temporary / "preprocessor_config.json").write_text(json.dumps(features))
            for path in temporary.iterdir():
                fsync_file(path)
            shutil.rmtree(folder, ignore_errors=True)
            temporary.replace(folder)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        fsync_folder(folder.parent)


def _specification(checkpoint: Checkpoint) -> Any:
    from ctranslate2.specs import WhisperSpec

    dims = checkpoint.dims
    spec = WhisperSpec(
        dims["n_audio_layer"], dims["n_audio_head"], dims["n_text_layer"], dims["n_text_head"]
    )
    weights = _Weights(checkpoint.weights)
    _encoder(spec.encoder, weights)
    _decoder(spec.decoder, weights)
    spec.register_vocabulary(_vocabulary(checkpoint))
    spec.config.suppress_ids = list(checkpoint.suppressed)
    spec.config.suppress_ids_begin = list(checkpoint.suppressed_first)
    spec.config.lang_ids = list(checkpoint.languages)
    spec.config.alignment_heads = [list(head) for head in checkpoint.alignment_heads]
    spec.validate()
    spec.optimize(quantization="float16")
    return spec


class _Weights:
    """Whisper's state dictionary; its methods fill the layers of a CTranslate2 specification."""

    def __init__(self, arrays: dict[str, Any]) -> None:
        self._arrays = arrays

    def __getitem__(self, name: str) -> Any:
        return self._arrays[name]

    def norm(self, spec: Any, name: str) -> None:
        spec.gamma, spec.beta = self[f"{name}.weight"], self[f"{name}.bias"]

    def linear(self, spec: Any, name: str) -> None:
        spec.weight, spec.bias = self[f"{name}.weight"], self[f"{name}.bias"]

    def fused(self, spec: Any, name: str, parts: tuple[str, ...]) -> None:
        """Join several projections of the same input. Whisper's keys have no bias: zeros."""
        matrices = [self[f"{name}.{part}.weight"] for part in parts]
        spec.weight = np.concatenate(matrices)
        spec.bias = np.concatenate(
            [
                np.zeros(len(matrix), np.float32) if part == "key" else self[f"{name}.{part}.bias"]
                for part, matrix in zip(parts, matrices, strict=True)
            ]
        )

    def self_attention(self, spec: Any, name: str) -> None:
        self.norm(spec.layer_norm, f"{name}_ln")
        self.fused(spec.linear[0], name, ("query", "key", "value"))
        self.linear(spec.linear[1], f"{name}.out")

    def cross_attention(self, spec: Any, name: str) -> None:
        self.norm(spec.layer_norm, f"{name}_ln")
        self.linear(spec.linear[0], f"{name}.query")
        self.fused(spec.linear[1], name, ("key", "value"))
        self.linear(spec.linear[2], f"{name}.out")

    def feed_forward(self, spec: Any, name: str) -> None:
        self.norm(spec.layer_norm, f"{name}.mlp_ln")
        self.linear(spec.linear_0, f"{name}.mlp.0")
        self.linear(spec.linear_1, f"{name}.mlp.2")


def _encoder(spec: Any, weights: _Weights) -> None:
    weights.linear(spec.conv1, "encoder.conv1")
    weights.linear(spec.conv2, "encoder.conv2")
    spec.position_encodings.encodings = weights["encoder.positional_embedding"]
    weights.norm(spec.layer_norm, "encoder.ln_post")
    for number, layer in enumerate(spec.layer):
        name = f"encoder.blocks.{number}"
        weights.self_attention(layer.self_attention, f"{name}.attn")
        weights.feed_forward(layer.ffn, name)


def _decoder(spec: Any, weights: _Weights) -> None:
    spec.embeddings.weight = weights["decoder.token_embedding.weight"]
    spec.position_encodings.encodings = weights["decoder.positional_embedding"]
    weights.norm(spec.layer_norm, "decoder.ln")
    spec.projection.weight = weights["decoder.token_embedding.weight"]
    for number, layer in enumerate(spec.layer):
        name = f"decoder.blocks.{number}"
        weights.self_attention(layer.self_attention, f"{name}.attn")
        weights.cross_attention(layer.attention, f"{name}.cross_attn")
        weights.feed_forward(layer.ffn, name)


def _vocabulary(checkpoint: Checkpoint) -> list[str]:
    return [*(_visible(token) for token in checkpoint.tokens), *checkpoint.specials]


def _write_tokenizer(checkpoint: Checkpoint, path: Path) -> None:
    """Write Whisper's byte-pair tokenizer in the format that faster-whisper reads."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

    names = {_visible(token): rank for rank, token in enumerate(checkpoint.tokens)}
    merges = _visible_merges(checkpoint.tokens)
    tokenizer: Any = Tokenizer(models.BPE(vocab=names, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(
        [AddedToken(name, special=True, normalized=False) for name in checkpoint.specials]
    )
    tokenizer.save(str(path))


@lru_cache(maxsize=2)  # Whisper has two tables of tokens; going through one takes a second
def _visible_merges(tokens: tuple[bytes, ...]) -> list[tuple[str, str]]:
    return [(_visible(left), _visible(right)) for left, right in _merges(tokens)]


def _merges(tokens: tuple[bytes, ...]) -> list[tuple[bytes, bytes]]:
    """Return which two earlier tokens each longer token is made of, in the order of their
    making.

    The table holds only the results: joining a token's bytes by all earlier tokens leaves the
    two.
    """
    ranks = {token: rank for rank, token in enumerate(tokens)}
    merges = []
    for rank, token in enumerate(tokens):
        if len(token) > 1:
            parts = _joined(token, ranks, rank)
            if len(parts) == 2:
                merges.append((parts[0], parts[1]))
    return merges


def _joined(token: bytes, ranks: dict[bytes, int], below: int) -> list[bytes]:
    parts = [token[at : at + 1] for at in range(len(token))]
    while len(parts) > 1:
        pair_ranks = [ranks.get(left + right, below) for left, right in pairwise(parts)]
        rank = min(pair_ranks)
        if rank >= below:
            break
        at = pair_ranks.index(rank)
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts


def _letters() -> dict[int, str]:
    """Return GPT-2's table of bytes as visible letters: itself, or one from U+0100 on."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    moved = {byte: chr(0x100 + number) for number, byte in enumerate(others)}
    return {**{byte: chr(byte) for byte in plain}, **moved}


_LETTERS = _letters()


def _visible(token: bytes) -> str:
    return "".join(_LETTERS[byte] for byte in token)
