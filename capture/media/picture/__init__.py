"""The pictures of a film: from the originals, through one encoding, to every size of it."""

from capture.media.picture.anonymise import SHOWN, Look, Region
from capture.media.picture.audiogram import Passage, calm_pace, encode_calm
from capture.media.picture.encode import Burned, Pace, encode_pictures, mux, pace_of
from capture.media.picture.footage import Footage
from capture.media.picture.graph import Scene, film_size
from capture.media.picture.poster import draw_film_poster, telling_moment
from capture.media.picture.rendition import Encoder, Rendition, renditions, usable_encoder

__all__ = [
    "SHOWN",
    "Burned",
    "Encoder",
    "Footage",
    "Look",
    "Pace",
    "Passage",
    "Region",
    "Rendition",
    "Scene",
    "calm_pace",
    "draw_film_poster",
    "encode_calm",
    "encode_pictures",
    "film_size",
    "mux",
    "pace_of",
    "renditions",
    "telling_moment",
    "usable_encoder",
]
