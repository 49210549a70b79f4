"""Read the words of JSON by any recogniser, and of our own.

Names of fields and the place of words differ: `transcribe.formats.json_dialects` has the tables. A
file that breaks off is read as far as it goes, segment by segment, and every segment or word that
cannot be read or placed is listed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from library.core.counting import counted
from library.core.errors import BadInput
from transcribe.formats.json_dialects import (
    SEGMENT_LISTS,
    STARTS,
    UNKNOWN,
    WORD_LISTS,
    WORD_TEXTS,
    Times,
    as_list,
    dialect_of,
    first_field,
    full_text,
    is_number,
    listed_names,
    lists_within,
    probability_of,
    scale_of,
    speaker_of,
    text_of,
    with_alternative,
)
from transcribe.formats.otter_json import otter_segments
from transcribe.formats.passage_labels import take_labels
from transcribe.formats.source_file import (
    Fault,
    SourcePassage,
    SourceTranscript,
    SourceWord,
    excerpt,
)
from transcribe.formats.speaker_labels import LabelAnswers
from transcribe.formats.word_texts import settled_by, with_spaces, words_in

OPENAI, FASTER, WHISPERX, OURS = "openai-whisper", "faster-whisper", "WhisperX", "Carer Stories"
_MAX_FIGURE = 1e6  # of an engine's own measures
_OF_WHISPER = {
    "avg_logprob",
    "no_speech_prob",
    "compression_ratio",
    "seek",
    "tokens",
    "probability",
}
_FORMAT_SAMPLE = 50  # segments that are looked at to tell the format
# The segments are a field of an object, or the whole file, as people dump faster-whisper's.
_LISTS = tuple(
    re.compile(pattern)
    for pattern in (
        r'"segments"\s*:\s*\[|^\s*\[',
        *(rf'"{name}"\s*:\s*\[' for name in SEGMENT_LISTS),
    )
)


def words_from_json(text: str, answers: LabelAnswers | None = None) -> SourceTranscript:
    """Return the words of a JSON transcript. Raises BadInput for JSON of another kind."""
    faults: list[Fault] = []
    data = _decoded(text, faults)
    if isinstance(data, dict) and "words" in data and "audio_sha256" in data:
        return _own_words(data, faults)
    of_otter = otter_segments(data)
    entries = of_otter or _segments(data)
    reader = _SegmentReader(_times_for(entries))
    passages = _named(reader.read(entries), listed_names(data))
    faults += reader.faults
    passages = _with_full_text(passages, full_text(data), faults)
    if not passages and (entries or full_text(data).strip()):
        why = f" {faults[0]}" if faults else ""
        raise BadInput(
            f"Nothing of this transcript could be read.{why}",
            "Export it anew with the times of its segments, or as WebVTT.",
        )
    named, labels = take_labels(passages, answers=answers)
    name = "Otter" if of_otter else _format(data, entries)
    return SourceTranscript(name, named, faults, labels.notes, labels.unsure)


def _named(passages: list[SourcePassage], names: Mapping[str, str]) -> list[SourcePassage]:
    """Return passages with the names of those who speak, where the file lists them elsewhere."""
    return [
        replace(
            passage,
            speaker=names.get(passage.speaker, passage.speaker),
            words=tuple(
                word._replace(speaker=names.get(word.speaker, word.speaker))
                for word in passage.words
            ),
        )
        for passage in passages
    ]


def _segments(data: Any) -> list[Any]:
    """Return the list of segments or of words that says most. Raises BadInput where none does."""
    listed = data.get("segments") if isinstance(data, dict) else data
    if isinstance(listed, list) and (not listed or any(map(_is_segment, listed))):
        if listed and isinstance(data, dict):
            return _with_words_beside(listed, as_list(data.get("words")))
        if listed:
            return listed
    if isinstance(listed, list) and listed and isinstance(data, dict) and _is_word_list(data):
        return _with_words_beside(listed, as_list(data.get("words")))
    candidates = {path: entries for path, entries in lists_within(data) if any(map(_says, entries))}
    readings = _readings(candidates)
    most = max((letters for _, (letters, *_) in readings), default=0)
    if not most:
        if bare := _list_of_lists(data):
            return [{"words": bare}]
        if isinstance(listed, list) and not listed and not candidates and isinstance(data, dict):
            return []
        if candidates:
            return next(iter(candidates.values()))
        if full_text(data).strip():
            raise BadInput(
                "this JSON has words and no times, so it is not known when anything was said.",
                "Export it anew with the times of its segments, or as WebVTT.",
            )
        raise BadInput(
            "This JSON is not a transcript: it has no list of segments.",
            "Name JSON of a speech recogniser, with times.",
        )
    # Of lists that say nearly as much, the one that also says who speaks, and when.
    enough = [reading for reading in readings if reading[1][0] >= _NEARLY * most]
    return max(enough, key=lambda reading: (*reading[1][1:], reading[1][0]))[0]


def _list_of_lists(data: Any) -> list[Any]:
    """Return words that are lists without names, where the file has nothing else."""
    for values in (data, *(data.values() if isinstance(data, dict) else ())):
        if isinstance(values, list) and values and all(map(_as_entry, values)):
            return values
    return []


_Gain = tuple[int, bool, bool]
_Reading = tuple[list[dict[str, Any]], _Gain]
"""A list, and what it gives."""


def _readings(candidates: Mapping[str, list[dict[str, Any]]]) -> list[_Reading]:
    """Return what each list gives, without lists that only say all of another one twice."""
    gains = {path: _gain(entries) for path, entries in candidates.items()}
    return [
        (candidates[path], gain)
        for path, gain in gains.items()
        if not any(
            path.startswith(above) and path != above and _is_twice(gain[0], gains[above][0])
            for above in gains
        )
    ]


def _is_twice(letters: int, above: int) -> bool:
    return above > 0 and abs(letters / above - 2) < 1 - _NEARLY


_NEARLY = 0.95
"""Share of the most letters that a list must have to be chosen for its times."""


def _gain(entries: list[dict[str, Any]]) -> _Gain:
    """Return letters of what is read, and whether it has speakers, and times of words."""
    passages = _SegmentReader(_times_for(entries)).read(entries)
    words = [word for passage in passages for word in passage.words]
    return (
        sum(len(word.text.strip()) for word in words),
        any(passage.speaker for passage in passages),
        any(word.start is not None for word in words),
    )


def _says(entry: dict[str, Any]) -> bool:
    whole = with_alternative(entry)
    return bool(text_of(whole).strip() or text_of(whole, WORD_TEXTS).strip() or _word_list(whole))


def _is_word_list(data: Mapping[str, Any]) -> bool:
    return any(isinstance(entry, dict) and _says(entry) for entry in as_list(data.get("segments")))


def _with_words_beside(segments: list[Any], words: list[Any]) -> list[Any]:
    """Return segments with the words that stand in a list of their own beside them."""
    timed = [word for word in words if isinstance(word, dict)]
    if not timed or any(isinstance(each, dict) and each.get("words") for each in segments):
        return segments
    times = Times(scale_of(timed))
    starts = [times.bounds(word)[0] for word in timed]
    bounds = [
        times.bounds(segment) if isinstance(segment, dict) else (None, None) for segment in segments
    ]
    following = [start for start, _ in bounds[1:]] + [None]
    used = 0
    result = []
    for segment, (start, _), after in zip(segments, bounds, following, strict=True):
        last = used
        while last < len(timed) and (after is None or (starts[last] or 0) < after):
            last += 1
        if isinstance(segment, dict) and start is not None:
            segment = {**segment, "words": timed[used:last]}
        result.append(segment)
        used = last
    return result


def _times_for(entries: Sequence[Any]) -> Times:
    """Return a reader of times in the unit of this file."""
    timed = [with_alternative(entry) for entry in entries if isinstance(entry, dict)]
    nested = [word for entry in timed for word in _word_list(entry) if isinstance(word, dict)]
    words = [with_alternative(word) for word in nested]
    return Times(scale_of(words or timed))


def _word_list(entry: Mapping[str, Any]) -> list[Any]:
    """Return the words of a segment as they are listed."""
    if isinstance(entry.get("words"), list):
        return as_list(entry["words"])
    lists = (as_list(entry.get(name)) for name in WORD_LISTS)
    return next((words for words in lists if any(map(_is_word, words))), [])


def _is_word(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and any(isinstance(part, str) for part in value)
    return isinstance(value, dict) and bool(text_of(with_alternative(value), WORD_TEXTS))


class _SegmentReader:
    """Reads a list of segments, or of words, as passages of one voice each."""

    def __init__(self, times: Times) -> None:
        self._times = times
        self._last_end = 0
        self.faults: list[Fault] = []

    def read(self, entries: Sequence[Any]) -> list[SourcePassage]:
        whole = [
            with_alternative(entry) if isinstance(entry, dict) else entry
            for entry in _final(entries)
        ]
        if _are_words(whole):
            words = self._words(whole, "", 0, 0)
            if any(word.start is not None for word in words):
                return _divided(words)
            quoted = excerpt(" ".join(word.text.strip() for word in words), 80)
            self._list(f"the words have no times and were left out: {quoted}.")
            return []
        return [
            passage
            for number, segment in enumerate(whole, start=1)
            for passage in self._passages(segment, number)
        ]

    def _passages(self, segment: object, number: int) -> list[SourcePassage]:
        """Return a segment as one passage a voice: WhisperX tells voices word by word."""
        if not isinstance(segment, dict):
            self._list(f"segment {number} is no segment and was left out.")
            return []
        text, voice = text_of(segment), speaker_of(segment)
        start, end = self._times.bounds(segment)
        words = self._words(_word_list(segment), voice, number, start or 0)
        if words and text:
            words, unplaced = settled_by(text, words)
            for words_left in unplaced:
                self._list(
                    f"{excerpt(words_left, 80)} stands in the text of segment {number} and not "
                    "among its words; what stands among them was taken."
                )
        if not words:
            words = [SourceWord(word, speaker=voice) for word in words_in(text)]
        if start is None and end is not None and not first_field(segment, STARTS)[0]:
            start = min(self._last_end, end)  # Google says where a result ends, and no more
        start, end = _bounds(start, end, words)
        self._last_end = end or self._last_end
        if start is None or end is None:
            if words:
                left_out = excerpt(text or " ".join(word.text for word in words), 80)
                self._list(f"segment {number} has no times and was left out: {left_out}.")
            return []
        return [
            replace(
                passage,
                compression_ratio=_figure(segment, "compression_ratio", 1.0),
                no_speech_probability=_figure(segment, "no_speech_prob", 0.0),
                average_logprob=_figure(segment, "avg_logprob", 0.0),
            )
            for passage in _by_voice(words, start, end)
        ]

    def _words(
        self, values: Sequence[Any], voice: str, number: int, segment_start: int
    ) -> list[SourceWord]:
        """Return the words of a list; punctuation that stands by itself ends the word before."""
        words: list[SourceWord] = []
        is_relative = any(isinstance(value, dict) and _SINCE_SEGMENT in value for value in values)
        for value in values:
            entry = _as_entry(value)
            text = text_of(entry, WORD_TEXTS) if entry is not None else ""
            if entry is None or not any(isinstance(entry.get(name), str) for name in WORD_TEXTS):
                self._list(
                    f"a word of segment {number} cannot be read and was left out."
                    if number
                    else "a word cannot be read and was left out."
                )
                continue
            if not text.strip() or _SPECIAL.fullmatch(text.strip()):
                continue
            start, end = self._times.bounds(entry)
            if first_field(entry, STARTS)[0] == _SINCE_SEGMENT:
                start = segment_start + (start or 0)
            elif start is None and not words and is_relative:
                start = segment_start
            is_mark = not any(map(str.isalnum, text))
            is_mark = is_mark and (start is None or str(entry.get("type")).startswith("punct"))
            if is_mark and words:
                words[-1] = words[-1]._replace(text=words[-1].text + text.strip())
                continue
            speaker = speaker_of(entry) or voice
            words.append(SourceWord(text, start, end, probability_of(entry), speaker))
        return words

    def _list(self, sentence: str) -> None:
        self.faults.append(Fault(0, sentence))


# Tokens of Whisper that stand for no sound: “[_BEG_]”, “<|0.00|>”.
_SPECIAL = re.compile(r"\[_[A-Z]+_?\d{0,6}_?\]|<\|[^|<>]{0,40}\|>")
_SINCE_SEGMENT = "tOffsetMs"
"""Field of a word that counts from the beginning of its segment."""


def _as_entry(value: object) -> dict[str, Any] | None:
    """Return a word with names for its parts, which some programs write as a list."""
    if isinstance(value, list):
        # Older faster-whisper, and IBM.
        for names in (("start", "end", "word", "probability"), ("word", "start", "end")):
            if len(value) == len(names) and isinstance(value[names.index("word")], str):
                return dict(zip(names, value, strict=True))
        return None
    if isinstance(value, str):
        return {"word": value}
    return with_alternative(value) if isinstance(value, dict) else None


def _final(entries: Sequence[Any]) -> list[Any]:
    """Return entries without those that were only preliminary, or say all of the others again."""
    final = [entry for entry in entries if not _is_preliminary(entry)] or list(entries)
    counts = [
        len(_word_list(with_alternative(entry))) if isinstance(entry, dict) else 0
        for entry in final
    ]
    # Google says all words once more, with their speakers.
    if len(final) > 1 and counts[-1] and counts[-1] == sum(counts[:-1]):
        words = [word for word in _word_list(with_alternative(final[-1])) if isinstance(word, dict)]
        if words and all(map(speaker_of, words)):
            return final[-1:]
    return final


def _is_preliminary(entry: object) -> bool:
    return isinstance(entry, dict) and any(
        entry.get(name) is value
        for name, value in (("final", False), ("isFinal", False), ("IsPartial", True))
    )


def _are_words(entries: Sequence[Any]) -> bool:
    """Return True for a list of words rather than of segments."""
    texts = [
        text_of(entry, WORD_TEXTS)
        for entry in entries
        if isinstance(entry, dict) and not _word_list(entry)
    ]
    with_text = [text for text in texts if text.strip()]
    return (
        len(texts) == len(entries)
        and len(with_text) > 1
        and all(len(text.split()) == 1 for text in with_text)
    )


_PAUSE_MS = 1_500
"""Milliseconds of silence after which words of one list begin another passage."""


def _divided(words: list[SourceWord]) -> list[SourcePassage]:
    """Divide a list of words at long pauses, and where the voice changes."""
    passages: list[SourcePassage] = []
    first = 0
    for at in range(1, len(words) + 1):
        if at == len(words) or _is_pause(words[at - 1], words[at]):
            passages += _by_voice(words[first:at])
            first = at
    return passages


def _is_pause(before: SourceWord, word: SourceWord) -> bool:
    ended = before.end if before.end is not None else before.start
    return None not in (ended, word.start) and (word.start or 0) - (ended or 0) > _PAUSE_MS


def _with_full_text(
    passages: list[SourcePassage], text: str, faults: list[Fault]
) -> list[SourcePassage]:
    """Put in the words that the text of the whole file has and no segment; list what differs."""
    words = [word for passage in passages for word in with_spaces(passage.words)]
    if not words or not text.strip():
        return passages
    if "".join(word.text for word in words).split() == text.split():
        return passages
    numbered = [
        word._replace(speaker=str(at))
        for at, passage in enumerate(passages)
        for word in with_spaces(passage.words)
    ]
    settled, left = settled_by(text, numbered)
    faults += [
        Fault(0, f"{excerpt(part, 80)} stands in the text of the file and in no segment.")
        for part in left
    ]
    if len(settled) <= len(_whole_words(numbered)):
        return passages
    own_words: dict[str, list[SourceWord]] = {}
    for word in settled:
        own_words.setdefault(word.speaker, []).append(word)
    return [
        replace(
            passage,
            words=tuple(
                word._replace(speaker=passage.speaker) for word in own_words.get(str(at), ())
            )
            or passage.words,
        )
        for at, passage in enumerate(passages)
    ]


def _whole_words(words: Sequence[SourceWord]) -> list[SourceWord]:
    return [word for word in words if word.text[:1].isspace()]


def _decoded(text: str, faults: list[Fault]) -> Any:
    try:
        return json.loads(text)
    # RecursionError: brackets within brackets by the thousand are no transcript.
    except (ValueError, RecursionError) as error:
        if documents := _documents(text):
            return documents
        line = text.count("\n", 0, getattr(error, "pos", 0)) + 1
        # A file may break off, and what stands before that is good.
        segments, line = _whole_segments(text, line)
        if not segments:
            raise BadInput(f"This is not whole JSON (line {line}).", "Check the file.") from None
        faults.append(
            Fault(
                line, f"the file is torn here; before it {counted(len(segments), 'segment')} read."
            )
        )
        return {"segments": segments}


def _documents(text: str) -> list[Any]:
    """Return the documents of a file of several, as Vosk and servers write them; else nothing."""
    decoder = json.JSONDecoder()
    documents: list[Any] = []
    at = 0
    while (at := _skip(text, at, " \t\r\n,")) < len(text):
        try:
            document, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return []
        documents.append(document)
    return documents


def _whole_segments(text: str, line: int) -> tuple[list[Any], int]:
    """Return the whole segments before the place where the file is torn, and that place's line."""
    for pattern in _LISTS:
        if beginning := pattern.search(text):
            segments, at = _entries_from(text, beginning.end())
            if any(isinstance(segment, dict) for segment in segments):
                return segments, text.count("\n", 0, at) + 1
    return [], line


