"""Read and write the editor's copy: the transcript as a text file that a person can change.

    <!-- how-to -->
    [00:00] Interviewer: Thank you for being here.

    ## Can you tell me who you care for?

    [00:05] Ruth: I care for my son Daniel.

One paragraph a turn, with a time and a speaker; headings are the questions of the set. The marks
inside a paragraph are read by `transcribe.editing.inline_markup`, and its words are timed by
`transcribe.editing.apply_edits`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import count, groupby, pairwise

from rapidfuzz import fuzz

from capture.questions.question_set import QuestionSet
from library.core.errors import BadInput
from library.core.timecode import from_parts, later_second, padded_clock
from transcribe.editing.inline_markup import CopyWord, MarkupReader, write_words
from transcribe.editing.moved_edges import misplaced
from transcribe.editing.remark_hints import remarks_of_hint
from transcribe.editing.speaker_turns import (
    MAX_LABEL_CHARS,
    UNSURE_QUESTION,
    UNSURE_VOICE,
    Speakers,
)
from transcribe.editing.text_places import CopyRefused, Place, PlacedText, blank, joined_lines
from transcribe.formats.speaker_labels import is_sentence, reads_as_speech
from transcribe.words import (
    EditedTranscript,
    Span,
    Word,
    is_sentence_end,
    normalised,
    tokens_of,
)

MAX_CHARACTERS = 4_000_000
"""An hour's conversation has about sixty thousand."""

MIN_HEADING_SCORE = 80.0
"""Likeness (0 to 100) to a question of the set that a heading needs: slips are forgiven."""
_MAX_NAME_WORDS = 4
"""Words of a speaker's name; more before a colon are part of a sentence."""

# Copies are compared with a fresh draft to see whether an editor changed them: whoever changes this
# text makes every older copy count as changed.
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
  question mark; if it is not, take out the brackets and what is after the stroke.
- (?) stands after words that were heard unsurely; (?CPA) also says what it may have been. Listen,
  correct, and delete the mark. A mark that is left does no harm.
{mark_lines}- Leave the paragraphs in their order, save, then run: carer-stories edit {story}
{names_line}-->
"""
_UNHEARD_LINES = """\
- [00:52–01:07: somebody speaks here, …] stands where words are missing. Listen, and type what is
  said in place of that line, or take the line out where it is nothing to write down.
"""
_VOICE_LINES = """\
- (?who speaks?) and (?who asks this?) stand where a voice is in doubt. Listen, correct the name
  before the paragraph, or put an empty line where somebody else begins to speak; then delete the
  mark.
"""
_REMARK_LINES = """\
- (?contributor 3: please cut this) is a remark of who told the story, about the words before it.
  All that they said: carer-stories site remarks {story}. Do it, or talk it over with them; then
  delete the mark.
