"""What transcribing and editing did, in lines for the editor and records for scripts.

What is cut or redacted is told by its time alone: these lines may be read over a shoulder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from library.core.timecode import clock
from transcribe.engines.low_confidence import counted

if TYPE_CHECKING:
    from transcribe.chapters import Passage
    from transcribe.edit_service import Applied
    from transcribe.editing.apply_edits import Summary
    from transcribe.editing.rebase_edits import Carried
    from transcribe.pipeline import Drafted
    from transcribe.words import Word


def drafted(told: Drafted) -> Iterator[str]:
    """After transcribing: words, chapters with how sure they are, doubts, and what is next."""
    transcript = told.transcript
    if not transcript.words:
        yield (
            f"{transcript.story}: no speech was heard. Listen to the recording, check its sound."
        )
    else:
        found, missing = len(told.matching.questions), len(told.matching.missing)
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
        if told.noticed:
            kinds = "; ".join(f"{count} × {what}" for what, count in told.noticed.items())
            yield f"  Marked while recording, and (?…) in the text: {kinds}."
    if told.carried:
        yield from _carried(told.carried)
    if told.kept:
        yield f"  The earlier editor’s copy is kept as {told.kept.name}."
        if not told.carried:
            yield (
                "  Its changes could not be carried to the new words. To try it on them: "
                f"carer-stories edit {transcript.story} --apply {told.kept}"
            )
    if transcript.words:
        yield f"  Next: carer-stories edit {transcript.story}"


def _questions(told: Drafted) -> Iterator[str]:
    for passage in told.matching.questions:
        yield f"  {_asked(passage, told.transcript.words)}"
    if told.matching.missing:
        yield (
            f"  Not heard: {', '.join(told.matching.missing)}. Add a heading where it was asked."
        )


def _asked(passage: Passage, words: tuple[Word, ...]) -> str:
    asked = f"{clock(words[passage.first].start)}  {passage.wording}"
    if passage.marked:
        heard = f"{passage.score:.0f} % alike" if passage.score else "asked in other words"
        return f"{asked} (marked while recording; {heard})"
    doubt = ". Unsure, please look" if passage.doubtful else ""
    return f"{asked} ({passage.score:.0f} % alike{doubt})"


def _suspects(told: Drafted) -> Iterator[str]:
    counts = counted(told.suspects)
    if counts:
        kinds = "; ".join(f"{count} {why}" for why, count in counts.items())
        yield f"  Marked (?) in the text: {kinds}."


def _carried(carried: Carried) -> Iterator[str]:
    yield (
        f"  Carried from the earlier copy: corrections {carried.corrections}, cuts and redactions "
        f"{carried.removals}."
    )
    for lost in carried.lost:
        shown = f": “{lost.text}”" if lost.text else ""
        yield f"  Could not be carried: the {lost.what} at {clock(lost.at)}{shown}. Please look."
    if carried.look:
        yield (
            "  Other words are heard now where something is cut or redacted. Please look at "
            f"{_times(carried.look)}."
        )


def drafted_record(told: Drafted) -> dict[str, Any]:
    """For `transcribe --json`."""
    transcript, carried = told.transcript, told.carried
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
                "marked": passage.marked,
                "doubtful": passage.doubtful,
            }
            for passage in told.matching.questions
        ],
        "missing": list(told.matching.missing),
        "voices": dict(told.voices),
        "suspects": {why.name.lower(): count for why, count in counted(told.suspects).items()},
        "kept": str(told.kept) if told.kept else None,
        "carried": {
            "corrections": carried.corrections,
            "removals": carried.removals,
            "lost": [{"at": lost.at, "what": lost.what} for lost in carried.lost],
            "look": list(carried.look),
        }
        if carried
        else None,
    }


def applied(told: Applied) -> Iterator[str]:
    """Before applying an editor's copy: what changes."""
    summary, story = told.summary, told.edited.story
    counted_parts = [
        _count(summary.corrected, "corrected"),
        _count(summary.added, "added"),
        _count(summary.removed, "taken out of the text"),
        _count(summary.touched, "changed only in capitals or punctuation"),
    ]
    said = "; ".join(part for part in counted_parts if part)
    yield f"{story}: {said or 'no word differs from what was heard'}."
    yield from _removed(summary)
    yield f"  Speakers: {', '.join(summary.speakers) or 'none'}. Chapters: {summary.chapters}."
    if summary.unsure:
        yield f"  {_count(summary.unsure, 'still marked')} as unsure with (?…)."
    if summary.asked:
        yield (
            f"  Still asked, whether a name must not be heard: {len(summary.asked)}, at "
            f"{_times(summary.asked)}. Until that is answered these words are shown, and the story "
            f"cannot be approved. Answer with: carer-stories redact review {story}"
        )
    errors = sum(finding.is_error for finding in told.findings)
    yield (
        f"  Captions: {len(told.cues)}, with {errors} errors and "
        f"{len(told.findings) - errors} remarks (captions lint {story})."
    )


def _removed(summary: Summary) -> Iterator[str]:
    if summary.cuts:
        moments = _times(cut.start for cut in summary.cuts)
        yield f"  Cut: {summary.cut_ms / 1000:.1f} s, at {moments}."
    if summary.redacted:
        yield f"  Redacted: {len(summary.redacted)}, at {_times(summary.redacted)}."
    if summary.still_said:
        yield (
            f"  A name that you redacted is said again at {_times(summary.still_said)} and is not "
            "redacted there. Please look."
        )
    for run in summary.runs:
        yield (
            f"  At {clock(run.at)}, {run.count} words are taken out of the text. They are still "
            "heard in the recording: to cut them, put them back between ~~ and ~~."
        )


def applied_record(told: Applied) -> dict[str, Any]:
    """For `edit --json`."""
    summary = told.summary
    return {
        "id": told.edited.story,
        "corrected": summary.corrected,
        "added": summary.added,
        "removed": summary.removed,
        "touched": summary.touched,
        "cuts": [{"start": cut.start, "end": cut.end} for cut in summary.cuts],
        "redacted": list(summary.redacted),
        "still_said": list(summary.still_said),
        "unsure": summary.unsure,
        "asked": list(summary.asked),
        "speakers": list(summary.speakers),
        "chapters": [chapter.question for chapter in told.edited.chapters],
        "captions": len(told.cues),
        "caption_errors": sum(finding.is_error for finding in told.findings),
    }


def _count(number: int, what: str) -> str:
    return f"{number} word{'' if number == 1 else 's'} {what}" if number else ""


def _times(moments: Iterable[int]) -> str:
    return ", ".join(map(clock, moments))