def _entries_from(text: str, at: int) -> tuple[list[Any], int]:
    """Return the entries of a list that begins here, and where the first that is torn begins."""
    decoder = json.JSONDecoder()
    entries: list[Any] = []
    while True:
        at = _skip(text, at, " \t\r\n,")
        try:
            entry, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return entries, at
        entries.append(entry)


def _skip(text: str, at: int, characters: str) -> int:
    while at < len(text) and text[at] in characters:
        at += 1
    return at


def _is_segment(segment: object) -> bool:
    return isinstance(segment, dict) and ("text" in segment or "words" in segment)


def _format(data: Any, segments: list[Any]) -> str:
    whole = data if isinstance(data, dict) else {}
    words = [
        word
        for segment in segments[:_FORMAT_SAMPLE]
        if isinstance(segment, dict)
        for word in as_list(segment.get("words"))
        if isinstance(word, dict)
    ]
    # WhisperX alone lists all words once more, and calls their probability a score.
    if "word_segments" in whole or any("score" in word for word in words):
        return WHISPERX
    if (name := dialect_of(data)) != UNKNOWN:
        return name
    # openai-whisper alone gives the whole text as well.
    if isinstance(whole.get("text"), str):
        return OPENAI
    sample = [segment for segment in segments[:_FORMAT_SAMPLE] if isinstance(segment, dict)]
    is_whisper = any(_OF_WHISPER & {*segment} for segment in [*sample, *words])
    return FASTER if is_whisper or any(map(as_list, segments[:_FORMAT_SAMPLE])) else UNKNOWN