"""
"""Each only where there is such a mark: every other copy stays as it is."""
_UNHEARD_MARK = "[{start}–{end}: somebody speaks here, no words were recognised]"
QUESTION_ROUND_LINE = (
    "- Names were asked about, round {round}. Leave this line: it tells what you have seen.\n"
)
QUESTION_ROUND_PATTERN = re.compile(r"\bNames were asked about, round (\d{1,6})\b")
_CLOCK = r"\d{1,3}:\d{1,2}(?::\d{1,2})?"
_HEADING_INSIDE = re.compile(r"(?<=\s)(?P<mark>#{2,6})(?=\s)")
_CLOCK_PARTS = r"(?:(?P<hours>\d{1,3}):(?=\d{1,2}:))?(?P<minutes>\d{1,3}):(?P<seconds>\d{1,2})"
# As people type it: with a fraction, a full stop for the colon, spaces, a colon after it.
_STAMP = re.compile(
    r"^\[\s?(?:(?P<hours>\d{1,3}):(?=\d{1,2}:))?(?P<minutes>\d{1,3})(?::|\.(?=\d{2}\s?\]))"
    r"(?P<seconds>\d{1,2})(?:[.,]\d{1,3})?\s?\]\s*(?::\s+)?"
)
_UNHEARD = re.compile(
    r"^\[(?:(?P<hours>\d{1,3}):(?=\d{1,2}:))?(?P<minutes>\d{1,3}):(?P<seconds>\d{1,2})\s*[–—-]+\s*"
    r"(?:(?P<end_hours>\d{1,3}):(?=\d{1,2}:))?(?P<end_minutes>\d{1,3}):(?P<end_seconds>\d{1,2})"
    r"(?:[\s:,;][^\]]*)?\]\s*"
)
_UNHEARD_ANYWHERE = re.compile(rf"(?<![\\\[])\[{_CLOCK}\s*[–—-]+\s*{_CLOCK}(?:[\s:,;][^\]]*)?\]")
_WRAPPED_UNHEARD = re.compile(r"^\[\d{1,3}:\d{1,2}(?::\d{1,2})?\s*[–—-][^\]]*$")
_HEADING = re.compile(r"^#{1,6}\s+(.*)$")
_EDGES_AFTER_HEADING = re.compile(r"~~\s*\{[^{}]*\}$")
# The story, as the comment at the top names it.
_STORY_ID = re.compile(r"\b(cs-[a-z0-9-]{1,37})\b")
# The score that a draft writes after a doubtful heading: (?71%).
_HEADING_SCORE = re.compile(r"\s*\(\?[^()]*\)")


@dataclass(frozen=True)
class CopyParagraph:
    """A paragraph of the copy, with its line in the file for messages."""

    line: int
    """Counted from 1."""
    stamp: int | None
    """Milliseconds, in whole seconds; None where the editor wrote no time."""
    speaker: str
    question: str
    """Id of the question it answers; empty before the first."""
    words: tuple[CopyWord, ...]
    place: Place | None = field(default=None, compare=False, repr=False)
    """Its characters in the file."""
    label_place: Place | None = field(default=None, compare=False, repr=False)
    """Characters of the name before it, with its colon; None where it has none."""

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """Return the words spoken, whether or not they are cut or redacted."""
        return tuple(word.text for word in self.words)


@dataclass(frozen=True)
class EditorsCopy:
    """An editor's copy, parsed. `story` is empty where its heading names none."""

    story: str
    paragraphs: tuple[CopyParagraph, ...]
    question_round: int = 0
    """The last round of questions about names that this text has; 0 where it has none."""
    unheard: tuple[Span, ...] = ()
    """Marks that somebody speaks and no words were recognised, in whole seconds."""
    remarks: tuple[str, ...] = ()
    """Sentences about lines that were not read as they stand."""
    unheard_places: tuple[Place, ...] = field(default=(), compare=False, repr=False)
    """Characters of each of those marks in the file."""


def render_draft(
    edited: EditedTranscript,
    questions: QuestionSet,
    hints: Mapping[int, str] | None = None,
    unsure_scores: Mapping[str, float] | None = None,
    unheard: Sequence[Span] = (),
) -> str:
    """Return the text of a first draft. Parsing it gives the same words, speakers and questions.

    `hints` are texts of hints by the number of their word in the transcript. `unsure_scores` has
    the likeness (0 to 100) to what was said of each question that was found with doubt: its heading
    asks the editor to look. A paragraph is divided where a span of `unheard` lies in it.
    """
    hint_of = hints or {}
    word_numbers = count()
    paragraphs = [
        CopyParagraph(
            line=0,
            stamp=words[0].start,
            speaker=turn.speaker,
            question=turn.question,
            words=tuple(
                CopyWord(word.text, hint=hint_of.get(next(word_numbers))) for word in words
            ),
        )
        for turn in edited.turns
        for words in _divided(turn.words, unheard)
    ]
    return write_copy(edited.story, paragraphs, questions, unsure_scores, unheard=unheard)


def _divided(words: Sequence[Word], unheard: Sequence[Span]) -> Iterator[list[Word]]:
    """Yield the words of a turn, divided where somebody speaks between them without words."""
    for _, part in groupby(words, key=lambda word: _marks_before(word.start, unheard)):
        yield list(part)


def _marks_before(moment: int, unheard: Sequence[Span]) -> int:
    return sum(span.start <= moment for span in unheard)


