"""Gather what the lists and redactions of stories hide: for the leak check and public texts.

It reads the lists and the editor's copies alone, and loads nothing that deals with media: every
build and check of the site calls it, and should not wait for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from capture.recording.session_markers import read_session
from library.core.errors import CarerStoriesError
from library.core.workspace import STORY_ID, StoryFolder, Workspace
from library.records.hidden_terms import HiddenTerm
from transcribe.editing.inline_markup import RedactionMark
from transcribe.editing.read_editors_copy import read_editors_copy_text
from transcribe.editing.speaker_turns import Speakers
from transcribe.editing.transcript_markdown import parse_copy
from transcribe.redaction.detect import redacted_names, redaction_targets, without_overlaps
from transcribe.redaction.match_exact import exact_hits
from transcribe.redaction.name_list import ListedName, NameKind, load_names
from transcribe.redaction.normalise import folded, is_common, name_words
from transcribe.redaction.text_model import SpokenText, SpokenWord, search_targets
from transcribe.words import tokens_of

_MARK_PATTERN = re.compile(r"\[\[(?!\s*\?)((?:[^\[\]|\\]|\\.)+)")

_REDACTION = 0
"""In place of the number of an entry in a private list, which counts from 1."""


def hidden_terms(workspace: Workspace, *, skip_unreadable: bool = False) -> tuple[HiddenTerm, ...]:
    """Return what the lists and redactions of all stories hide, each spelling once.

    Raises BadInput for a list that cannot be read: a check that does not know what to look for must
    not pass. `skip_unreadable` leaves such a story out, for when a withdrawal must not wait.
    """
    if not workspace.stories.is_dir():
        return ()
    folders = sorted(path for path in workspace.stories.iterdir() if STORY_ID.match(path.name))
    terms: list[HiddenTerm] = []
    for path in folders:
        try:
            terms += terms_of_story(StoryFolder(path))
        except CarerStoriesError:
            if not skip_unreadable:
                raise
    # Each once, in order: two names of a list may share a part.
    return tuple(dict.fromkeys(terms))


def terms_of_story(folder: StoryFolder) -> Iterator[HiddenTerm]:
    """Yield what the list and the redactions of one story hide. Raises BadInput as above."""
    story = folder.root.name
    for entry_number, entry in enumerate(load_names(folder).names, start=1):
        yield from _terms_of_name(entry, story, entry_number)
    for words, _ in redacted_names(_redactions_of(folder)):
        yield _term(" ".join(words), story, _REDACTION, everywhere=False)


def _terms_of_name(entry: ListedName, story: str, entry_number: int) -> Iterator[HiddenTerm]:
    everywhere = entry.where == "everywhere"
    for spelling in entry.spellings:
        yield _term(spelling, story, entry_number, everywhere=everywhere)
    if entry.effective_kind is NameKind.NUMBER:
        # Its digits alone as well: it may be grouped otherwise on a page.
        yield _term(re.sub(r"\D", "", entry.name), story, entry_number, everywhere=everywhere)
    if entry.effective_kind is NameKind.PERSON:
        # Half the country is called Daniel: a part of a name is hidden in its own story alone.
        for part in entry.single_names:
            yield _term(part, story, entry_number, everywhere=False)


def _term(text: str, story: str, entry_number: int, *, everywhere: bool) -> HiddenTerm:
    words = [folded(part) for part in name_words(text)]
    # The leak check looks for “Will” only with its capital, or “will” would stop every build.
    ordinary = all(is_common(word) and not word.isdigit() for word in words)
    return HiddenTerm(" ".join(tokens_of(text)), story, entry_number, everywhere, ordinary)


def _redactions_of(folder: StoryFolder) -> list[RedactionMark]:
    """Return the redactions of the editor’s copy; of one that does not parse, all its brackets."""
    if not folder.editors_copy.is_file():
        return []
    text = read_editors_copy_text(folder.editors_copy)
    try:
        questions = read_session(folder.session).question_set
        copy = parse_copy(text, questions, Speakers())
    except CarerStoriesError:
        # Too many rather than too few: a copy with a fault still hides what it brackets.
        return [RedactionMark(0, tuple(tokens_of(words))) for words in _MARK_PATTERN.findall(text)]
    tokens = (token for paragraph in copy.paragraphs for token in paragraph.words)
    marks = (token.redaction for token in tokens if token.redaction is not None)
    return list({mark.number: mark for mark in marks}.values())


def listed_names_in(folder: StoryFolder, text: str) -> tuple[str, ...]:
    """Return the listed and redacted names that a public text says: a title, a summary, captions.

    They are spelt as listed, for the editor’s own eyes and never for the log. Raises BadInput for
    a list that cannot be read.
    """
    entries = load_names(folder).names
    listed = list(search_targets(entries))
    redacted = list(redaction_targets(_redactions_of(folder), listed))
    spoken = SpokenText([SpokenWord(word, 0, 0) for word in tokens_of(text)])
    # Only exact spellings: a title is written by a person and not recognised.
    hits = without_overlaps([*exact_hits(spoken, [*listed, *redacted])])
    names = {folded(entry.name): entry.name for entry in entries}
    names_in_text = (
        names.get(hit.key, " ".join(spoken.bare_words[hit.first : hit.last]))
        for hit in hits
        if hit.is_sure or hit.entry_number == _REDACTION
    )
    return tuple(dict.fromkeys(names_in_text))
