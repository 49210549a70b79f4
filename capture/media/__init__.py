"""Everything that reads, makes or measures sound and pictures; the only place that knows ffmpeg.

    check_source → probe → check_decodes      is it a recording, and is all of it there
    normalise → extract_speech → draw_poster  what the rest of the product works with
    measure_loudness → encode_audio → encode_film → check_clean   what staff will see and hear

Files from outside are never trusted: every input is opened with the protections of
`capture.media.source`. Results appear whole, under their final name, or not at all.
"""

from capture.media.derive import draw_poster, extract_speech, normalise
from capture.media.film import (
    Loudness,
    check_clean,
    encode_audio,
    encode_film,
    measure_loudness,
)
from capture.media.probe import Recording, check_decodes, clock, probe, readable_length
from capture.media.runner import Progress, Watch, unwatched
from capture.media.source import check_source, suffix_for
from capture.media.speech import Speech, open_speech, read_speech
from capture.media.tool import ffmpeg_path, ffmpeg_version

__all__ = [
    "Loudness",
    "Progress",
    "Recording",
    "Speech",
    "Watch",
    "check_clean",
    "check_decodes",
    "check_source",
    "clock",
    "draw_poster",
    "encode_audio",
    "encode_film",
    "extract_speech",
    "ffmpeg_path",
    "ffmpeg_version",
    "measure_loudness",
    "normalise",
    "open_speech",
    "probe",
    "read_speech",
    "readable_length",
    "suffix_for",
    "unwatched",
]
