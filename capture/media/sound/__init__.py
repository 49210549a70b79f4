"""The sound of a film: decoded once, edited to the sample as raw sound, disguised where asked.

decode_sound → even_speakers → assemble_sound   (then capture.media.encode_audio, once)
"""

from capture.media.sound.assembly import assemble_sound
from capture.media.sound.decoding import Cleaning, Original, decode_sound, samples_per_frame
from capture.media.sound.disguise import disguise_voice
from capture.media.sound.encoding import Loudness, encode_audio, measure_loudness
from capture.media.sound.raw import RawSound, open_raw, raw_bytes
from capture.media.sound.redactions import How
from capture.media.sound.speaker_gain import Levels, Turn, Voice, even_speakers

__all__ = [
    "Cleaning",
    "How",
    "Levels",
    "Loudness",
    "Original",
    "RawSound",
    "Turn",
    "Voice",
    "assemble_sound",
    "decode_sound",
    "disguise_voice",
    "encode_audio",
    "even_speakers",
    "measure_loudness",
    "open_raw",
    "raw_bytes",
    "samples_per_frame",
]
