"""Everything that `edit` refuses or tells of a text, at its place, with the captions that it gives.

A text that `edit` would refuse is read as far as it can be: its words, captions and cuts are those
that it would have without what is wrong.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import msgspec

from library.core.errors import BadInput, CarerStoriesError
from library.core.timecode import clock
from stewardship.desk.word_positions import NO_WORDS, Utf16Offsets, WordPositions, word_positions
from transcribe.british_spelling import SpellingChanges
from transcribe.captions import layout, lint
from transcribe.cue import Cue
from transcribe.edit_service import EditSession, american_spellings
from transcribe.editing.apply_edits import AlignedCopy, AppliedEdit, EditSummary
from transcribe.editing.inline_markup import CopyWord
from transcribe.editing.read_with_problems import ReadCopy, read_with_problems
from transcribe.editing.recording_sound import RecordingSound
from transcribe.editing.text_places import LINE_NAMED, CopyRefused, Place
from transcribe.pipeline import speakers_of
from transcribe.report import covered_sentence, crowded_sentences, deleted_sentences
from transcribe.words import EditedTranscript, read_edited

Level = Literal["problem", "warning", "note"]
_LINE_END = re.compile(r"\r\n|\r|\n")


class TextFinding(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence about a place of the text."""

    from_: int = msgspec.field(name="from")
    to: int
    line: int
    """Counted from 1."""
    level: Level
    """A problem is what `edit` refuses the text for."""
    what: str
    next_step: str = ""


class CaptionOnDesk(msgspec.Struct, frozen=True, kw_only=True):
    """A caption as it will be laid out, and the characters of the words that it shows."""

    start: int
    end: int
    lines: tuple[str, ...]
    from_: int = msgspec.field(name="from")
    to: int
    findings: tuple[str, ...] = ()


class ParagraphOnDesk(msgspec.Struct, frozen=True, kw_only=True):
    """A paragraph: its characters, who speaks, and when it begins to be said."""

    from_: int = msgspec.field(name="from")
    to: int
    speaker: str
    start: int
    question: str


