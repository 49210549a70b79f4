"""What transcribing and editing did, in lines for the editor and records for scripts.

What is cut or redacted is told by its time alone: these lines may be read over a shoulder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from library.core.timecode import clock
from transcribe.engines.low_confidence import count_by_reason

if TYPE_CHECKING:
    from transcribe.chapters import PromptMatch
    from transcribe.edit_service import PreparedEdit
    from transcribe.editing.apply_edits import EditSummary
    from transcribe.editing.rebase_edits import RebasedCopy
    from transcribe.pipeline import TranscriptionResult
    from transcribe.words import Word


def transcription_lines(told: TranscriptionResult) -> Iterator[str]:
    """After transcribing: words, chapters with how sure they are, doubts, and what is next."""
    transcript = told.transcript
    if not transcript.words:
        yield (
            f"{transcript.story}: no speech was heard. Listen to the recording, check its sound."
        )
    else:
        found, missing = len(told.matches.questions), len(told.matches.missing)
        yield (
            f"{transcript.story}: {len(transcript.words)} words in "
            f"{clock(transcript.duration)}, under {found} of {found + missing} questions."
        )
        yield from _questions(told)
        yield from _suspects(told)
        if told.voices:
            named = ", ".join(f"speaker-{voice} is {name}" for voice, name in told.voices.items())
            yield (
                f"  Who speaks is told by the meeting’s own files: {named}. If that is wrong, "
                "exchange the names before the turns in the editor’s copy."
            )
        if told.marker_notes:
            kinds = "; ".join(f"{count} × {what}" for what, count in told.marker_notes.items())
            yield f"  Marked while recording, and (?…) in the text: {kinds}."
    if told.rebased:
        yield from _carried(told.rebased)
    if told.earlier_copy:
        yield f"  The earlier editor’s copy is kept as {told.earlier_copy.name}."
        if not told.rebased:
            yield (
                "  Its changes could not be carried to the new words. To try it on them: "
                f"carer-stories edit {transcript.story} --apply {told.earlier_copy}"
            )
    if transcript.words:
        yield f"  Next: carer-stories edit {transcript.story}"


def _questions(told: TranscriptionResult) -> Iterator[str]:
    for passage in told.matches.questions:
        yield f"  {_asked(passage, told.transcript.words)}"
    if told.matches.missing:
        yield (f"  Not heard: {', '.join(told.matches.missing)}. Add a heading where it was asked.")


def _asked(passage: PromptMatch, words: tuple[Word, ...]) -> str:
    asked = f"{clock(words[passage.first].start)}  {passage.wording}"
    if passage.is_marked:
        heard = f"{passage.score:.0f} % alike" if passage.score else "asked in other words"
        return f"{asked} (marked while recording; {heard})"
    doubt = ". Unsure, please look" if passage.is_doubtful else ""
    return f"{asked} ({passage.score:.0f} % alike{doubt})"


def _suspects(told: TranscriptionResult) -> Iterator[str]:
    counts = count_by_reason(told.low_confidence)
    if counts:
        kinds = "; ".join(f"{count} {why}" for why, count in counts.items())
        yield f"  Marked (?) in the text: {kinds}."


def _carried(carried: RebasedCopy) -> Iterator[str]:
    yield (
        f"  Carried from the earlier copy: corrections {carried.corrections}, cuts and redactions "
        f"{carried.removals}."
    )
    for lost in carried.lost:
        shown = f": “{lost.text}”" if lost.text else ""
        yield f"  Could not be carried: the {lost.what} at {clock(lost.at)}{shown}. Please look."
    if carried.check_at:
        yield (
            "  Other words are heard now where something is cut or redacted. Please look at "
            f"{_times(carried.check_at)}."
        )


def transcription_record(told: TranscriptionResult) -> dict[str, Any]:
    """For `transcribe --json`."""
    transcript, carried = told.transcript, told.rebased
    return {
        "id": transcript.story,
        "words": len(transcript.words),
        "duration": transcript.duration,
        "engine": transcript.engine,
        "model": transcript.model,
        "model_sha256": transcript.model_sha256,
        "questions": [
            {
                "id": passage.question,
                "start": transcript.words[passage.first].start,
                "score": passage.score,
                "marked": passage.is_marked,
                "doubtful": passage.is_doubtful,
            }
            for passage in told.matches.questions
        ],
        "missing": list(told.matches.missing),
        "voices": dict(told.voices),
        "suspects": {
            why.name.lower(): count for why, count in count_by_reason(told.low_confidence).items()
        },
        "kept": str(told.earlier_copy) if told.earlier_copy else None,
        "carried": {
            "corrections": carried.corrections,
            "removals": carried.removals,
            "lost": [{"at": lost.at, "what": lost.what} for lost in carried.lost],
            "look": list(carried.check_at),
        }
        if carried
        else None,
    }


def edit_lines(told: PreparedEdit) -> Iterator[str]:
    """Before applying an editor's copy: what changes."""
    summary, story = told.summary, told.edited.story
    counted_parts = [
        _count(summary.corrected, "corrected"),
        _count(summary.added, "added"),
        _count(summary.removed, "taken out of the text"),
        _count(summary.restyled, "changed only in capitals or punctuation"),
    ]
    said = "; ".join(part for part in counted_parts if part)
    yield f"{story}: {said or 'no word differs from what was heard'}."
    yield from _removed(summary)
    yield f"  Speakers: {', '.join(summary.speakers) or 'none'}. Chapters: {summary.chapters}."
    if summary.hints_left:
        yield f"  {_count(summary.hints_left, 'still marked')} as unsure with (?…)."
    if summary.open_questions:
        yield (
            f"  Still asked, whether a name must not be heard: {len(summary.open_questions)}, at "
            f"{_times(summary.open_questions)}. Until that is answered these words are shown, "
            f"and the story cannot be approved. Answer with: carer-stories redact review {story}"
        )
    errors = sum(finding.is_error for finding in told.findings)
    yield (
        f"  Captions: {len(told.cues)}, with {errors} errors and "
        f"{len(told.findings) - errors} remarks (captions lint {story})."
    )