def write_copy(
    story: str,
    paragraphs: Sequence[CopyParagraph],
    questions: QuestionSet,
    unsure_scores: Mapping[str, float] | None = None,
    question_round: int = 0,
    unheard: Sequence[Span] = (),
) -> str:
    """Return the text of `transcript.md`, with every mark; `unsure_scores` as in `render_draft`."""
    titles = {question.id: " ".join(question.ask.split()) for question in questions.questions}
    names_line = QUESTION_ROUND_LINE.format(round=question_round) if question_round else ""
    voice_lines = _VOICE_LINES if _has_unsure_voices(paragraphs) else ""
    unheard_lines = _UNHEARD_LINES if unheard else ""
    remark_lines = _REMARK_LINES.format(story=story) if _has_remarks(paragraphs) else ""
    parts = [
        _HOW_TO.format(
            story=story,
            names_line=names_line,
            mark_lines=f"{voice_lines}{unheard_lines}{remark_lines}",
        )
    ]
    current_question = ""
    written = 0
    joined = _joined_pattern(
        sorted({paragraph.speaker for paragraph in paragraphs if is_name(paragraph.speaker)})
    )
    for paragraph in paragraphs:
        until = _marks_before(paragraph.stamp or 0, unheard)
        parts += map(_unheard_mark, unheard[written:until])
        written = max(written, until)
        if paragraph.question != current_question:
            current_question = paragraph.question
            likeness = (
                f" (?{unsure_scores[current_question]:.0f}%)"
                if unsure_scores and current_question in unsure_scores
                else ""
            )
            parts.append(f"## {titles.get(current_question, current_question)}{likeness}\n")
        stamp = f"[{padded_clock(paragraph.stamp)}] " if paragraph.stamp is not None else ""
        words = _with_escaped_labels(write_words(paragraph.words), joined)
        parts.append(f"{stamp}{paragraph.speaker}: {words}\n")
    parts += map(_unheard_mark, unheard[written:])
    return "\n".join(parts)


def _has_unsure_voices(paragraphs: Sequence[CopyParagraph]) -> bool:
    hints = (word.hint or "" for paragraph in paragraphs for word in paragraph.words)
    return any(doubt in hint for hint in hints for doubt in (UNSURE_VOICE, UNSURE_QUESTION))


def _has_remarks(paragraphs: Sequence[CopyParagraph]) -> bool:
    return any(remarks_of_hint(word.hint) for part in paragraphs for word in part.words)


def count_unheard_marks(text: str) -> int:
    """Return how many marks of speech without words a copy has, also one that cannot be parsed."""
    lines = " ".join(re.sub(r"<!--.*?(?:-->|$)", "", text, flags=re.DOTALL).split())
    return len(_UNHEARD_ANYWHERE.findall(lines))


def _unheard_mark(span: Span) -> str:
    start, end = padded_clock(span.start), padded_clock(later_second(span.end, span.start))
    return f"{_UNHEARD_MARK.format(start=start, end=end)}\n"


def parse_copy(
    text: str, questions: QuestionSet, speakers: Speakers, heard: Sequence[str] = ()
) -> EditorsCopy:
    """Parse an editor's copy as any text editor may have saved it.

    `heard` are the words that were recognised: those before a colon are no new speaker. Line ends,
    a byte-order mark, wrapping and blank lines do not matter. Raises BadInput naming the line of a
    heading that is no question of the set, of a mark without beginning or end, of times out of
    order, and of a heading inside a paragraph.
    """
    # Aligning takes time that grows faster than the text.
    if len(text) > MAX_CHARACTERS:
        raise BadInput("This text is far longer than any conversation.", "Check which file it is.")
    lines = _split_lines(text)
    reader = _CopyReader(questions, speakers, _stamped_labels(lines), heard)
    for number, line in enumerate(lines, start=1):
        reader.read_line(number, line)
    return reader.finish()


_LINE_END = re.compile(r"\r\n|\r|\n")


def _split_lines(text: str) -> list[PlacedText]:
    """Return the lines of a text, without the spaces about each."""
    lines, at = [], len(text) - len(text.removeprefix("\ufeff"))
    for end in _LINE_END.finditer(text):
        lines.append(PlacedText.at(text[at : end.start()], at).stripped())
        at = end.end()
    return [*lines, PlacedText.at(text[at:], at).stripped()]


