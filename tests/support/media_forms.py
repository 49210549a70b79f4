"""Recordings of every form that people have, and headers that state another length than there is.

What ffmpeg can write it writes in one run; of the rest the bytes are written here.
"""

from __future__ import annotations

import random
import struct
from pathlib import Path

from tests.support.sample_media import H264, ffmpeg, made_once

SECONDS = 2.0
"""Length of every form, to a tenth of a second."""
_SOUND = ("-f", "lavfi", "-i", "anoisesrc=c=pink:r=44100:d=2:seed=7:a=0.4,tremolo=f=3:d=0.9")
_PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=128x96:r=25:d=2")
_DV = ("-c:v", "dvvideo", "-pix_fmt", "yuv420p", "-s", "720x576", "-ar", "48000", "-ac", "2")
_MPEG2 = ("-c:v", "mpeg2video", "-b:v", "1M")
_AMR = ("-c:a", "libopencore_amrnb", "-ar", "8000", "-ac", "1")

VIDEO_FORMS: dict[str, tuple[str, ...]] = {
    "MVI_0001.AVI": ("-c:v", "mjpeg", "-c:a", "pcm_u8", "-ar", "11025", "-f", "avi"),
    "dv.avi": _DV,
    "tape.dv": _DV,
    "divx.avi": ("-c:v", "mpeg4", "-c:a", "libmp3lame"),
    "film.wmv": ("-c:v", "wmv2", "-c:a", "wmav2"),
    "film.mpg": (*_MPEG2, "-c:a", "mp2"),
    "VTS_01_1.VOB": (*_MPEG2, "-c:a", "ac3", "-f", "vob"),
    "MOV001.MOD": (*_MPEG2, "-c:a", "ac3", "-f", "vob"),
    "MOV001.TOD": (*_MPEG2, "-c:a", "ac3", "-f", "mpegts"),
    "00001.MTS": (*H264, "-f", "mpegts"),
    "00001.m2ts": (*H264, "-f", "mpegts", "-mpegts_m2ts_mode", "1"),
    "phone.3gp": ("-c:v", "h263", "-s", "128x96", *_AMR),
    "film.flv": H264,
    "camera.mxf": (*_MPEG2, "-c:a", "pcm_s16le", "-ar", "48000"),
    "late.mkv": (*H264, "-output_ts_offset", "3600"),
    "late.ts": (*H264, "-output_ts_offset", "3600", "-f", "mpegts"),
    "film.mkv": H264,
}
SOUND_FORMS: dict[str, tuple[str, ...]] = {
    "memo.amr": _AMR,
    "memo.wma": ("-c:a", "wmav2"),
    "memo.aiff": (),
    "memo.aifc": ("-c:a", "pcm_alaw", "-f", "aiff"),
    "memo.caf": ("-c:a", "pcm_s16be"),
    "memo.au": (),
    "memo.w64": (),
    "rf64.wav": ("-rf64", "always"),
    "memo.opus": (),
    "memo.ac3": (),
    "memo.mp2": (),
    "memo.wv": (),
    "memo.flac": (),
    "plain.wav": (),
    "adpcm.wav": ("-c:a", "adpcm_ima_wav"),
}


def folder() -> Path:
    """Return the folder with every form in it."""
    return made_once("media-forms", _write_forms)


def _write_forms(to: Path) -> None:
    to.mkdir()
    arguments: list[str] = [*_PICTURE, *_SOUND]
    for name, options in VIDEO_FORMS.items():
        arguments += ["-map", "0:v", "-map", "1:a", *options, str(to / name)]
    for name, options in SOUND_FORMS.items():
        arguments += ["-map", "1:a", *options, str(to / name)]
    ffmpeg(*arguments)
    for name, data in _written_by_hand(to).items():
        (to / name).write_bytes(data)


WRITTEN_FORMS = (
    "wide.awb", "interview.sph", "dictation.dss", "zero.wav", "open.wav", "far.wav", "short.wav",
    "short-inside.wav", "zero-inside.wav", "zero.flac", "short.flac", "long.flac", "long.mkv",
    "short.mkv",
)  # fmt: skip


def _written_by_hand(to: Path) -> dict[str, bytes]:
    bits = random.Random(7)
    wav, flac = (to / "plain.wav").read_bytes(), (to / "memo.flac").read_bytes()
    film = (to / "film.mkv").read_bytes()
    samples = wav[wav.index(b"data") + 8 :]
    header = (
        f"NIST_1A\n   1024\nsample_count -i {len(samples) // 2}\nsample_n_bytes -i 2\n"
        "channel_count -i 1\nsample_byte_format -s2 01\nsample_rate -i 44100\n"
        "sample_coding -s3 pcm\nend_head\n"
    )
    return {
        # Any bits are some speech to these two decoders, for which there is no encoder here.
        "wide.awb": b"#!AMR-WB\n" + b"".join(b"\x04" + bits.randbytes(17) for _ in range(100)),
        "dictation.dss": b"\x02dss".ljust(38, b"\0").ljust(62, b"1").ljust(1024, b"\0")
        + b"".join(b"\0\0\x0d\xff\xff\xff" + bits.randbytes(506) for _ in range(7)),
        "interview.sph": header.encode().ljust(1024) + samples,
        "zero.wav": wav_stating(wav, 0, 0),
        "open.wav": wav_stating(wav, 0xFFFFFFFF, 0xFFFFFFFF),
        "far.wav": wav_stating(wav, 0x7FFFFFFF, 0x7FFFFF00),
        "short.wav": wav_stating(wav, 50_036, 50_000),
        "short-inside.wav": wav_stating(wav, len(wav) - 8, 50_000),
        "zero-inside.wav": wav_stating(wav, len(wav) - 8, 0),
        "zero.flac": flac_stating(flac, 0),
        "short.flac": flac_stating(flac, 22_050),
        "long.flac": flac_stating(flac, 44_100 * 60),
        "long.mkv": matroska_stating(film, 60_000),
        "short.mkv": matroska_stating(film, 500),
    }


def wav_stating(wav: bytes, riff: int, data: int) -> bytes:
    """Return a WAV whose two sizes are these."""
    at = wav.index(b"data") + 4
    return b"".join(
        (wav[:4], struct.pack("<I", riff), wav[8:at], struct.pack("<I", data), wav[at + 4 :])
    )


def flac_stating(flac: bytes, samples: int) -> bytes:
    """Return a FLAC whose header states so many samples."""
    facts = int.from_bytes(flac[18:26], "big") >> 36 << 36 | samples
    return flac[:18] + facts.to_bytes(8, "big") + flac[26:]


def matroska_stating(film: bytes, milliseconds: float) -> bytes:
    """Return a Matroska file whose header states that length."""
    at = film.index(b"\x44\x89\x88") + 3
    return film[:at] + struct.pack(">d", milliseconds) + film[at + 8 :]
