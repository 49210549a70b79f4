"""What a film lets hear: the originals’ sound, edited to the sample and made even."""

from __future__ import annotations

from capture import media
from capture.media import encode_audio
from capture.media import sound as sounds
from capture.recording.takes import sound_of
from films import voice_key
from films.film_spec import Order
from library.core import files
from library.core.workspace import StoryFolder


def make_sound(order: Order, bench: StoryFolder, watch: media.Watch) -> None:
    """`audio.m4a` in the bench, where a killed run has not left it there.

    Raises BadInput for silence; ToolFailed, NoRoom or Damaged.
    """
    length = order.reel.duration
    if not bench.audio.exists():
        with watch("Editing the sound", length) as progress:
            edited = edited_sound(order, bench, progress)
        with watch("Making the sound even", length) as progress:
            encode_audio(edited, bench.audio, length, progress)
        files.take_away(edited.path)
    media.check_clean(bench.audio, ("audio",))


def edited_sound(order: Order, bench: StoryFolder, progress: media.Progress) -> sounds.RawSound:
    """The film’s sound from the originals, before it is made even: raw, in the bench."""
    heard, fps = sound_of(order.folder)
    raw = bench.root / "recording.f32"
    decoded = sounds.decode_sound(heard, fps, raw, cleaning=order.manner.cleaning)
    turns = [
        sounds.Turn(turn.words[0].start, turn.words[-1].end, turn.speaker)
        for turn in order.edited.turns
    ]
    levels = sounds.even_speakers(decoded, turns)
    disguised = order.choices.voice == "disguised"
    edited = sounds.assemble_sound(
        decoded,
        order.reel,
        bench.root / "edited.f32",
        levels=levels,
        redactions=[(one.start, one.end) for one in order.edited.redactions],
        how=order.manner.hide,
        disguise=voice_key.of(order.folder) if disguised else None,
        progress=progress,
    )
    files.take_away(raw)
    return edited
