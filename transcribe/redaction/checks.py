"""What about names keeps a story from being approved, worked out from what was applied.

The words that captions, page and film are made of (`edited.json`) are looked over anew each time:
nothing depends on whether somebody ran `suggest`, or changed the list or the text since.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from capture.recording.session_markers import read_session
from library.core.errors import BadInput, CarerStoriesError
from library.core.timecode import clock
from library.core.workspace import StoryFolder
from transcribe.edit_service import read_text
from transcribe.editing.apply_edits import Placed, place
from transcribe.editing.inline_markup import Hidden, Token
from transcribe.editing.speaker_turns import CARER, INTERVIEWER, Speakers
from transcribe.redaction.detect import Find, look, redactions
from transcribe.redaction.name_list import NameList, load_names
from transcribe.redaction.questions import Answer, Asked, Said, load_asked, locate, settled
from transcribe.redaction.spoken_only import unwritten, words_left
from transcribe.words import EditedTranscript, Span, Transcript, read_edited, read_transcript

_MOST_TIMES = 8


def unanswered(folder: StoryFolder) -> list[str]:
    """What is left to do about names, a sentence each with times; empty where nothing is.

    Total: what cannot be read is a sentence as well. A story without a list is looked over for
    numbers, addresses and birthdays, and for the names that its own redactions hide. No sentence
    holds a name.
    """
    if not folder.transcript.is_file() or not folder.edited.is_file():
        return []
    try:
        return list(_unanswered(folder))
    except CarerStoriesError as error:
        return [f"Names could not be checked: {error.what}"]


def _unanswered(folder: StoryFolder) -> Iterator[str]:
    story = folder.root.name
    transcript, edited = read_transcript(folder.transcript), read_edited(folder.edited)
    listed, asked = load_names(folder), load_asked(folder)
    said: list[Said] = []
    try:
        said, seen = _copy_of(folder, transcript, edited)
        asked = settled(asked, said, seen)
    except BadInput as refused:
        yield f"The editor’s copy cannot be read as it stands. {refused.what}"
    open_at = [one.start for one in asked.questions if one.answer.is_open]
    if open_at:
        yield (
            f"Whether a name is said is not answered yet at {_times(open_at)}: "
            f"carer-stories redact review {story}"
        )
    finds = _finds(edited, listed, asked, redactions(said))
    removed = {one.word.start for one in said if not one.token.kept}
    yield from _told(finds, removed, story)
    yield from _heard_only(transcript, edited, listed, asked, story, open_at)


def _copy_of(
    folder: StoryFolder, transcript: Transcript, edited: EditedTranscript
) -> tuple[list[Said], int]:
    """The words of the editor’s copy, and up to which round it has the questions."""
    from transcribe.redaction.suggest import said_in

    names = dict.fromkeys(turn.speaker for turn in edited.turns)
    contributor = next((name for name in names if name != INTERVIEWER), CARER)
    questions = read_session(folder.session).question_set
    placed: Placed = place(
        transcript, read_text(folder.editors_copy), questions, Speakers(contributor=contributor)
    )
    return list(said_in(placed)), placed.copy.names_round


def _finds(
    edited: EditedTranscript, listed: NameList, asked: Asked, marks: Sequence[Hidden]
) -> list[Find]:
    """What is found in the applied words and is no open question."""
    applied = list(_applied(edited))
    finds = look(applied, listed, asked, marks)
    open_words: set[int] = set()
    for question in asked.questions:
        if question.answer.is_open and not question.unwritten:
            open_words.update(locate(question, applied, set()) or ())
    return [find for find in finds if open_words.isdisjoint(find.places)]


def _applied(edited: EditedTranscript) -> Iterator[Said]:
    """The words of `edited.json`; what stands for a redaction is no word that is said."""
    gone = Hidden(0, ("…",))
    for number, turn in enumerate(edited.turns):
        for word in turn.words:
            shown = any(
                one.start <= word.start and word.end <= one.end and word.text in one.shown.split()
                for one in edited.redactions
            )
            yield Said(Token(word.text, hidden=gone if shown else None), word, number)


def _told(finds: Sequence[Find], removed: set[int], story: str) -> Iterator[str]:
    kinds = sorted(((_kind(find, removed), find) for find in finds), key=lambda pair: pair[0])
    for kind, run in groupby(kinds, key=lambda pair: pair[0]):
        times = _times([find.start for _, find in run])
        yield _SENTENCES[kind].format(times=times, story=story)


def _kind(find: Find, removed: set[int]) -> int:
    if find.start in removed or find.earlier is Answer.HIDDEN:
        return 0
    if find.hit.sure and find.hit.number:
        return 1
    return 2 if find.hit.sure else 3


_SENTENCES = (
    "What the editor’s copy takes out at {times} is not applied yet: carer-stories edit {story}",
    "A name of the private list is still heard at {times}: carer-stories redact suggest {story}",
    "A number or an address is still heard at {times}: carer-stories redact suggest {story}",
    "What may be a name that must not be heard was not asked about, at {times}: "
    "carer-stories redact suggest {story}",
)


def _heard_only(
    transcript: Transcript,
    edited: EditedTranscript,
    listed: NameList,
    asked: Asked,
    story: str,
    open_at: Sequence[int],
) -> Iterator[str]:
    applied = list(_applied(edited))
    out = [*edited.cuts, *(Span(start=one.start, end=one.end) for one in edited.redactions)]
    found = unwritten(transcript, listed, words_left(applied), out, asked)
    times = [one.start for one in found if one.start not in open_at]
    if times:
        yield (
            f"A name of the private list is heard at {_times(times)}, where the text says "
            f"something else: carer-stories redact suggest {story}"
        )


def _times(moments: Sequence[int]) -> str:
    told = list(dict.fromkeys(map(clock, sorted(moments))))
    more = f" and {len(told) - _MOST_TIMES} more places" if len(told) > _MOST_TIMES else ""
    return ", ".join(told[:_MOST_TIMES]) + more