def _removed(summary: EditSummary) -> Iterator[str]:
    if summary.cuts:
        moments = _times(cut.start for cut in summary.cuts)
        yield f"  Cut: {summary.cut_ms / 1000:.1f} s, at {moments}."
    if summary.redacted:
        yield f"  Redacted: {len(summary.redacted)}, at {_times(summary.redacted)}."
    if summary.unredacted_names:
        yield (
            f"  A name that you redacted is said again at {_times(summary.unredacted_names)} "
            "and is not redacted there. Please look."
        )
    for run in summary.deleted_runs:
        yield (
            f"  At {clock(run.at)}, {run.count} words are taken out of the text. They are still "
            "heard in the recording: to cut them, put them back between ~~ and ~~."
        )


def edit_record(told: PreparedEdit) -> dict[str, Any]:
    """For `edit --json`."""
    summary = told.summary
    return {
        "id": told.edited.story,
        "corrected": summary.corrected,
        "added": summary.added,
        "removed": summary.removed,
        "touched": summary.restyled,
        "cuts": [{"start": cut.start, "end": cut.end} for cut in summary.cuts],
        "redacted": list(summary.redacted),
        "still_said": list(summary.unredacted_names),
        "unsure": summary.hints_left,
        "asked": list(summary.open_questions),
        "speakers": list(summary.speakers),
        "chapters": [chapter.question for chapter in told.edited.chapters],
        "captions": len(told.cues),
        "caption_errors": sum(finding.is_error for finding in told.findings),
    }


def _count(number: int, what: str) -> str:
    return f"{number} word{'' if number == 1 else 's'} {what}" if number else ""


def _times(moments: Iterable[int]) -> str:
    return ", ".join(map(clock, moments))
