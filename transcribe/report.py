"""Lines for the editor and records for scripts about what transcribing and editing changed.

What is cut or redacted is named by its time alone: these lines may be read over a shoulder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from library.core.counting import counted, counted_is
from library.core.installation import how_to_add
from library.core.timecode import clock, later_second
from library.core.typed_command import is_download
from library.records.cut import are_captions_of_film
from transcribe.editing.speaker_turns import UNSURE_VOICE, Speakers, voice_labels
from transcribe.engines.low_confidence import count_by_reason
from transcribe.engines.protocol import MAX_COMPRESSION_RATIO, MIN_LOGPROB
from transcribe.engines.whisper_engine import has_whisper
from transcribe.speakers.protocol import VOICE_MODEL_COMMAND
from transcribe.words import BY_FILES, BY_SIDES, BY_SOUND, CHECKED_WITH, VOICES

if TYPE_CHECKING:
    from transcribe.edit_service import EditSession, PreparedEdit
    from transcribe.editing.apply_edits import DeletedRun, EditSummary
    from transcribe.editing.rebase_edits import RebasedCopy
    from transcribe.editing.removals import CoveredWords
    from transcribe.editing.typed_words import CrowdedWords
    from transcribe.pipeline import TranscriptionResult
    from transcribe.question_matching import PromptMatch
    from transcribe.words import Span, Transcript, Word


_MAX_SPELLINGS = 8  # that a line names
_UNSURE_SHARE = 0.8
"""Of all words, from which the model itself is in doubt."""


def transcription_lines(result: TranscriptionResult, *, is_detailed: bool = False) -> Iterator[str]:
    """Say what transcribing gave: words, questions, hints, the next step.

    With `is_detailed` also by which model, and how much each question is as the set has it.
    """
    transcript = result.transcript
    if not transcript.words and not transcript.unheard:
        yield (
            f"{transcript.story}: no speech was heard. Listen to the recording, check its sound."
        )
    else:
        words = counted(len(transcript.words), "word")
        yield f"{transcript.story}: {words} in {clock(transcript.duration)}."
        if is_detailed:
            sha256 = transcript.model_sha256
            yield f"  By {transcript.engine}, model {transcript.model}, SHA-256 {sha256}."
        yield from _question_lines(result, is_detailed=is_detailed)
        yield from _low_confidence_lines(result)
        yield from _model_lines(transcript)
        yield from _american_lines(result.american_spellings, transcript.story)
        yield from _voice_lines(result)
        if result.marker_notes:
            kinds = "; ".join(f"{count} × {kind}" for kind, count in result.marker_notes.items())
            yield f"  Marked while recording, and shown as (?…) in the text: {kinds}."
    if transcript.unheard:
        yield (
            f"  Somebody speaks and no words were recognised: {_spans(transcript.unheard)}. "
            "These are marked in the editor’s copy: listen there."
        )
    if result.rebased:
        yield from _rebased_lines(result.rebased)
    if result.earlier_copy:
        yield f"  The earlier editor’s copy is kept as {result.earlier_copy.name}."
        if not result.rebased:
            yield (
                "  Its changes could not be carried over to the new words. To try them: "
                f"carer-stories edit {transcript.story} --apply {result.earlier_copy}"
            )
    if transcript.words or transcript.unheard:
        yield f"Next: Check the words: carer-stories edit {transcript.story}"


_SPEAKERS_FROM = {
    BY_FILES: "Speakers come from the meeting’s own sound files",
    BY_SIDES: "Speakers were told apart by the two sides of the sound",
    BY_SOUND: "Speakers were told apart by their voices",
}


_USUAL_VOICES = 2
"""Of an interview: whoever asks, and whoever answers."""


def _voice_lines(result: TranscriptionResult) -> Iterator[str]:
    """Say by what speakers were told apart, and what of that is in doubt."""
    transcript = result.transcript
    if result.voices:
        source = _SPEAKERS_FROM[str(transcript.options.get(VOICES))]
        labels = ", ".join(f"speaker-{voice} is {label}" for voice, label in result.voices.items())
        yield (
            f"  {source}: {labels}. If that is wrong, "
            "swap the names before the paragraphs in the editor’s copy."
        )
        if transcript.options.get(VOICES) == BY_SOUND:
            unsure = len(transcript.unsure_voices)
            if unsure:
                yield f"  Unsure whose: {counted(unsure, 'turn')}, marked (?{UNSURE_VOICE})."
            if len(result.voices) != _USUAL_VOICES:
                yield (
                    "  Is that too many people, or too few? Say how many there are: "
                    f"carer-stories transcribe {transcript.story} --again --speakers "
                    f"{_USUAL_VOICES}"
                )
    elif result.lacks_voice_model:
        yield (
            "  Voices were not told apart, as the voice model is not installed: questions are the "
            "interviewer’s where they are worded as in the set, and all else is the contributor’s."
        )
        if not is_download():
            yield f"  To install it: {VOICE_MODEL_COMMAND}"
        if not has_whisper():
            yield (
                "  It needs PyTorch too, which comes with openai-whisper. "
                f"{how_to_add('openai-whisper')}"
            )


def imported_voice_lines(
    result: TranscriptionResult, numbers: Mapping[str, str], speakers: Speakers
) -> Iterator[str]:
    """Say under which label each speaker of another tool's file stands in the editor's copy.

    `numbers` are the file's names of speakers → the numbers of their voices.
    """
    if not any(numbers):
        return
    labels = voice_labels(result.transcript, result.matches, speakers)
    if labels:
        named = ", ".join(
            f"{f'“{name}”' if name else 'whoever has no name'} is {labels[number]}"
            for name, number in numbers.items()
            if number in labels
        )
        yield f"  Names are not kept. In the editor’s copy {named}: put the right names there."
    else:
        yield "  Speakers are numbered, not named: put the right names in the editor’s copy."


def _question_lines(result: TranscriptionResult, *, is_detailed: bool) -> Iterator[str]:
    matches, missing = result.matches.questions, result.matches.missing_wordings
    total = len(matches) + len(missing)
    if not matches:
        yield f"  None of the {counted(total, 'question')} of its set was heard."
        yield (
            "  Were they not put aloud? Say when each was asked: "
            f"carer-stories capture mark {result.transcript.story}"
        )
        yield "  Or add them as headings in the editor’s copy. Is it another set’s conversation?"
        return
    yield f"  Of the {counted(total, 'question')} of its set {len(matches)} heard:"
    for match in matches:
        yield f"  {_question_line(match, result.transcript.words, is_detailed=is_detailed)}"
    for wording in missing:
        yield f"  not heard: {wording}"
    if missing:
        yield (
            "  Where one of those was asked all the same, add it to the editor’s copy as a "
            "heading: ## and these words."
        )


def _question_line(match: PromptMatch, words: tuple[Word, ...], *, is_detailed: bool) -> str:
    notes = []
    if match.is_marked:
        notes.append("marked while recording")
        if not match.score:
            notes.append("asked in other words")
    if match.is_doubtful:
        notes.append("unsure, please look")
    if is_detailed and match.score:
        notes.append(f"{match.score:.0f} % alike")
    remark = f" ({'; '.join(notes)})" if notes else ""
    return f"{clock(words[match.first].start)}  {match.wording}{remark}"


def _low_confidence_lines(result: TranscriptionResult) -> Iterator[str]:
    counts = count_by_reason(result.low_confidence)
    if counts:
        kinds = "; ".join(f"{count} {reason}" for reason, count in counts.items())
        yield f"  Marked (?) in the text: {kinds}."
    second = result.transcript.options.get(CHECKED_WITH)
    if second:
        yield f"  The model {second} listened as well (--check-with none leaves it out)."


def _model_lines(transcript: Transcript) -> Iterator[str]:
    """Say that a model was sure of hardly a word, as a damaged one is, or one of other voices."""
    if transcript.is_imported:
        return
    unsure = sum(
        segment.last - segment.first
        for segment in transcript.segments
        if segment.average_logprob < MIN_LOGPROB
        or segment.compression_ratio > MAX_COMPRESSION_RATIO
    )
    if unsure and unsure >= _UNSURE_SHARE * len(transcript.words):
        yield (
            f"  The model {transcript.model} was sure of hardly a word. If the recording is clear, "
            "that model is damaged or does not suit: transcribe it --again with another --model."
        )


def _rebased_lines(rebased: RebasedCopy) -> Iterator[str]:
    yield (
        f"  Carried over from the earlier copy: corrections {rebased.corrections}, "
        f"cuts and redactions {rebased.removals}."
    )
    for change in rebased.lost:
        text = f": “{change.text}”" if change.text else ""
        yield (
            f"  Could not be carried over: the {change.what} at {clock(change.at)}{text}. "
            "Please look."
        )
    if rebased.check_at:
        yield (
            "  Other words are heard now where something is cut or redacted. Please look at "
            f"{_times(rebased.check_at)}."
        )
    if rebased.moved_at:
        yield (
            "  Edges that you moved count from the new times of the words. Please listen at "
            f"{_times(rebased.moved_at)}."
        )


def transcription_record(result: TranscriptionResult) -> dict[str, Any]:
    """Return the record that `transcribe --json` prints."""
    transcript, rebased = result.transcript, result.rebased
    return {
        "id": transcript.story,
        "words": len(transcript.words),
        "duration": transcript.duration,
        "engine": transcript.engine,
        "model": transcript.model,
        "model_sha256": transcript.model_sha256,
        "questions": [
            {
                "id": match.question,
                "start": transcript.words[match.first].start,
                "score": match.score,
                "marked": match.is_marked,
                "doubtful": match.is_doubtful,
            }
            for match in result.matches.questions
        ],
        "missing": list(result.matches.missing),
        "missing_questions": list(result.matches.missing_wordings),
        "voices": dict(result.voices),
        "unheard": [{"start": span.start, "end": span.end} for span in transcript.unheard],
        "voices_told_by": transcript.options.get(VOICES),
        "unsure_voices": len(transcript.unsure_voices),
        "suspects": {
            reason.name.lower(): count
            for reason, count in count_by_reason(result.low_confidence).items()
        },
        "kept": str(result.earlier_copy) if result.earlier_copy else None,
        "carried": {
            "corrections": rebased.corrections,
            "removals": rebased.removals,
            "lost": [{"at": change.at, "what": change.what} for change in rebased.lost],
            "look": list(rebased.check_at),
            "moved": list(rebased.moved_at),
        }
        if rebased
        else None,
    }


def edit_lines(prepared: PreparedEdit) -> Iterator[str]:
    """Say what applying an editor's copy changes, before it is applied."""
    summary, story = prepared.summary, prepared.edited.story
    parts = [
        _words(summary.corrected, "corrected"),
        _words(summary.added, "added"),
        _words(summary.removed, "taken out of the text"),
        _words(summary.restyled, "changed only in capitals or punctuation"),
        _words(summary.respelled, "spelled as in Britain"),
    ]
    changes = "; ".join(part for part in parts if part)
    yield f"{story}: {changes or 'no word differs from what was heard'}."
    if prepared.respelled:
        yield f"  In British spelling now: {_spellings(prepared.respelled.counts)}."
    for remark in summary.remarks:
        yield f"  {remark}"
    yield from _american_lines(prepared.american.counts, story)
    yield from _removal_lines(summary)
    yield from _crowded_lines(summary)
    yield f"  Speakers: {', '.join(summary.speakers) or 'none'}. Chapters: {summary.chapter_count}."
    if summary.hints_left:
        yield f"  {_words(summary.hints_left, 'still marked')} as unsure with (?…)."
    if summary.contributor_remarks:
        yield (
            f"  {counted(summary.contributor_remarks, 'remark')} of the contributor still to "
            "answer. Do what is asked, or talk it over with them, then delete its mark. Until "
            f"then the story cannot be approved. See them all: carer-stories site remarks {story}"
        )
    if summary.open_question_times:
        yield (
            "  Still asked, whether a name must not be heard: "
            f"{len(summary.open_question_times)}, at {_times(summary.open_question_times)}. "
            "Until that is answered these words are shown, and the story cannot be approved. "
            f"Answer with: carer-stories redact review {story}"
        )
    if summary.unheard:
        yield (
            f"  Somebody speaks and there are no words: {_spans(summary.unheard)}. Type what is "
            "said in place of each mark, or take the mark out where it is nothing to write down. "
            "Until then the story cannot be approved."
        )
    errors = sum(finding.is_error for finding in prepared.findings)
    yield (
        f"  {counted(len(prepared.cues), 'caption')}, with {counted(errors, 'error')} and "
        f"{counted(len(prepared.findings) - errors, 'remark')}. To see them: "
        f"carer-stories captions lint {story}"
    )


