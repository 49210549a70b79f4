"""Captions in other languages: imported, kept on the recording’s clock, laid over each film.

A translator works from the film and its captions, so what comes back is on the film’s clock. The
film may be cut otherwise later; then its old clock is gone. So each caption is kept as the spans of
the recording it stands over (or of a card), and retimed for whatever film is made.

What was cut or redacted must not be told in any language, and no program here reads Polish. So a
caption over a redaction is shown to an editor, and is taken only when they say that they had it
read; and a translation that no longer fits the cuts stops the film until it does.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from capture.media.timeline import Card, Timeline
from films.timeline import current_film, film_spans, transcript_sha256
from library.consent import gate
from library.consent.gate_input import history_of
from library.consent.stories import read_history
from library.core import files, struct_file
from library.core.counting import counted
from library.core.errors import BadInput, Damaged, NotAllowed, NotFound
from library.core.files import sha256_of, translate_disk_errors, write_atomic
from library.core.languages import LANGUAGE_TAG, SPOKEN_LANGUAGE, native_name, parse_tag
from library.core.sanitise import shell_quoted
from library.core.workspace import StoryFolder, Workspace
from library.records.ledger import Ledger
from transcribe.captions.lint import CaptionFinding, Rule, lint_cues
from transcribe.cue import Cue
from transcribe.formats import vtt
from transcribe.formats.caption_files import parse_captions
from transcribe.redaction.hidden_words import listed_names_in
from transcribe.words import (
    EditedTranscript,
    Redaction,
    Span,
    read_edited,
    read_transcript,
    tokens_of,
)


class CaptionSpan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stretch of the recording; or, with `card`, of that card, counted from its beginning."""

    start: int
    end: int
    card: str = ""