def _stamped_labels(lines: Iterable[PlacedText]) -> tuple[str, ...]:
    """Return the names that stand between a time and a colon: the speakers of this text."""
    names: dict[str, None] = {}
    for line in lines:
        if stamp := _STAMP.match(_split_cut_mark(line.text)[1]):
            name, colon, _ = stamp.string[stamp.end() :].removeprefix("~~").partition(":")
            if colon and is_name(name):
                names[" ".join(tokens_of(name))] = None
    return tuple(names)


class _CopyReader:
    """Reads the file line by line; a blank line, a time or a heading begins a new paragraph."""

    def __init__(
        self,
        questions: QuestionSet,
        speakers: Speakers,
        stamped_labels: Sequence[str],
        heard: Sequence[str],
    ) -> None:
        self._questions = questions
        self._labels = (speakers.interviewer, speakers.contributor)
        # In this order, so that a name is written as the story has it.
        self._known = {
            name.casefold(): name for name in (*reversed(stamped_labels), *self._labels) if name
        }
        self._joined = _joined_pattern(stamped_labels)
        # The time of a paragraph whose brackets are lost, as programs for tables and mails do.
        self._loose_stamp = re.compile(
            rf"[\[(［]?{_CLOCK_PARTS}[\])］]?\s+(?={_label_pattern(stamped_labels)})", re.IGNORECASE
        )
        self._heard = f" {' '.join(map(normalised, heard))} "
        self._remarks: list[str] = []
        self._story = ""
        self._question_round = 0
        self._comment_line = 0  # where the comment begins that is being read; 0 outside one
        self._comment_place = Place(0, 0)
        self._heading: list[str] = []  # its lines: an editor's program may wrap it
        self._heading_line = 0
        self._heading_places: list[Place] = []
        self._question = ""
        self._line_of_question: dict[str, int] = {}
        self._markup = MarkupReader()
        self._lines: list[PlacedText] = []
        self._first_line = 0
        self._paragraphs: list[CopyParagraph] = []
        self._unheard: list[Span] = []
        self._unheard_places: list[Place] = []
        # The beginning of such a mark that the editor's program wrapped.
        self._mark = PlacedText("", ())

    def read_line(self, number: int, line: PlacedText) -> None:
        # First of all: nothing in a note is spoken.
        if self._comment_line or line.text.startswith("<!--"):
            self._read_comment(number, line)
            return
        if self._mark and line:
            line, self._mark = joined_lines([self._mark, line], " "), PlacedText("", ())
        if _WRAPPED_UNHEARD.match(line.text):
            self._close_block()
            self._mark = line
            return
        cut_mark, content = _split_cut_mark(line.text)
        if not line:
            self._close_block()
        elif heading := _HEADING.match(content):
            self._close_block()
            self._read_heading(number, cut_mark, heading[1], line)
        elif mark := _UNHEARD.match(content):
            self._close_block()
            spoken = self._read_unheard(line, cut_mark, content, mark)
            if spoken:
                self._begin_paragraph(number, spoken)
        elif _STAMP.match(content):
            self._close_block()
            self._begin_paragraph(number, line)
        elif self._heading:
            self._read_after_heading(number, line)
        elif self._lines:
            self._lines.append(line)
        else:
            self._begin_paragraph(number, line)

    def finish(self) -> EditorsCopy:
        if self._comment_line:
            raise CopyRefused(
                self._comment_line,
                "the note that begins with <!-- has no end.",
                "Put --> at its end, or take the note out.",
                place=self._comment_place,
                repairs=[blank(self._comment_place)],
            )
        self._close_block()
        self._markup.finish()
        return EditorsCopy(
            self._story,
            tuple(self._paragraphs),
            self._question_round,
            tuple(self._unheard),
            tuple(self._remarks),
            tuple(self._unheard_places),
        )

    def _read_comment(self, number: int, line: PlacedText) -> None:
        if not self._comment_line:
            self._close_block()
            self._comment_line = number
            self._comment_place = line.place_of(0, len("<!--"))
        if not self._story and not self._paragraphs and (named := _STORY_ID.search(line.text)):
            self._story = named[1]
        # Only in the note on top: one further down may be of another copy, pasted in.
        if not self._paragraphs and (stated := QUESTION_ROUND_PATTERN.search(line.text)):
            self._question_round = int(stated[1])
        if "-->" in line.text:
            self._comment_line = 0
            following = line.ending(line.text.partition("-->")[2]).stripped()
            if following:
                self.read_line(number, following)

    def _read_heading(self, number: int, cut_mark: str, heading: str, line: PlacedText) -> None:
        """Read a heading; a cut may begin before it or end after it."""
        question = _HEADING_SCORE.sub("", heading)
        scored = _HEADING_SCORE.sub(lambda score: " " * len(score[0]), line.text).rstrip()
        if edges := _EDGES_AFTER_HEADING.search(scored):
            place = line.place_of(edges.start() + len("~~"), edges.end())
            raise CopyRefused.at(misplaced(number, "behind a heading"), number, place)
        end_mark = "~~" if question.endswith("~~") else ""
        # Both marks go to the markup reader, so that a cut may reach over the heading.
        end_at = scored.rfind("~~") if end_mark else len(scored)
        marks = [line.part(0, len(cut_mark)), line.part(end_at, end_at + len(end_mark))]
        both = joined_lines([mark for mark in marks if mark] or marks[:1], " ")
        self._markup.read(both.text, number, both.places)
        self._heading, self._heading_line = [question.removesuffix("~~").strip()], number
        self._heading_places = [line.place_of(0, len(line.text))]

    def _read_after_heading(self, number: int, line: PlacedText) -> None:
        """Read the rest of a heading that the editor's program wrapped, or a paragraph under it."""
        wrapped = " ".join([*self._heading, line.text])
        if self._best_score(wrapped) > self._best_score(" ".join(self._heading)):
            self._heading.append(line.text)
            self._heading_places.append(line.place_of(0, len(line.text)))
        else:
            self._close_block()
            self._begin_paragraph(number, line)

    def _read_unheard(
        self, line: PlacedText, cut_mark: str, content: str, mark: re.Match[str]
    ) -> PlacedText:
        """Keep the mark of speech without words that begins `content`; return the line without it.

        `line` begins with `cut_mark` and ends with `content`.
        """
        self._unheard.append(_marked_span(mark))
        begin = line.ending(content)
        self._unheard_places.append(begin.place_of(0, len(mark[0].rstrip())))
        return joined_lines([line.part(0, len(cut_mark)), begin.part(mark.end())], "")

    def _begin_paragraph(self, number: int, line: PlacedText) -> None:
        self._lines, self._first_line = [line], number

    def _close_block(self) -> None:
        if self._mark:  # without an end: then it is a paragraph like any other
            self._begin_paragraph(self._first_line, self._mark)
            self._mark = PlacedText("", ())
        if self._heading:
            self._begin_question(" ".join(self._heading))
            self._heading = []
        if self._lines:
            self._add_paragraphs(joined_lines(self._lines))
            self._lines = []

    def _best_score(self, heading: str) -> float:
        return max((score for score, _ in self._question_scores(heading)), default=0.0)

    def _question_scores(self, heading: str) -> list[tuple[float, str]]:
        comparable = _comparable(heading)
        return [
            (fuzz.ratio(comparable, _comparable(question.ask)), question.id)
            for question in self._questions.questions
        ]

    def _begin_question(self, heading: str) -> None:
        # Of two questions in the same words, the one that has no heading yet is meant.
        ranked = [
            (score, question not in self._line_of_question, question)
            for score, question in self._question_scores(heading)
        ]
        score, _, question = max(ranked, key=lambda row: row[:2], default=(0.0, True, ""))
        refused = partial(
            CopyRefused,
            self._heading_line,
            place=Place(self._heading_places[0].start, self._heading_places[-1].end),
            repairs=map(blank, self._heading_places),
        )
        if score < MIN_HEADING_SCORE:
            headings = "\n".join(f"  ## {known.ask}" for known in self._questions.questions)
            raise refused(
                f"“{heading}” is not a question of this story’s set.",
                f"Headings are the set’s questions:\n{headings}",
            )
        if question in self._line_of_question:
            raise refused(
                f"“{heading}” is a heading already in line {self._line_of_question[question]}.",
                "Each question has one heading: take one of the two out.",
            )
        self._line_of_question[question] = self._heading_line
        self._question = question

    def _add_paragraphs(self, block: PlacedText) -> None:
        """Add the paragraphs of a block: where a time stands inside it, two were joined."""
        first_line, text = self._first_line, block.text
        hidden = list(_redaction_spans(text))
        begin = 0
        for mark in self._joined.finditer(text):
            at = mark.start("mark")
            if at <= begin or any(start < at < end for start, end in hidden):
                continue
            self._first_line = first_line + text.count("\n", 0, begin)
            self._add_part(block.part(begin, at))
            begin = at
            line = first_line + text.count("\n", 0, at)
            self._remarks.append(
                f"Line {line}: “{' '.join(mark['mark'].removeprefix('~~').split())}” stands inside "
                "a paragraph. It was taken for the beginning of a new one."
            )
        self._first_line = first_line + text.count("\n", 0, begin)
        self._add_part(block.part(begin))

    def _add_part(self, part: PlacedText) -> None:
        """Add a paragraph, or take a mark of speech without words that stood inside one."""
        cut_mark, content = _split_cut_mark(part.stripped().text)
        if mark := _UNHEARD.match(content):
            part = self._read_unheard(part.stripped(), cut_mark, content, mark)
            if not part.text.strip():
                return
        heading = _HEADING_INSIDE.search(_without_redactions(part.text))
        if heading:
            line = self._first_line + part.text.count("\n", 0, heading.start("mark"))
            place = part.place_of(*heading.span("mark"))
            raise CopyRefused(
                line,
                f"the heading “{heading['mark']} …” stands inside a paragraph.",
                "Put it on a line of its own, with an empty line before it. "
                "To write # as a word, put \\ before it.",
                place=place,
                repairs=[blank(place)],
            )
        self._add_paragraph(part)

    def _add_paragraph(self, part: PlacedText) -> None:
        # A cut may begin before the time or between the time and the name.
        before_stamp, stamped = _split_cut_mark(part.text)
        stamp, content = _split_stamp(stamped)
        if stamp is None and (loose := self._loose_stamp.match(content)):
            stamp, content = _stamp_ms(loose), content[loose.end() :]
        stamp_text = stamped[: len(stamped) - len(content)].rstrip()
        before_name, content = _split_cut_mark(content)
        speaker, spoken = self._split_speaker(content, is_stamped=stamp is not None)
        line = self._first_line + part.text[: len(part.text) - len(spoken)].count("\n")
        label = content[: len(content) - len(spoken)].rstrip()
        said = part.ending(spoken.lstrip())
        marked = PlacedText(
            f"{before_stamp}{before_name}{said.text}",
            [*_mark_places(part, before_stamp, before_name, content), *said.places],
        )
        words = self._markup.read(marked.text, line, marked.places)
        if not words:
            return
        before = next(
            (earlier for earlier in reversed(self._paragraphs) if earlier.stamp is not None), None
        )
        if stamp is not None and before is not None and stamp < (before.stamp or 0):
            place = part.ending(stamped).place_of(0, len(stamp_text))
            raise CopyRefused(
                self._first_line,
                f"the paragraph at [{padded_clock(stamp)}] stands after "
                f"the one at [{padded_clock(before.stamp or 0)}] (line {before.line}).",
                "Put it back where it was said. If only its time is wrong, take the time out.",
                place=place,
                repairs=[blank(place)],
            )
        whole = part.stripped()
        self._paragraphs.append(
            CopyParagraph(
                self._first_line,
                stamp,
                speaker,
                self._question,
                words,
                whole.place_of(0, len(whole.text)),
                part.ending(content).place_of(0, len(label)) if label else None,
            )
        )

    def _split_speaker(self, text: str, *, is_stamped: bool) -> tuple[str, str]:
        """Return the speaker and what is said; without a label, the previous speaker.

        After a time stands a name. Where the editor wrote none, “My view is simple: …” is said,
        and so are words that were heard, unless the story has such a speaker.
        """
        for label in self._labels:
            if text.startswith(f"{label}:"):
                return label, text[len(label) + 1 :]
        if is_stamped and (bold := _BOLD_NAME.match(text)) and is_name(bold["name"]):
            return " ".join(tokens_of(bold["name"])), text[bold.end() :]
        if (hidden := _HIDDEN_NAME.match(text)) and (shown := self._label_in_brackets(hidden)):
            return shown, text[hidden.end() :]
        name, colon, spoken = text.partition(":")
        plain = " ".join(tokens_of(name))
        if colon and spoken[:1] in ("", " ", "\n") and "\n" not in name.strip():
            if known := self._known.get(plain.casefold()):
                return known, spoken
            if is_name(name) and (is_stamped or self._is_new_speaker(plain, spoken)):
                return plain, spoken
            if is_stamped and _may_be_label(plain):
                self._remarks.append(
                    f"Line {self._first_line}: “{plain}:” was taken for words. If it is who "
                    "speaks, write it as a name: with a capital, in up to four words."
                )
        return (self._paragraphs[-1].speaker if self._paragraphs else self._labels[1]), text

    def _label_in_brackets(self, hidden: re.Match[str]) -> str:
        """Return what is shown for a hidden name that is who speaks; "" where it is said."""
        words = " ".join(map(normalised, tokens_of(hidden["name"])))
        shown = " ".join(tokens_of(hidden["shown"] or ""))
        shown = f"{shown[:1].upper()}{shown[1:]}"
        if f" {words} " in self._heard or not self._heard.strip() or not is_name(shown):
            return ""
        self._remarks.append(
            f"Line {self._first_line}: what stands in brackets before the colon is not heard. "
            f"It was taken for who speaks: “{shown}”."
        )
        return shown

    def _is_new_speaker(self, name: str, spoken: str) -> bool:
        """Return True for a name that an editor typed before a paragraph; tell where it is not.

        A new name before what was recognised says who it was; before words that the editor typed as
        well, “Sheffield: never again” is one of them.
        """
        words = name.split()
        if f" {' '.join(map(normalised, words))} " in self._heard:
            return False
        is_name = len(words) == 1 or (
            all(word[:1].isupper() for word in words) and not reads_as_speech(name)
        )
        if is_name and self._was_heard(spoken):
            return True
        if is_name or not reads_as_speech(name):
            self._remarks.append(
                f"Line {self._first_line}: “{name}:” was taken for words. If it is who speaks, "
                f"put its time before it, as in [00:13] {name}: …"
            )
        return False

    def _was_heard(self, spoken: str) -> bool:
        """Return True where most of what a paragraph begins with was recognised, in that order."""
        literal = _CUT_MARK.sub("", _REDACTED.sub(r"\1", spoken))
        words = [plain for token in tokens_of(literal)[:_BEGINNING] if (plain := normalised(token))]
        pairs = [" ".join(pair) for pair in pairwise(words)] or words
        heard_pairs = sum(f" {pair} " in self._heard for pair in pairs)
        return not self._heard.strip() or 2 * heard_pairs >= max(1, len(pairs))