def written_lines(session: EditSession) -> Iterator[str]:
    """Say what applying an editor's copy has written."""
    story = session.task.story.id
    if are_captions_of_film(session.folder):
        yield "These are the words that the film was made of: it stays as it is."
        return
    yield f"Captions, chapters and the checked transcript of {story} are written."
    if session.folder.cut.exists():
        yield (
            "The film was made from the earlier words: make it again, and have it signed off again."
        )


def _american_lines(counts: Mapping[tuple[str, str], int], story: str) -> Iterator[str]:
    if counts:
        yield (
            f"  {_words(sum(counts.values()), 'in American spelling')}: {_spellings(counts)}. "
            f"To write them as in Britain: carer-stories edit {story} --british"
        )


def spelling_lines(counts: Mapping[tuple[str, str], int]) -> Iterator[str]:
    """Say which words of the copy were written in British spelling before it is opened."""
    if counts:
        yield f"In British spelling now: {_spellings(counts)}."
    else:
        yield "No recognised word is in American spelling."


def _spellings(counts: Mapping[tuple[str, str], int]) -> str:
    named = [
        f"{american} → {british}" + (f" ({number} times)" if number > 1 else "")
        for (american, british), number in list(counts.items())[:_MAX_SPELLINGS]
    ]
    left = len(counts) - len(named)
    return ", ".join(named) + (f" and {counted(left, 'other')}" if left else "")