class TranslatedCaption(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A caption in another language.

    `read_beside` are redactions it stands over and tells nothing of, as an editor has confirmed.
    """

    lines: tuple[str, ...]
    pieces: tuple[CaptionSpan, ...]
    read_beside: tuple[Span, ...] = ()


class Translation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A story’s captions in one language, as they were imported."""

    schema: int = 1
    story: str
    language: str
    file_sha256: str
    edited: str
    """SHA-256 of the words the film had then (`timeline.transcript_sha256`)."""
    captions: tuple[TranslatedCaption, ...]


class CaptionsOutgrown(Exception):
    """Raised for captions, counted from 1, where something was cut or redacted since."""

    def __init__(self, numbers: Sequence[int]) -> None:
        super().__init__(numbers)
        self.numbers = tuple(numbers)


def translations_of(folder: StoryFolder) -> list[Translation]:
    """Return all translations, by language. Raises Damaged or DiskFailed."""
    if not folder.translations.is_dir():
        return []
    return [_read(path) for path in sorted(folder.translations.glob("*.json"))]


def recording_spans(timeline: Timeline, start: int, end: int) -> tuple[CaptionSpan, ...]:
    """Return where a stretch of the film (ms) comes from. A fade belongs to what fades in."""
    spans = []
    borders = [timeline.milliseconds(at) for at in timeline.starts] + [timeline.duration]
    for part, part_start, part_end in zip(timeline.parts, borders, borders[1:], strict=False):
        first, last = max(start, part_start), min(end, part_end)
        if first >= last:
            continue
        if isinstance(part, Card):
            spans.append(
                CaptionSpan(card=part.name, start=first - part_start, end=last - part_start)
            )
        else:
            shift = timeline.milliseconds(part.first) - part_start
            spans.append(CaptionSpan(start=first + shift, end=last + shift))
    return tuple(spans)


def retime_captions(
    translation: Translation,
    timeline: Timeline,
    redactions: Sequence[Redaction],
    spoken: Sequence[int],
) -> list[tuple[int, Cue]]:
    """Return the captions on a film’s clock, with their numbers.

    `spoken` are the middles (ms) of all words of the recording, in order: they show what a cut
    took. A caption all of whose words were cut goes with them. Raises CaptionsOutgrown for those
    that lost some words, or stand over a redaction that nobody read them beside.
    """
    retimed: list[tuple[int, Cue]] = []
    outgrown = []
    for number, caption in enumerate(translation.captions, start=1):
        spans = [span for piece in caption.pieces for span in _film_spans_of(piece, timeline)]
        is_lost = [film_spans(timeline, at, at + 1) == () for at in _words_under(caption, spoken)]
        # All of its words were cut: it goes without being asked.
        if not spans or (is_lost and all(is_lost)):
            continue
        if any(is_lost) or any(_unread_flags(caption, redactions)):
            outgrown.append(number)
            continue
        times = [at for span in spans for at in span]
        retimed.append((number, Cue(min(times), max(times), caption.lines)))
    if outgrown:
        raise CaptionsOutgrown(outgrown)
    return _without_overlaps(retimed)


def _words_under(caption: TranslatedCaption, spoken: Sequence[int]) -> Iterator[int]:
    """Yield the middles of the words that a caption stands over."""
    for piece in caption.pieces:
        if not piece.card:
            yield from spoken[bisect_left(spoken, piece.start) : bisect_left(spoken, piece.end)]


def captions_over_redactions(
    captions: Sequence[TranslatedCaption], redactions: Sequence[Redaction]
) -> list[int]:
    """Return the numbers of captions over a redaction that nobody read them beside."""
    return [
        n for n, caption in enumerate(captions, start=1) if any(_unread_flags(caption, redactions))
    ]


def redactions_under(
    caption: TranslatedCaption, redactions: Sequence[Redaction]
) -> tuple[Span, ...]:
    """Return the redactions that a caption stands over."""
    return tuple(
        Span(start=redaction.start, end=redaction.end)
        for redaction in redactions
        if any(
            not piece.card and piece.start < redaction.end and redaction.start < piece.end
            for piece in caption.pieces
        )
    )


def _unread_flags(caption: TranslatedCaption, redactions: Sequence[Redaction]) -> Iterator[bool]:
    for redaction in redactions_under(caption, redactions):
        yield not any(
            # A redaction that became longer hides words that nobody looked for.
            read.start <= redaction.start and redaction.end <= read.end
            for read in caption.read_beside
        )


def _film_spans_of(piece: CaptionSpan, timeline: Timeline) -> tuple[tuple[int, int], ...]:
    """Return where a caption's span is in the film."""
    if not piece.card:
        return film_spans(timeline, piece.start, piece.end)
    # A card that became shorter still says the same: the span ends with it.
    for at, part in zip(timeline.starts, timeline.parts, strict=True):
        if isinstance(part, Card) and part.name == piece.card:
            card_start, card_end = (
                timeline.milliseconds(at),
                timeline.milliseconds(at + part.frames),
            )
            first, last = (
                min(card_start + piece.start, card_end),
                min(card_start + piece.end, card_end),
            )
            return ((first, last),) if first < last else ()
    return ()


def _without_overlaps(laid: Sequence[tuple[int, Cue]]) -> list[tuple[int, Cue]]:
    """Return the captions in order of time, each ended where the next begins."""
    ordered = sorted(laid, key=lambda pair: (pair[1].start, pair[0]))
    starts = [cue.start for _, cue in ordered[1:]]
    apart = [
        (number, Cue(cue.start, min(cue.end, follows), cue.lines))
        # 2^62: nothing follows the last one.
        for (number, cue), follows in zip(ordered, [*starts, 1 << 62], strict=False)
    ]
    return [(number, cue) for number, cue in apart if cue.end > cue.start]


def _read(path: Path) -> Translation:
    again = f"carer-stories captions import {path.parent.parent.name} FILE --language {path.stem}"
    translation = struct_file.load(path, Translation, next_step=f"Bring it in again: {again}")
    # The tag becomes part of a file's name in the site.
    if translation.language != path.stem or not LANGUAGE_TAG.fullmatch(translation.language):
        raise Damaged(f"{path} is of another language.", f"Bring it in again: {again}")
    return translation


_ENGLISH_RULES = (Rule.TRAILING_FUNCTION_WORD, Rule.ORPHAN)
"""Rules that only hold for English words."""
_MAX_OVERRUN_MS = 1_000
"""Milliseconds by which the last caption may outlast the film."""


@dataclass(frozen=True)
class ImportedCaptions:
    """Result of an import."""

    story: str
    language: str
    captions: int
    left_out: tuple[int, ...]
    read_numbers: tuple[int, ...]
    """Numbers of captions over redactions: left out, or taken because somebody read them."""
    findings: tuple[CaptionFinding, ...] = field(repr=False)


def import_captions(
    workspace: Workspace,
    story_id: str,
    path: Path,
    language: str,
    *,
    read: Collection[int] = (),
    leave_out: bool = False,
) -> ImportedCaptions:
    """Keep a translation of the captions of the current film.

    `read` are numbers of captions that somebody who knows the language read, and that tell nothing
    of what is redacted there; `leave_out` drops the others over redactions. Raises NotAllowed
    where such captions are left, or a listed name is said; BadInput for a file that does not fit.
    """
    tag = parse_tag(language)
    if tag == SPOKEN_LANGUAGE:
        raise BadInput(
            "The story’s own captions come from its transcript.",
            f"Correct them there: carer-stories edit {story_id}",
        )
    gate.require_agreement(read_history(workspace, story_id))
    folder = workspace.story(story_id)
    film = current_film(folder)
    if film is None:
        raise NotAllowed(
            f"There is no film of {story_id} as its words are now, so no clock to lay captions on.",
            f"Make it first: carer-stories film {story_id}",
        )
    cues = _read_cues(path, story_id, film.timeline.duration)
    edited = read_edited(folder.edited)
    captions = [
        TranslatedCaption(
            lines=cue.lines, pieces=recording_spans(film.timeline, cue.start, cue.end)
        )
        for cue in cues
    ]
    _require_no_names(folder, path, cues)
    command = f"carer-stories captions import {story_id} {shell_quoted(path)} --language {tag}"
    accepted, left_out, read_numbers = _accepted_captions(
        path, captions, edited, read, leave_out=leave_out, command=command
    )
    translation = Translation(
        story=story_id,
        language=tag,
        file_sha256=sha256_of(path),
        edited=transcript_sha256(edited),
        captions=tuple(accepted),
    )
    _save(workspace, folder, translation)
    remarks = tuple(finding for finding in lint_cues(cues) if finding.rule not in _ENGLISH_RULES)
    return ImportedCaptions(story_id, tag, len(accepted), left_out, read_numbers, remarks)


def require_captions(workspace: Workspace, story_id: str, language: str) -> Path:
    """Return the file of a translation of a story's captions. Raises NotFound."""
    tag = parse_tag(language)
    path = _path(workspace.story(story_id), tag)
    read_history(workspace, story_id)
    if not path.is_file():
        raise NotFound(
            f"There are no captions of {story_id} in {native_name(tag)}.",
            f"Bring them in: carer-stories captions import {story_id} FILE --language {tag}",
        )
    return path


def remove_captions(workspace: Workspace, story_id: str, language: str) -> None:
    """Remove a translation; films made from now on have none. Raises NotFound.

    The log comes first: broken off, it may hold a line for a removal that is then run again.
    """
    path = require_captions(workspace, story_id, language)
    with Ledger(workspace).update("captions-remove", story_id, "editor", was=parse_tag(language)):
        pass
    with translate_disk_errors(path, "remove"):
        files.system.unlink(path)
        files.fsync_folder(path.parent)


def captions_for_film(
    folder: StoryFolder, edited: EditedTranscript, timeline: Timeline
) -> dict[str, str]:
    """Return each translation on a film’s clock as WebVTT, by the name of its file.

    Raises NotAllowed for one that speaks where something was cut or redacted since.
    """
    files_by_name = {}
    translations = translations_of(folder)
    # All words heard, also those that were cut: they show what a cut took.
    words = read_transcript(folder.transcript).words if translations else ()
    spoken = sorted(word.middle for word in words)
    for translation in translations:
        try:
            cues = [
                cue for _, cue in retime_captions(translation, timeline, edited.redactions, spoken)
            ]
        except CaptionsOutgrown as gone:
            raise _outgrown_refusal(folder, translation, gone.numbers) from None
        if cues:
            files_by_name[f"captions.{translation.language}.vtt"] = vtt.write(cues)
    return files_by_name


def write_captions(folder: StoryFolder, files_by_name: dict[str, str]) -> list[Path]:
    """Write translated captions beside the film, and remove those of languages no longer kept."""
    with translate_disk_errors(folder.root, "remove"):
        for left in folder.root.glob("captions.*.vtt"):
            if left.name not in files_by_name:
                # Or a language taken away would be part of the next cut.
                files.system.unlink(left)
    for name, words in files_by_name.items():
        write_atomic(folder.root / name, words.encode())
    return [folder.root / name for name in files_by_name]


def outdated_languages(folder: StoryFolder) -> list[str]:
    """Return the languages whose captions were made for other words than the film has now."""
    if not folder.edited.is_file():
        return []
    now = transcript_sha256(read_edited(folder.edited))
    return [
        translation.language for translation in translations_of(folder) if translation.edited != now
    ]


def _path(folder: StoryFolder, tag: str) -> Path:
    return folder.translations / f"{tag}.json"


def _save(workspace: Workspace, folder: StoryFolder, translation: Translation) -> None:
    path = _path(folder, translation.language)
    with Ledger(workspace).update(
        "captions-import",
        translation.story,
        "editor",
        became=translation.language,
        translation=translation.file_sha256,
    ) as changes:
        # Asked again under the lock: it may have been withdrawn while the file was read.
        gate.require_agreement(history_of(changes, translation.story))
        with translate_disk_errors(path):
            files.make_folder(path.parent)
        struct_file.save(path, translation)


def _read_cues(path: Path, story_id: str, duration: int) -> list[Cue]:
    """Read the file’s captions, whole, in order and inside the film. Raises BadInput."""
    reading = parse_captions(path)
    if reading.faults:
        raise BadInput(
            f"{path.name} cannot be read whole. {reading.faults[0]}",
            "Ask the translator for a WebVTT or SubRip file in UTF-8; nothing was taken.",
        )
    cues = [_plain(cue, duration) for cue in sorted(reading.cues, key=lambda cue: cue.start)]
    if not cues:
        raise BadInput(f"{path.name} holds no captions.", "Check which file it is.")
    for number, cue in enumerate(cues, start=1):
        if not cue.lines or cue.end <= cue.start:
            raise BadInput(
                f"{path.name}: caption {number} has no words, or ends before it begins.",
                "Mend it there; nothing was taken.",
            )
    # From what was read: in `cues` they end with the film already.
    late = max(cue.end for cue in reading.cues) - duration
    if late > _MAX_OVERRUN_MS:
        raise BadInput(
            f"{path.name} goes on {counted(late // 1000, 'second')} after the film’s end, so it is "
            "of another film or of the recording before it was cut.",
            "Have the film’s own captions translated: "
            f"carer-stories captions export {story_id} --format vtt -o {story_id}.vtt",
        )
    return cues


def _plain(cue: Cue, duration: int) -> Cue:
    lines = tuple(" ".join(tokens_of(line)) for line in cue.lines)
    return Cue(cue.start, min(cue.end, duration), tuple(line for line in lines if line))


def _require_no_names(folder: StoryFolder, path: Path, cues: Sequence[Cue]) -> None:
    """Raise NotAllowed, with the captions’ numbers, if any says a listed name."""
    # Names are the same in most languages.
    numbers = [n for n, cue in enumerate(cues, start=1) if listed_names_in(folder, cue.text)]
    if numbers:
        raise NotAllowed(
            f"{path.name} says a name that must not be shown, in {_numbers_label(numbers)}.",
            "Have it said otherwise there, as the film’s own captions do; nothing was taken.",
        )


def _accepted_captions(
    path: Path,
    captions: Sequence[TranslatedCaption],
    edited: EditedTranscript,
    read: Collection[int],
    *,
    leave_out: bool,
    command: str,
) -> tuple[list[TranslatedCaption], tuple[int, ...], tuple[int, ...]]:
    """Return the captions to keep, the numbers left out, and those read beside redactions.

    `command` is the one that brings them in, without what was read or left out.
    """
    over_redactions = captions_over_redactions(captions, edited.redactions)
    # A slip in a number would say that another caption was read.
    wrong = sorted(set(read) - set(over_redactions))
    if wrong:
        raise BadInput(
            f"{_numbers_label(wrong).capitalize()} of {path.name} stands over nothing redacted.",
            f"Name one of those that do: {', '.join(map(str, over_redactions)) or 'none'}.",
        )
    unread = [number for number in over_redactions if number not in read]
    read_before = f" --read {','.join(map(str, sorted(read)))}" if read else ""
    if unread and not leave_out:
        raise NotAllowed(
            f"{path.name} speaks where something was redacted: {_numbers_label(unread)}.\n"
            + "\n".join(f"  {n}: {' '.join(captions[n - 1].lines)}" for n in unread),
            "Nothing was taken. Have somebody who knows the language read them, and say otherwise "
            "in the file what tells something of it. Where all of them tell nothing: "
            f"{command} --read {','.join(map(str, sorted({*read, *unread})))}\n"
            f"To do without those that were not read: {command}{read_before} --leave-out",
        )
    accepted = []
    for number, caption in enumerate(captions, start=1):
        if number in unread:
            continue
        spans = redactions_under(caption, edited.redactions) if number in over_redactions else ()
        accepted.append(msgspec.structs.replace(caption, read_beside=spans))
    return accepted, tuple(unread), tuple(sorted(set(read)))


def _outgrown_refusal(
    folder: StoryFolder, translation: Translation, numbers: Sequence[int]
) -> NotAllowed:
    story_id, tag = folder.root.name, translation.language
    return NotAllowed(
        f"The captions of {story_id} in {native_name(tag)} speak where something was cut or "
        f"redacted since they were brought in ({_numbers_label(numbers)}). No film was made.",
        "Have them translated anew. To make the film meanwhile without them: "
        f"carer-stories captions remove {story_id} --language {tag}",
    )


def _numbers_label(numbers: Sequence[int]) -> str:
    listed = ", ".join(map(str, numbers))
    return f"caption {listed}" if len(numbers) == 1 else f"captions {listed}"