def _own_words(data: Mapping[str, Any], faults: list[Fault]) -> SourceTranscript:
    """Read our own `transcript.json`: one list of words in milliseconds, voices in segments."""
    words = [
        _own_word(value, number, faults)
        for number, value in enumerate(as_list(data["words"]), start=1)
    ]
    for segment in as_list(data.get("segments")):
        if not isinstance(segment, dict) or not segment.get("speaker"):
            continue
        first, last = segment.get("first"), segment.get("last")
        if isinstance(first, int) and isinstance(last, int) and 0 <= first <= last <= len(words):
            voice = str(segment["speaker"])
            words[first:last] = [
                word and word._replace(speaker=voice) for word in words[first:last]
            ]
    passages = _by_voice([word for word in words if word is not None])
    return SourceTranscript(OURS, passages, faults)


_OWN_TIMES = Times(1.0)


def _own_word(value: object, number: int, faults: list[Fault]) -> SourceWord | None:
    if isinstance(value, dict) and isinstance(value.get("text"), str):
        start, end = (_OWN_TIMES.ms(value.get(name)) for name in ("start", "end"))
        if start is not None and end is not None:
            return SourceWord(value["text"], start, end, probability_of(value))
    faults.append(Fault(0, f"word {number} cannot be read and was left out."))
    return None


