"""The editor's copy: the transcript as a text file that a person can read and change.

    <!-- how-to -->
    [00:00] Interviewer: Thank you for being here.

    ## Can you tell me who you care for?

    [00:05] Ruth: I care for my son Daniel.

One paragraph a turn, with a time and who speaks; headings are the questions of the set. This module
writes and reads the form; marks inside a paragraph are `transcribe.editing.inline_markup`', and
what the words mean for the timing is `transcribe.editing.apply_edits`'s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count

from capture.questions.question_set import QuestionSet
from library.core.errors import BadInput
from library.core.timecode import from_parts, padded_clock
from transcribe.editing.inline_markup import CopyWord, MarkupReader, write_words
from transcribe.editing.speaker_turns import MAX_LABEL_CHARS, Speakers
from transcribe.words import EditedTranscript, normalised, tokens_of

MAX_CHARACTERS = 4_000_000
"""Characters: an hour's conversation is about sixty thousand."""

MIN_HEADING_SCORE = 80.0
"""How alike a heading must be to a question (0 to 100): slips are forgiven."""

_HOW_TO = """\
<!--
Editor’s copy of {story}. Change the words below to what was said; everything follows from them.

- Correct a word, add one that was missed, take out one that was not said: times are kept.
- A paragraph is one person speaking: [time] Name: words. Split or join paragraphs as you like;
  correct the name if somebody else is speaking. The times in brackets are only for you.
- The headings with ## are the questions. Move one to where it was asked, or remove it if it
  was not asked.
- Strike out what must go: ~~words~~ are cut from film, captions and transcript. Words that you
  only take out of the text are still heard.
- [[Daniel|my son]] takes the name out of the sound and shows “my son” instead.
- [[?Danyel|my son]] asks whether this is a name that must not be heard. If it is, take out the
  question mark; if it is not, take out the brackets and what is behind the stroke.
- (?) stands after words that were heard unsurely; (?CPA) also says what it may have been. Listen,
  correct, and delete the mark. A mark that is left does no harm.
- Leave the paragraphs in their order, save, then run: carer-stories edit {story}
{asked}-->
"""
NAMES_ROUND_LINE = (
    "- Names were asked about, round {round}. Leave this line: it tells what you have seen.\n"
)
NAMES_ROUND = re.compile(r"\bNames were asked about, round (\d{1,6})\b")
_STAMP = re.compile(
    r"^\[(?:(?P<hours>\d{1,3}):(?=\d{1,2}:))?(?P<minutes>\d{1,3}):(?P<seconds>\d{1,2})\]\s*"
)
_HEADING = re.compile(r"^#{1,6}\s+(.*)$")
_STORY = re.compile(r"\b(cs-[a-z0-9-]{1,37})\b")
_HEADING_MARK = re.compile(r"\s*\(\?[^()]*\)")


@dataclass(frozen=True)
class CopyParagraph:
    """One turn as written: what it says, and where in the file, for messages."""

    line: int
    """Counted from 1."""
    stamp: int | None
    """Milliseconds, to the second; None where the editor wrote no time."""
    speaker: str
    question: str
    words: tuple[CopyWord, ...]

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """What is said, whether or not it is cut or redacted."""
        return tuple(word.text for word in self.words)


@dataclass(frozen=True)
class EditorsCopy:
    """The file, read. `story` is empty where its heading names none."""

    story: str
    paragraphs: tuple[CopyParagraph, ...]
    names_round: int = 0
    """Up to which round of questions about names this text has them: 0 where it has none."""


def render_draft(
    edited: EditedTranscript,
    questions: QuestionSet,
    hints: Mapping[int, str] | None = None,
    unsure: Mapping[str, float] | None = None,
) -> str:
    """The text of a first draft. Reading it back gives the same words, speakers and questions.

    `hints` are marks of doubt behind words, by their number in the transcript; `unsure` are
    questions by id that were found with so low a likeness (0 to 100) that their heading asks.
    """
    marks = hints or {}
    number = count()
    paragraphs = [
        CopyParagraph(
            line=0,
            stamp=turn.words[0].start,
            speaker=turn.speaker,
            question=turn.question,
            words=tuple(CopyWord(word.text, hint=marks.get(next(number))) for word in turn.words),
        )
        for turn in edited.turns
    ]
    return write_copy(edited.story, paragraphs, questions, unsure)