def _removal_lines(summary: EditSummary) -> Iterator[str]:
    if summary.cuts:
        moments = _times(cut.start for cut in summary.cuts)
        yield f"  Cut: {summary.cut_ms / 1000:.1f} s, at {moments}."
    if summary.redaction_times:
        yield f"  Redacted: {len(summary.redaction_times)}, at {_times(summary.redaction_times)}."
    for covered in summary.covered:
        yield f"  {covered_sentence(covered)}"
    if summary.unredacted_name_times:
        yield (
            f"  A name that you redacted is said again at {_times(summary.unredacted_name_times)} "
            "and is not redacted there. Please look."
        )
    for run in summary.deleted_runs:
        yield f"  {' '.join(deleted_sentences(run))}"


def _crowded_lines(summary: EditSummary) -> Iterator[str]:
    for crowded in summary.crowded:
        yield f"  {' '.join(crowded_sentences(crowded))}"


def covered_sentence(covered: CoveredWords) -> str:
    """Say which words a silence covers that stay in the text."""
    return f"The silence at {clock(covered.at)} also covers {_covered_words(covered)}."


def deleted_sentences(run: DeletedRun) -> tuple[str, str]:
    """Say that words are no longer in the text and still heard, and what to do."""
    return (
        f"At {clock(run.at)}, {counted_is(run.count, 'word')} taken out of the text, and still "
        "heard in the recording.",
        "To cut what is heard, put it back between ~~ and ~~.",
    )