_BOLD_NAME = re.compile(r"\*{1,3}(?P<name>[^*:\n]{1,60})(?::\*{1,3}|\*{1,3}:)(?=\s)")
_HIDDEN_NAME = re.compile(
    r"\[\[(?!\?)(?P<name>[^\[\]|\n]{1,60})\|(?P<shown>[^\[\]\n]{0,60})\]\]:(?=\s)"
)
_MOVED = r"(?:\{[^{}\w]*\d[^{}]*\})?"
_REDACTED = re.compile(rf"\[\[([^\[\]|]*)(?:\|[^\[\]]*)?\]\]{_MOVED}")
_CUT_MARK = re.compile(rf"~~{_MOVED}")
_BEGINNING = 12
"""Words of a paragraph by which it is known again."""


def _mark_places(
    part: PlacedText, before_stamp: str, before_name: str, content: str
) -> Iterator[int]:
    """Yield where the marks stand with which a cut begins before the time or before the name."""
    yield from part.places[: len(before_stamp)]
    if before_name:
        at = part.text.rfind("~~", 0, len(part.text) - len(content))
        yield from part.places[at : at + len(before_name)]


def _label_pattern(labels: Sequence[str]) -> str:
    if not labels:
        return "(?!)"  # fits nothing
    by_length = sorted(labels, key=len, reverse=True)
    names = "|".join(r"\s+".join(map(re.escape, label.split())) for label in by_length)
    return rf"(?:(?:{names})\s?:(?=\s|$))"


