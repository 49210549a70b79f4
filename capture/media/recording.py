"""The facts of a recording: a record on disk, so this module loads no media library."""

from __future__ import annotations

import msgspec


class Recording(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts of a recording. `width` and `height` are as displayed, upright."""

    kind: str
    """`video` or `audio`."""
    duration: int
    """Milliseconds; 0 where the container does not say (a browser's WebM)."""
    container: str
    audio_codec: str
    channels: int
    sample_rate: int
    video_codec: str = ""
    width: int = 0
    height: int = 0
    rotation: int = 0
    """Degrees the camera was turned by: 0, 90, 180 or 270."""
    fps: float = 0.0
    """Frames a second on average; phones vary it."""
    track_channels: tuple[int, ...] = ()
    """Channels of each sound track, 0 where it cannot be read; empty in what an earlier version
    wrote."""
    hdr: str = ""
    """Transfer of high dynamic range video, `arib-std-b67` or `smpte2084`; else nothing."""

    @property
    def first_track(self) -> int:
        """The number, from 0, of the first sound track that can be read."""
        return next((n for n, channels in enumerate(self.track_channels) if channels), 0)

    @property
    def pixels(self) -> str:
        return f"{self.width} × {self.height}" if self.width else ""