def write_copy(
    story: str,
    paragraphs: Sequence[CopyParagraph],
    questions: QuestionSet,
    unsure: Mapping[str, float] | None = None,
    names_round: int = 0,
) -> str:
    """The text of `transcript.md`, with every mark; see `render`, and `EditorsCopy`."""
    titles = {question.id: " ".join(question.ask.split()) for question in questions.questions}
    asked = NAMES_ROUND_LINE.format(round=names_round) if names_round else ""
    parts = [_HOW_TO.format(story=story, asked=asked)]
    under = ""
    for paragraph in paragraphs:
        if paragraph.question != under:
            under = paragraph.question
            asks = f" (?{unsure[under]:.0f}%)" if unsure and under in unsure else ""
            parts.append(f"## {titles.get(under, under)}{asks}\n")
        stamp = f"[{padded_clock(paragraph.stamp)}] " if paragraph.stamp is not None else ""
        parts.append(f"{stamp}{paragraph.speaker}: {write_words(paragraph.words)}\n")
    return "\n".join(parts)


def parse_copy(text: str, questions: QuestionSet, speakers: Speakers) -> EditorsCopy:
    """Read an editor's copy in whatever way an editor saved it.

    Line ends, a byte-order mark, wrapping and blank lines do not matter. Raises BadInput naming
    the line of a heading that is no question of the set, of a mark without beginning or end, and
    of times out of order.
    """
    if len(text) > MAX_CHARACTERS:
        raise BadInput("This text is far longer than any conversation.", "Check which file it is.")
    reader = _CopyReader(questions, speakers)
    for number, line in enumerate(_lines(text), start=1):
        reader.take(number, line.strip())
    return reader.finish()


def _lines(text: str) -> list[str]:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