def _joined_pattern(labels: Sequence[str]) -> re.Pattern[str]:
    """Return the pattern of what begins a paragraph, and stands inside one by mistake."""
    label = _label_pattern(labels)
    # After a backslash they are words, and after another bracket they are hidden.
    typed = rf"\[\s?(?:{_CLOCK}(?:[.,]\d{{1,3}})?|\d{{1,3}}\.\d{{2}})\s?\]"
    stamp = rf"(?<![\\\[]){typed}(?!\])\s*{label}?"
    loose = rf"(?<!\S)[\[(［]?{_CLOCK}[\])］]?\s+{label}"
    after_sentence = rf"(?<=[.!?…”\"’)\]]\s){label}"
    after_edges = rf"(?<=[\d,]\}}\s){label}"
    return re.compile(
        rf"(?P<mark>(?:~~)?(?:{stamp}|{_UNHEARD_ANYWHERE.pattern}|{loose})|{after_sentence}"
        rf"|{after_edges})",
        re.IGNORECASE,
    )


def _with_escaped_labels(text: str, joined: re.Pattern[str]) -> str:
    """Return a paragraph's text in which no word is read as the beginning of another paragraph."""
    hidden = list(_redaction_spans(text))

    def escaped(mark: re.Match[str]) -> str:
        if any(start < mark.start() < end for start, end in hidden):
            return mark[0]
        return f"{mark[0][:-1]}\\:" if mark[0].endswith(":") else mark[0]

    return joined.sub(escaped, text)


