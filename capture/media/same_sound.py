"""Whether two files hold the very same sound: then hearing one of them is hearing both."""

from __future__ import annotations

import hashlib
from pathlib import Path

from capture.media.source import address, protections


def sound_digest(path: Path) -> str:
    """SHA-256 of the encoded sound, without what it is packed in: a film and its sound are alike.

    Raises Damaged where it cannot be read.
    """
    import av

    from library.core.errors import Damaged

    digest = hashlib.sha256()
    try:
        with av.open(address(path), options=protections(), metadata_errors="replace") as container:
            for packet in container.demux(container.streams.audio[0]):
                digest.update(bytes(packet))
    except (av.FFmpegError, IndexError, OSError) as error:
        raise Damaged(
            f"The sound of {path.name} cannot be read.",
            f"Make the film again: carer-stories film {path.parent.name}",
        ) from error
    return digest.hexdigest()
