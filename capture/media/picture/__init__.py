"""The pictures of a film: from the originals, through one encoding, to every size of it."""

from capture.media.picture.encode import Burned, encode_pictures, mux
from capture.media.picture.footage import Footage
from capture.media.picture.graph import Scene, film_size
from capture.media.picture.looks import SHOWN, Look, Region
from capture.media.picture.renditions import Encoder, Rendition, renditions, usable_encoder

__all__ = [
    "SHOWN",
    "Burned",
    "Encoder",
    "Footage",
    "Look",
    "Region",
    "Rendition",
    "Scene",
    "encode_pictures",
    "film_size",
    "mux",
    "renditions",
    "usable_encoder",
]