class AnalysisSummary(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of an analysis."""

    words: int = 0
    cut: int = 0
    redacted: int = 0
    problems: int = 0
    doubts_left: int = 0


class TextAnalysis(msgspec.Struct, frozen=True, kw_only=True):
    """Findings, words, captions and paragraphs of a text of the editor's copy."""

    words: WordPositions = NO_WORDS
    findings: tuple[TextFinding, ...] = ()
    captions: tuple[CaptionOnDesk, ...] = ()
    paragraphs: tuple[ParagraphOnDesk, ...] = ()
    summary: AnalysisSummary = AnalysisSummary()


@dataclass(frozen=True)
class ReadText:
    """A text of the editor's copy as it was read, timed and applied."""

    text: str
    refusals: tuple[BadInput, ...]
    aligned: AlignedCopy | None = None
    applied: AppliedEdit | None = None
    """Both None where nothing can be read of it."""
    american: SpellingChanges = field(default_factory=SpellingChanges)

    @cached_property
    def offsets(self) -> Utf16Offsets:
        return Utf16Offsets(self.text)

    @cached_property
    def positions(self) -> WordPositions:
        return word_positions(self.aligned, self.offsets) if self.aligned else NO_WORDS

    @cached_property
    def words(self) -> tuple[CopyWord, ...]:
        """Return the words of the copy, with the marks on them."""
        paragraphs = self.aligned.copy.paragraphs if self.aligned else ()
        return tuple(word for paragraph in paragraphs for word in paragraph.words)

    @cached_property
    def lines(self) -> list[Place]:
        """Return where each line stands, without its end."""
        ends = [(end.start(), end.end()) for end in _LINE_END.finditer(self.text)]
        starts = [0, *(end for _, end in ends)]
        return [
            Place(start, end)
            for start, end in zip(
                starts, [*(start for start, _ in ends), len(self.text)], strict=True
            )
        ]

    def line_of(self, at: int) -> int:
        """Return the number, from 1, of the line in which a character stands."""
        return max(1, bisect_right(self.lines, at, key=lambda line: line.start))

    def place_of_line(self, line: int) -> Place:
        return self.lines[min(max(line, 1), len(self.lines)) - 1]

    def place_said_at(self, start: int, end: int | None = None) -> Place:
        """Return the words that are said from `start` on and before `end` (ms); at least one."""
        if not self.words:
            return Place(0, 0)
        starts = self.positions.start
        first = min(bisect_left(starts, start), len(starts) - 1)
        last = first if end is None else max(first, bisect_left(starts, end) - 1)
        places = [word.place for word in self.words[first : last + 1] if word.place]
        return Place(places[0].start, places[-1].end) if places else Place(0, 0)


def read_text(session: EditSession, text: str) -> ReadText:
    """Read a text of a story's copy, and apply it as `edit` would, as far as that can be done."""
    sound = RecordingSound.of_story(session.folder, session.transcript.duration)
    read = _read_with(session, text, sound)
    if read.applied is None:
        return ReadText(text, read.refusals)
    if (earlier := _as_before(session, text, read.applied)) is not None:
        read = earlier
    if read.applied is None:
        return ReadText(text, read.refusals)
    american = american_spellings(session, read.applied)
    return ReadText(text, read.refusals, read.aligned, read.applied, american)


def _read_with(session: EditSession, text: str, sound: RecordingSound | None) -> ReadCopy:
    return read_with_problems(
        session.transcript,
        session.transcript_sha256,
        text,
        session.task.questions,
        speakers_of(session.task.story),
        sound,
    )


def _as_before(session: EditSession, text: str, applied: AppliedEdit) -> ReadCopy | None:
    """Return the text as version 0.1.0 applied it, where `edit` would leave that as it is."""
    try:
        there = read_edited(session.folder.edited)
    # None was applied; one that cannot be read is written anew by `edit`.
    except CarerStoriesError:
        return None
    if there == applied.edited or _said(there) != _said(applied.edited):
        return None
    earlier = _read_with(session, text, None)
    is_same = earlier.applied is not None and earlier.applied.edited == there
    return earlier if is_same else None


def _said(edited: EditedTranscript) -> list[str]:
    return [word.text for turn in edited.turns for word in turn.words]


def analyse(read: ReadText) -> TextAnalysis:
    """Return what is to be said of a text, and the captions that it gives. Pure."""
    if read.aligned is None or read.applied is None:
        return TextAnalysis(
            findings=_in_order(_problems(read)),
            summary=AnalysisSummary(problems=len(read.refusals)),
        )
    cues = layout.lay_out(read.applied.edited.turns, read.applied.edited.duration)
    lint_findings = lint.lint_cues(cues)
    places = list(_places_of_captions(read, cues))
    summary = read.applied.summary
    findings = _in_order(
        [
            *_problems(read),
            *_remarks(read, summary),
            *_about_removals(read, summary),
            *_about_spelling(read),
            *_about_captions(read, places, lint_findings),
        ]
    )
    state = read.positions.state
    return TextAnalysis(
        words=read.positions,
        findings=findings,
        captions=tuple(_captions(read, cues, places, lint_findings)),
        paragraphs=tuple(_paragraphs(read, read.aligned)),
        summary=AnalysisSummary(
            words=len(state),
            cut=len(summary.cuts),
            redacted=len(summary.redaction_times),
            problems=len(read.refusals),
        ),
    )


def _in_order(findings: Iterable[TextFinding]) -> tuple[TextFinding, ...]:
    return tuple(sorted(findings, key=lambda finding: (finding.from_, finding.to)))


def _finding(
    read: ReadText, place: Place, level: Level, what: str, next_step: str = "", line: int = 0
) -> TextFinding:
    start, end = read.offsets.place(place)
    return TextFinding(
        from_=start,
        to=end,
        line=line or read.line_of(place.start),
        level=level,
        what=what,
        next_step=next_step,
    )


def _problems(read: ReadText) -> Iterator[TextFinding]:
    for refused in read.refusals:
        line = _line_named(refused.what)
        place = refused.place if isinstance(refused, CopyRefused) else None
        what = LINE_NAMED.sub("", refused.what, count=1).replace(" Nothing was changed.", "")
        yield _finding(
            read,
            place or read.place_of_line(line),
            "problem",
            f"{what[:1].upper()}{what[1:]}",
            refused.next_step,
            line,
        )


def _remarks(read: ReadText, summary: EditSummary) -> Iterator[TextFinding]:
    for sentence in summary.remarks:
        line = _line_named(sentence)
        what = LINE_NAMED.sub("", sentence, count=1)
        what = f"{what[:1].upper()}{what[1:]}"
        yield _finding(read, read.place_of_line(line), "warning", what, line=line)


def _line_named(sentence: str) -> int:
    named = LINE_NAMED.match(sentence)
    return int(named[1]) if named else 1


def _about_removals(read: ReadText, summary: EditSummary) -> Iterator[TextFinding]:
    redactions = read.applied.edited.redactions if read.applied else ()
    ends = {redaction.start: redaction.end for redaction in redactions}
    for covered in summary.covered:
        place = read.place_said_at(covered.at, ends.get(covered.at))
        yield _finding(read, place, "warning", covered_sentence(covered))
    for at in summary.unredacted_name_times:
        yield _finding(
            read,
            read.place_said_at(at),
            "warning",
            f"A name that you redacted is said again at {clock(at)} and is not redacted here.",
            "Redact it here too, or leave it if it may be heard.",
        )
    for run in summary.deleted_runs:
        yield _finding(read, read.place_said_at(run.at), "warning", *deleted_sentences(run))
    for crowded in summary.crowded:
        first = bisect_left(read.positions.start, crowded.at)
        places = [word.place for word in read.words[first : first + crowded.words] if word.place]
        place = Place(places[0].start, places[-1].end) if places else Place(0, 0)
        yield _finding(read, place, "warning", *crowded_sentences(crowded))


def _about_spelling(read: ReadText) -> Iterator[TextFinding]:
    for number, british in read.american.texts.items():
        word = read.words[number]
        if word.place is not None:
            yield _finding(
                read,
                word.place,
                "note",
                f"“{word.text}” is an American spelling.",
                f"In Britain it is written “{british}”.",
            )


def _places_of_captions(read: ReadText, cues: Sequence[Cue]) -> Iterator[Place]:
    """Yield where the words stand that each caption shows."""
    starts = [cue.start if cue.first_word_start is None else cue.first_word_start for cue in cues]
    ends = [*starts[1:], *(cue.end for cue in cues[-1:])]
    for start, end in zip(starts, ends, strict=True):
        yield read.place_said_at(start, end)


def _about_captions(
    read: ReadText, places: Sequence[Place], findings: Sequence[lint.CaptionFinding]
) -> Iterator[TextFinding]:
    for finding in findings:
        if finding.is_error:
            yield _finding(read, places[finding.cue_number - 1], "warning", finding.sentence)


def _captions(
    read: ReadText,
    cues: Sequence[Cue],
    places: Sequence[Place],
    findings: Sequence[lint.CaptionFinding],
) -> Iterator[CaptionOnDesk]:
    sentences: dict[int, list[str]] = {}
    for finding in findings:
        sentences.setdefault(finding.cue_number, []).append(finding.sentence)
    for number, (cue, place) in enumerate(zip(cues, places, strict=True), start=1):
        first, last = read.offsets.place(place)
        yield CaptionOnDesk(
            start=cue.start,
            end=cue.end,
            lines=cue.lines,
            from_=first,
            to=last,
            findings=tuple(sentences.get(number, ())),
        )


def _paragraphs(read: ReadText, aligned: AlignedCopy) -> Iterator[ParagraphOnDesk]:
    at = 0
    for paragraph in aligned.copy.paragraphs:
        start, end = read.offsets.place(paragraph.place or Place(0, 0))
        yield ParagraphOnDesk(
            from_=start,
            to=end,
            speaker=paragraph.speaker,
            start=aligned.words[at].start,
            question=paragraph.question,
        )
        at += len(paragraph.words)
