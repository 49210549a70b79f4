"""Every word that must not be shown, for those who look through what is to be shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from capture.recording.session_markers import read_session
from library.core.errors import CarerStoriesError
from library.core.workspace import STORY_ID, StoryFolder, Workspace
from library.records.hidden_terms import HiddenTerm
from transcribe.edit_service import read_text
from transcribe.editing.inline_markup import Hidden
from transcribe.editing.speaker_turns import Speakers
from transcribe.editing.transcript_markdown import parse
from transcribe.redaction import matching
from transcribe.redaction.common_words import is_ordinary
from transcribe.redaction.detect import own_words, redacted
from transcribe.redaction.exact_matcher import written_hits
from transcribe.redaction.folding import folded, parts
from transcribe.redaction.name_list import Entry, Kind, load_names
from transcribe.redaction.text_model import Heard, Talk, targets_of
from transcribe.words import tokens_of

_MARK = re.compile(r"\[\[(?!\s*\?)((?:[^\[\]|\\]|\\.)+)")


def hidden_terms(
    workspace: Workspace, *, whatever_is_broken: bool = False
) -> tuple[HiddenTerm, ...]:
    """What the lists and the redactions of all stories hide, each way of writing it once.

    Raises BadInput for a list that cannot be read: a check that does not know what to look for must
    not pass. `whatever_is_broken` leaves such a story out, for when taking one back must not wait.
    """
    if not workspace.stories.is_dir():
        return ()
    folders = sorted(path for path in workspace.stories.iterdir() if STORY_ID.match(path.name))
    terms: list[HiddenTerm] = []
    for path in folders:
        try:
            terms += _of_story(StoryFolder(path))
        except CarerStoriesError:
            if not whatever_is_broken:
                raise
    return tuple(dict.fromkeys(terms))


def _of_story(folder: StoryFolder) -> Iterator[HiddenTerm]:
    story = folder.root.name
    for number, entry in enumerate(load_names(folder).names, start=1):
        yield from _of_entry(entry, story, number)
    for words, _ in own_words(redactions_of(folder)):
        yield _term(" ".join(words), story, 0, everywhere=False)


def _of_entry(entry: Entry, story: str, number: int) -> Iterator[HiddenTerm]:
    everywhere = entry.where == "everywhere"
    for spelling in entry.spellings:
        yield _term(spelling, story, number, everywhere=everywhere)
    if entry.sort is Kind.NUMBER:
        yield _term(re.sub(r"\D", "", entry.name), story, number, everywhere=everywhere)
    if entry.sort is Kind.PERSON:
        # Half the country is called Daniel: a part of a name is hidden in its own story alone.
        for part in entry.own_parts:
            yield _term(part, story, number, everywhere=False)


def _term(text: str, story: str, number: int, *, everywhere: bool) -> HiddenTerm:
    words = [folded(part) for part in parts(text)]
    ordinary = all(is_ordinary(word) and not word.isdigit() for word in words)
    return HiddenTerm(" ".join(tokens_of(text)), story, number, everywhere, ordinary)


def redactions_of(folder: StoryFolder) -> list[Hidden]:
    """What the editor’s copy hides. A copy that is being worked on is read as far as it can be."""
    if not folder.editors_copy.is_file():
        return []
    text = read_text(folder.editors_copy)
    try:
        questions = read_session(folder.session).question_set
        copy = parse(text, questions, Speakers())
    except CarerStoriesError:
        return [Hidden(0, tuple(tokens_of(said))) for said in _MARK.findall(text)]
    tokens = (token for paragraph in copy.paragraphs for token in paragraph.words)
    marks = (token.hidden for token in tokens if token.hidden is not None)
    return list({mark.number: mark for mark in marks}.values())


def named_in(folder: StoryFolder, text: str) -> tuple[str, ...]:
    """The listed and redacted names that a public text says: a title, a summary, captions.

    As they are listed, for the editor’s own eyes: never for the log. Total for a story without a
    list; raises BadInput for a list that cannot be read.
    """
    entries = load_names(folder).names
    listed = list(targets_of(entries))
    own = list(redacted(redactions_of(folder), listed))
    talk = Talk([Heard(word, 0, 0) for word in tokens_of(text)])
    hits = matching.apart([*written_hits(talk, [*listed, *own])])
    names = {folded(entry.name): entry.name for entry in entries}
    found = (
        names.get(hit.about, " ".join(talk.plain[hit.first : hit.last]))
        for hit in hits
        if hit.sure or not hit.number
    )
    return tuple(dict.fromkeys(found))
