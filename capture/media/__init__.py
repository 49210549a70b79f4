"""Everything that reads, makes or measures sound and pictures; the only place that knows ffmpeg.

    check_source → probe → check_decodes      is it a recording, and is all of it there
    normalise → extract_speech → draw_poster  what the rest of the product works with
    measure_loudness → encode_audio → check_clean   what staff will see and hear
    sound: decode_sound → even_speakers → assemble_sound   the sound of a film, before it is encoded

Files from outside are never trusted: every input is opened with the protections of
`capture.media.source`. Results appear whole, under their final name, or not at all.
"""

from capture.media.derive import draw_poster, extract_speech, normalise
from capture.media.film import check_clean
from capture.media.probe import Recording, check_decodes, probe, readable_length
from capture.media.runner import Progress, Watch, unwatched
from capture.media.sound import (
    Cleaning,
    How,
    Levels,
    Loudness,
    Original,
    RawSound,
    Turn,
    Voice,
    assemble_sound,
    decode_sound,
    encode_audio,
    even_speakers,
    measure_loudness,
    open_raw,
    raw_bytes,
    samples_per_frame,
)
from capture.media.source import check_source, suffix_for
from capture.media.speech import Speech, open_speech, read_speech
from capture.media.tool import ffmpeg_path, ffmpeg_version

__all__ = [
    "Cleaning",
    "How",
    "Levels",
    "Loudness",
    "Original",
    "Progress",
    "RawSound",
    "Recording",
    "Speech",
    "Turn",
    "Voice",
    "Watch",
    "assemble_sound",
    "check_clean",
    "check_decodes",
    "check_source",
    "decode_sound",
    "draw_poster",
    "encode_audio",
    "even_speakers",
    "extract_speech",
    "ffmpeg_path",
    "ffmpeg_version",
    "measure_loudness",
    "normalise",
    "open_raw",
    "open_speech",
    "probe",
    "raw_bytes",
    "read_speech",
    "readable_length",
    "samples_per_frame",
    "suffix_for",
    "unwatched",
]