def crowded_sentences(crowded: CrowdedWords) -> tuple[str, str]:
    """Say that more is typed than anybody can have said there, and what to do."""
    return (
        f"At {clock(crowded.at)}, {counted_is(crowded.words, 'word')} typed where a voice is "
        f"heard for {crowded.heard / 1000:.1f} s: hardly anybody speaks so fast.",
        "Listen there, and type what is said.",
    )


def _covered_words(covered: CoveredWords) -> str:
    words = [f"“{text}”" for text in covered.whole]
    words += [f"part of “{text}”" for text in covered.partly]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def edit_record(prepared: PreparedEdit) -> dict[str, Any]:
    """Return the record that `edit --json` prints."""
    summary = prepared.summary
    return {
        "id": prepared.edited.story,
        "corrected": summary.corrected,
        "added": summary.added,
        "removed": summary.removed,
        "touched": summary.restyled,
        "respelled": summary.respelled,
        "american": sum(prepared.american.counts.values()),
        "cuts": [{"start": cut.start, "end": cut.end} for cut in summary.cuts],
        "redacted": list(summary.redaction_times),
        "also_covered": [
            {"at": covered.at, "whole": list(covered.whole), "partly": list(covered.partly)}
            for covered in summary.covered
        ],
        "still_said": list(summary.unredacted_name_times),
        "unsure": summary.hints_left,
        "asked": list(summary.open_question_times),
        "unheard": [{"start": span.start, "end": span.end} for span in summary.unheard],
        "speakers": list(summary.speakers),
        "chapters": [chapter.question for chapter in prepared.edited.chapters],
        "captions": len(prepared.cues),
        "caption_errors": sum(finding.is_error for finding in prepared.findings),
        "remarks": list(summary.remarks),
    }


def _words(number: int, change: str) -> str:
    return f"{counted(number, 'word')} {change}" if number else ""


def _spans(spans: Iterable[Span]) -> str:
    return ", ".join(
        f"{clock(span.start)}–{clock(later_second(span.end, span.start))}" for span in spans
    )


def _times(moments: Iterable[int]) -> str:
    return ", ".join(map(clock, moments))
