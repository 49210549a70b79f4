"""Write Whisper's tables, out of the installed openai-whisper, for where it is not installed.

    python -m scripts.whisper_tables

Its vocabularies, which of their tokens are never given, the heads that tell words' times and the
hashes of its published models go into `transcribe/engines/whisper_tables.json.xz`, with which a
checkpoint is converted for faster-whisper. A test compares the two.
"""

from __future__ import annotations

import base64
import gzip
import json
import lzma
from typing import Any

from transcribe.engines.whisper_tables import TABLES_FILE

VOCABULARIES = {51_864: (False, 99), 51_865: (True, 99), 51_866: (True, 100)}
"""By the number of tokens that a model knows: whether of many languages, and of how many."""


def tables() -> dict[str, Any]:
    """Return all tables as they stand in the file."""
    import numpy as np
    import whisper
    from whisper.tokenizer import get_tokenizer

    tokens: dict[str, list[str]] = {}
    vocabularies: dict[str, Any] = {}
    for size, (is_multilingual, languages) in VOCABULARIES.items():
        tokenizer = get_tokenizer(is_multilingual, num_languages=languages)
        encoding = tokenizer.encoding
        ordinary = encoding.n_vocab - len(encoding.special_tokens_set)
        tokens.setdefault(
            encoding.name.partition("_")[0],
            [encoding.decode_single_token_bytes(n).decode("latin-1") for n in range(ordinary)],
        )
        never = {
            *tokenizer.non_speech_tokens, tokenizer.transcribe, tokenizer.translate, tokenizer.sot,
            tokenizer.sot_prev, tokenizer.sot_lm, tokenizer.no_speech,
        }  # fmt: skip
        named = sorted(tokenizer.special_tokens.items(), key=lambda item: item[1])
        vocabularies[str(size)] = {
            "tokens": encoding.name.partition("_")[0],
            "specials": [name for name, _ in named],
            "languages": sorted(tokenizer.all_language_tokens) if is_multilingual else [],
            "suppressed": sorted(never),
            "suppressed_first": [*tokenizer.encode(" "), tokenizer.eot],
        }
    heads = {
        name: np.flatnonzero(np.frombuffer(gzip.decompress(base64.b85decode(dump)), bool)).tolist()
        for name, dump in whisper._ALIGNMENT_HEADS.items()
    }
    addresses = dict(whisper._MODELS)
    return {
        "version": whisper.__version__,
        "tokens": tokens,
        "vocabularies": vocabularies,
        "heads": heads,
        "addresses": addresses,
    }


def main() -> None:
    text = json.dumps(tables(), ensure_ascii=False, separators=(",", ":"))
    TABLES_FILE.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    print(f"{TABLES_FILE}: {TABLES_FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