class _CopyReader:
    """Takes the file line by line; a blank line, a time or a heading begins something new."""

    def __init__(self, questions: QuestionSet, speakers: Speakers) -> None:
        self._questions = questions
        self._known = (speakers.interviewer, speakers.contributor)
        self._story = ""
        self._round = 0
        self._comment = 0
        self._heading: list[str] = []
        self._heading_line = 0
        self._under = ""
        self._used: dict[str, int] = {}
        self._marks = MarkupReader()
        self._open: list[str] = []
        self._open_line = 0
        self._paragraphs: list[CopyParagraph] = []

    def take(self, number: int, line: str) -> None:
        if self._comment or line.startswith("<!--"):
            self._take_comment(number, line)
            return
        lead, rest = _lead(line)
        if not line:
            self._close()
        elif heading := _HEADING.match(rest):
            self._close()
            self._take_heading(number, lead, heading[1])
        elif _STAMP.match(rest):
            self._close()
            self._begin(number, line)
        elif self._heading:
            self._take_after_heading(number, line)
        elif self._open:
            self._open.append(line)
        else:
            self._begin(number, line)

    def finish(self) -> EditorsCopy:
        if self._comment:
            raise BadInput(
                f"Line {self._comment}: the note that begins with <!-- has no end.",
                "Put --> at its end, or take the note out.",
            )
        self._close()
        self._marks.finish()
        return EditorsCopy(self._story, tuple(self._paragraphs), self._round)

    def _take_comment(self, number: int, line: str) -> None:
        if not self._comment:
            self._close()
            self._comment = number
        if not self._story and not self._paragraphs and (named := _STORY.search(line)):
            self._story = named[1]
        if not self._paragraphs and (told := NAMES_ROUND.search(line)):
            self._round = int(told[1])
        if "-->" in line:
            self._comment = 0
            rest = line.partition("-->")[2].strip()
            if rest:
                self.take(number, rest)

    def _take_heading(self, number: int, lead: str, heading: str) -> None:
        """A heading, which a cut may begin before or end behind."""
        asked = _HEADING_MARK.sub("", heading)
        ends = "~~" if asked.endswith("~~") else ""
        self._marks.read(f"{lead} {ends}" if lead and ends else lead or ends, number)
        self._heading, self._heading_line = [asked.removesuffix("~~").strip()], number

    def _take_after_heading(self, number: int, line: str) -> None:
        """The rest of a heading that the editor's program wrapped, or the paragraph under it."""
        wrapped = " ".join([*self._heading, line])
        if self._score(wrapped) > self._score(" ".join(self._heading)):
            self._heading.append(line)
        else:
            self._close()
            self._begin(number, line)

    def _begin(self, number: int, line: str) -> None:
        self._open, self._open_line = [line], number

    def _close(self) -> None:
        if self._heading:
            self._enter(" ".join(self._heading))
            self._heading = []
        if self._open:
            self._add("\n".join(self._open))
            self._open = []

    def _score(self, heading: str) -> float:
        return max((score for score, _ in self._scores(heading)), default=0.0)

    def _scores(self, heading: str) -> list[tuple[float, str]]:
        from rapidfuzz import fuzz

        wanted = _spoken(heading)
        return [(fuzz.ratio(wanted, _spoken(q.ask)), q.id) for q in self._questions.questions]

    def _enter(self, heading: str) -> None:
        # Of two questions in the same words, the one that has no heading yet is meant.
        ranked = [(score, q not in self._used, q) for score, q in self._scores(heading)]
        score, _, question = max(ranked, key=lambda one: one[:2], default=(0.0, True, ""))
        if score < MIN_HEADING_SCORE:
            asks = "\n".join(f"  ## {q.ask}" for q in self._questions.questions)
            raise BadInput(
                f"Line {self._heading_line}: “{heading}” is not a question of this story’s set.",
                f"Headings are the set’s questions:\n{asks}",
            )
        if question in self._used:
            raise BadInput(
                f"Line {self._heading_line}: “{heading}” is a heading already in line "
                f"{self._used[question]}.",
                "Each question has one heading: take one of the two out.",
            )
        self._used[question] = self._heading_line
        self._under = question

    def _add(self, text: str) -> None:
        lead, rest = _lead(text)
        stamp, rest = _stamp_of(rest)
        again, rest = _lead(rest)
        speaker, said = self._speaker_of(rest)
        line = self._open_line + text[: len(text) - len(said)].count("\n")
        words = self._marks.read(f"{lead}{again}{said.lstrip()}", line)
        if not words:
            return
        before = next((p for p in reversed(self._paragraphs) if p.stamp is not None), None)
        if stamp is not None and before is not None and stamp < (before.stamp or 0):
            raise BadInput(
                f"Line {self._open_line}: the paragraph at [{padded_clock(stamp)}] stands after "
                f"the one at [{padded_clock(before.stamp or 0)}] (line {before.line}).",
                "Put it back where it was said. If only its time is wrong, take the time out.",
            )
        self._paragraphs.append(CopyParagraph(self._open_line, stamp, speaker, self._under, words))

    def _speaker_of(self, text: str) -> tuple[str, str]:
        """The label at the start, or the speaker of the paragraph before where there is none."""
        for known in self._known:
            if text.startswith(f"{known}:"):
                return known, text[len(known) + 1 :]
        name, colon, said = text.partition(":")
        if colon and said[:1] in ("", " ") and _is_name(name):
            shown = " ".join(tokens_of(name))
            match = next((k for k in self._known if k.casefold() == shown.casefold()), shown)
            return match, said
        return (self._paragraphs[-1].speaker if self._paragraphs else self._known[1]), text


def _lead(line: str) -> tuple[str, str]:
    """A mark of a cut before a time, a name or a heading, and the rest."""
    rest = line.removeprefix("~~")
    return ("~~", rest.lstrip()) if rest != line else ("", line)


def _stamp_of(text: str) -> tuple[int | None, str]:
    found = _STAMP.match(text)
    if not found:
        return None, text
    return from_parts(found["hours"], found["minutes"], found["seconds"]), text[found.end() :]


def _is_name(text: str) -> bool:
    """Whether a text before a colon reads as a name rather than as part of a sentence."""
    words = text.split()
    return (
        0 < len(words) <= 4
        and len(text) <= MAX_LABEL_CHARS
        and words[0][:1].isupper()
        and not any(mark in text for mark in '.,;!?“”"[]\\~|')
    )


def _spoken(text: str) -> str:
    return " ".join(normalised(token) for token in tokens_of(text))


def tokens_in(paragraphs: Sequence[CopyParagraph]) -> list[str]:
    """Every token of the copy in order."""
    return [token for paragraph in paragraphs for token in paragraph.tokens]