def _by_voice(
    words: list[SourceWord], start: int | None = None, end: int | None = None
) -> list[SourcePassage]:
    """Divide words into passages of one voice each.

    The first begins at `start` and the last ends at `end`, where the segment has such times.
    """
    parts = [(voice, tuple(part)) for voice, part in groupby(words, lambda word: word.speaker)]
    passages: list[SourcePassage] = []
    for number, (voice, part) in enumerate(parts):
        clock_ms = passages[-1].end if passages else start or 0
        is_last = number == len(parts) - 1
        first = clock_ms if number == 0 and start is not None else _first_start(part, clock_ms)
        last = end if is_last and end is not None else _last_end(part, first)
        passages.append(SourcePassage(first, max(first, last), part, voice))
    return passages


def _first_start(words: tuple[SourceWord, ...], default: int) -> int:
    return next((word.start for word in words if word.start is not None), default)


def _last_end(words: tuple[SourceWord, ...], default: int) -> int:
    return next((word.end for word in reversed(words) if word.end is not None), default)


def _bounds(
    start: int | None, end: int | None, words: list[SourceWord]
) -> tuple[int | None, int | None]:
    """Return the bounds of a segment, by those of its words where it has none."""
    if start is None:
        start = next((word.start for word in words if word.start is not None), None)
    if end is None:
        end = next((word.end for word in reversed(words) if word.end is not None), start)
    return start, end


def _figure(segment: Mapping[str, Any], name: str, default: float) -> float:
    value = segment.get(name)
    return float(value) if is_number(value) and abs(value) < _MAX_FIGURE else default
