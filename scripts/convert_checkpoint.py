"""Convert an openai-whisper checkpoint of any size to CTranslate2's format, without a network.

    python -m scripts.convert_checkpoint IN.pt OUT_DIR

`transcribe --engine faster` does the same by itself the first time it meets a model; this is for
carrying a converted model elsewhere, and for looking at one. Needs the extra `[fast]`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from library.core.errors import BadInput, CarerStoriesError
from library.core.files import sha256_of
from transcribe.engines.conversion import convert, require_ctranslate2
from transcribe.engines.models import official_name
from transcribe.engines.whisper_tables import open_checkpoint


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__)
        return 2
    source, to = map(Path, arguments)
    try:
        if to.exists() and any(to.iterdir()):
            raise BadInput(f"{to} holds something already.", "Name a folder that is not there yet.")
        require_ctranslate2()
        convert(open_checkpoint(source, official_name(sha256_of(source))), to)
    except CarerStoriesError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    size = sum(path.stat().st_size for path in to.iterdir())
    print(f"{to}: {size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