def _redaction_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each redaction begins and ends; in one pass, whatever stands there."""
    at = 0
    while (start := text.find("[[", at)) >= 0:
        at = start + 1
        if start and text[start - 1] == "\\":
            continue
        end = text.find("]]", start + 2)
        while end >= 0 and text[end + 2 : end + 3] == "]":
            end += 1
        if end < 0:
            return
        at = end + 2
        yield start, at


def _without_redactions(text: str) -> str:
    """Return a text as long, in which nothing of a redaction stands."""
    parts, at = [], 0
    for start, end in _redaction_spans(text):
        parts += [text[at:start], "x" * (end - start)]
        at = end
    return "".join([*parts, text[at:]])


def _marked_span(mark: re.Match[str]) -> Span:
    return Span(
        start=from_parts(mark["hours"], mark["minutes"], mark["seconds"]),
        end=from_parts(mark["end_hours"], mark["end_minutes"], mark["end_seconds"]),
    )


def _split_cut_mark(line: str) -> tuple[str, str]:
    """Return the mark of a cut before a time, a name or a heading, and what follows it."""
    content = line.removeprefix("~~")
    return ("~~", content.lstrip()) if content != line else ("", line)


def _split_stamp(text: str) -> tuple[int | None, str]:
    stamp = _STAMP.match(text)
    if not stamp:
        return None, text
    return _stamp_ms(stamp), text[stamp.end() :]


def _stamp_ms(stamp: re.Match[str]) -> int:
    return from_parts(stamp["hours"], stamp["minutes"], stamp["seconds"])


def is_name(text: str) -> bool:
    """Return whether a text before a colon reads as a name rather than as part of a sentence."""
    words = text.split()
    return (
        0 < len(words) <= _MAX_NAME_WORDS
        and len(text) <= MAX_LABEL_CHARS
        and words[0][:1].isupper()
        and not is_sentence(text)
        and not any(mark in text for mark in ',;!?“”"[]\\~|')
        # “Dr. Patel” and “J. Marsh” are names, “I went. He” is none.
        and not any("." in word and is_sentence_end(word) for word in words)
    )


def _may_be_label(name: str) -> bool:
    """Return True for words before a colon, after a time, that look like no sentence."""
    return 0 < len(name.split()) <= _MAX_NAME_WORDS and not reads_as_speech(name)


def _comparable(text: str) -> str:
    """Return a text's words without case and punctuation."""
    return " ".join(normalised(token) for token in tokens_of(text))


def tokens_in(paragraphs: Sequence[CopyParagraph]) -> list[str]:
    """Return every token of the copy in order."""
    return [token for paragraph in paragraphs for token in paragraph.tokens]
