"""Ways to write a transcript as each recogniser's JSON: what the reader is tried with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from library.core.timecode import webvtt_time


class Said(NamedTuple):
    """A word with its punctuation, in milliseconds, and the number of who says it."""

    text: str
    start: int
    end: int
    voice: int


Written = Sequence[Said]


def turns(words: Written) -> list[list[Said]]:
    return [list(run) for _, run in groupby(words, key=lambda word: word.voice)]


def text(words: Written) -> str:
    return " ".join(word.text for word in words)


def bare(word: str) -> str:
    return word.strip(".,?!").lower()


def _s(ms: int) -> float:
    return ms / 1000


def _word(word: Said, name: str = "word", scale: float = 1000) -> dict[str, Any]:
    start, end = word.start / scale, word.end / scale
    return {name: word.text, "start": start, "end": end}


def deepgram(words: Written) -> Any:
    listed = [
        {**_word(word), "word": bare(word.text), "punctuated_word": word.text,
         "confidence": 0.9, "speaker": word.voice}
        for word in words
    ]  # fmt: skip
    alternative = {"transcript": text(words), "confidence": 0.9, "words": listed}
    return {"metadata": {"duration": 9}, "results": {"channels": [{"alternatives": [alternative]}]}}


def aws(words: Written) -> Any:
    items: list[dict[str, Any]] = []
    for word in words:
        alternative = {"confidence": "0.99", "content": word.text.rstrip(".,?!")}
        items.append({
            "type": "pronunciation", "alternatives": [alternative],
            "start_time": str(_s(word.start)), "end_time": str(_s(word.end)),
            "speaker_label": f"spk_{word.voice}",
        })  # fmt: skip
        if mark := word.text[len(word.text.rstrip(".,?!")) :]:
            items.append({"type": "punctuation", "alternatives": [{"content": mark}]})
    return {
        "jobName": "x",
        "results": {"transcripts": [{"transcript": text(words)}], "items": items},
    }


def assemblyai(words: Written) -> Any:
    def each(run: Written) -> list[dict[str, Any]]:
        return [
            {"text": word.text, "start": word.start, "end": word.end, "confidence": 0.9,
             "speaker": "AB"[word.voice % 2]}
            for word in run
        ]  # fmt: skip

    utterances = [
        {"speaker": "AB"[run[0].voice % 2], "text": text(run), "start": run[0].start,
         "end": run[-1].end, "words": each(run)}
        for run in turns(words)
    ]  # fmt: skip
    return {"id": "x", "text": text(words), "words": each(words), "utterances": utterances}


def rev(words: Written) -> Any:
    monologues = []
    for run in turns(words):
        elements: list[dict[str, Any]] = []
        for word in run:
            value = word.text.rstrip(".,?!")
            elements.append(
                {"type": "text", "value": value, "ts": _s(word.start), "end_ts": _s(word.end)}
            )
            elements.append({"type": "punct", "value": word.text[len(value) :] + " "})
        monologues.append({"speaker": run[0].voice, "elements": elements})
    return {"monologues": monologues}


def azure(words: Written) -> Any:
    phrases = []
    for run in turns(words):
        listed = [
            {"word": bare(word.text), "offset": f"PT{_s(word.start)}S",
             "offsetInTicks": word.start * 10_000,
             "duration": f"PT{_s(word.end - word.start)}S",
             "durationInTicks": (word.end - word.start) * 10_000}
            for word in run
        ]  # fmt: skip
        best = {
            "confidence": 0.9,
            "lexical": bare(text(run)),
            "display": text(run),
            "words": listed,
        }
        phrases.append({
            "speaker": run[0].voice, "offsetInTicks": run[0].start * 10_000,
            "durationInTicks": (run[-1].end - run[0].start) * 10_000, "nBest": [best],
        })  # fmt: skip
    return {"combinedRecognizedPhrases": [{"display": text(words)}], "recognizedPhrases": phrases}


def azure_fast(words: Written) -> Any:
    phrases = [
        {"speaker": run[0].voice, "text": text(run), "offsetMilliseconds": run[0].start,
         "durationMilliseconds": run[-1].end - run[0].start,
         "words": [{"text": word.text, "offsetMilliseconds": word.start,
                    "durationMilliseconds": word.end - word.start} for word in run]}
        for run in turns(words)
    ]  # fmt: skip
    return {"combinedPhrases": [{"text": text(words)}], "phrases": phrases}


def whisper_cpp(words: Written) -> Any:
    def pair(start: int, end: int) -> dict[str, Any]:
        clocks = [webvtt_time(ms).replace(".", ",") for ms in (start, end)]
        return {
            "timestamps": {"from": clocks[0], "to": clocks[1]},
            "offsets": {"from": start, "to": end},
        }

    listed = []
    for run in turns(words):
        tokens = [{"text": "[_BEG_]", "p": 1, **pair(run[0].start, run[0].start)}]
        tokens += [
            {"text": f" {word.text}", "p": 0.9, **pair(word.start, word.end)} for word in run
        ]
        listed.append(
            {**pair(run[0].start, run[-1].end), "text": f" {text(run)}", "tokens": tokens}
        )
    return {"systeminfo": "", "result": {"language": "en"}, "transcription": listed}


def youtube(words: Written) -> Any:
    events: list[dict[str, Any]] = [{"tStartMs": 0, "dDurationMs": 90_000, "id": 1}]
    for run in turns(words):
        start = run[0].start
        segs = [{"utf8": run[0].text}]
        segs += [{"utf8": f" {word.text}", "tOffsetMs": word.start - start} for word in run[1:]]  # type: ignore[dict-item]
        events += [
            {"tStartMs": start, "dDurationMs": run[-1].end - start, "segs": segs},
            {"tStartMs": run[-1].end, "aAppend": 1, "segs": [{"utf8": "\n"}]},
        ]
    return {"wireMagic": "pb3", "events": events}


def watson(words: Written) -> Any:
    results = [
        {"final": True, "alternatives": [{
            "transcript": text(run),
            "timestamps": [[word.text, _s(word.start), _s(word.end)] for word in run]}]}
        for run in turns(words)
    ]  # fmt: skip
    return {"result_index": 0, "results": results}


def speechmatics(words: Written) -> Any:
    results: list[dict[str, Any]] = []
    for word in words:
        content = word.text.rstrip(".,?!")
        said = {"content": content, "confidence": 0.9, "speaker": f"S{word.voice}"}
        results.append({"type": "word", "start_time": _s(word.start), "end_time": _s(word.end),
                        "alternatives": [said]})  # fmt: skip
        if mark := word.text[len(content) :]:
            results.append({"type": "punctuation", "attaches_to": "previous",
                            "start_time": _s(word.end), "end_time": _s(word.end),
                            "alternatives": [{"content": mark}]})  # fmt: skip
    return {"format": "2.9", "results": results}


def google(words: Written) -> Any:
    listed = [
        {"word": word.text, "startTime": f"{_s(word.start)}s", "endTime": f"{_s(word.end)}s"}
        for word in words
    ]
    named = [
        {**each, "speakerTag": word.voice + 1} for each, word in zip(listed, words, strict=True)
    ]
    return {"results": [
        {"alternatives": [{"transcript": text(words), "words": listed}]},
        {"alternatives": [{"words": named}]},
    ]}  # fmt: skip


def amberscript(words: Written) -> Any:
    segments = [
        {"speaker": f"spk{run[0].voice}", "words": [
            {"text": word.text, "start": _s(word.start), "end": _s(word.end), "conf": 0.9}
            for word in run]}
        for run in turns(words)
    ]  # fmt: skip
    return {"id": "x", "speakers": [{"spkid": "spk0", "name": "Ruth"}], "segments": segments}


def _segments(words: Written, names: dict[str, str], *, inner: str = "") -> list[dict[str, Any]]:
    listed = []
    for run in turns(words):
        segment = {
            names.get("speaker", "speaker"): f"Voice {run[0].voice}",
            names["text"]: text(run),
            names["start"]: _s(run[0].start),
            names["end"]: _s(run[-1].end),
        }
        if inner:
            segment[inner] = [
                {names.get("word", "word"): word.text, names["start"]: _s(word.start),
                 names["end"]: _s(word.end)}
                for word in run
            ]  # fmt: skip
        listed.append(segment)
    return listed


def podcast(words: Written) -> Any:
    names = {"text": "body", "start": "startTime", "end": "endTime"}
    return {"version": "1.0.0", "segments": _segments(words, names)}


def gladia(words: Written) -> Any:
    names = {"text": "text", "start": "start", "end": "end"}
    utterances = _segments(words, names, inner="words")
    return {"result": {"transcription": {
        "full_transcript": text(words), "utterances": utterances}}}  # fmt: skip


def elevenlabs(words: Written) -> Any:
    listed: list[dict[str, Any]] = []
    for word in words:
        listed.append({"text": word.text, "start": _s(word.start), "end": _s(word.end),
                       "type": "word", "speaker_id": f"speaker_{word.voice}"})  # fmt: skip
        listed.append({"text": " ", "start": _s(word.end), "end": _s(word.end), "type": "spacing"})
    return {"language_code": "eng", "text": text(words), "words": listed}


def vosk(words: Written) -> Any:
    return [
        {"text": text(run), "result": [{"conf": 0.9, **_word(word)} for word in run]}
        for run in turns(words)
    ]


def fireflies(words: Written) -> Any:
    names = {"text": "sentence", "start": "startTime", "end": "endTime", "speaker": "speaker_name"}
    return {"sentences": _segments(words, names)}


def trint(words: Written) -> Any:
    paragraphs = [
        {"speaker": f"Voice {run[0].voice}", "words": [
            {"time": word.start, "duration": word.end - word.start, "value": word.text}
            for word in run]}
        for run in turns(words)
    ]  # fmt: skip
    return {"paragraphs": paragraphs}


def otter(words: Written) -> Any:
    names = {"text": "transcript", "start": "start", "end": "end", "speaker": "speaker_name"}
    return {"speech": {"transcripts": _segments(words, names, inner="alignment")}}


def happy_scribe(words: Written) -> Any:
    return [
        {"speaker": f"Voice {run[0].voice}", "words": [
            {"text": word.text, "data_start": _s(word.start), "data_end": _s(word.end)}
            for word in run]}
        for run in turns(words)
    ]  # fmt: skip


def sonix(words: Written) -> Any:
    names = {"text": "text", "start": "start_time", "end": "end_time", "word": "text"}
    return {"transcript": _segments(words, names, inner="words")}


def youtube_list(words: Written) -> Any:
    return [
        {"text": text(run), "start": _s(run[0].start), "duration": _s(run[-1].end - run[0].start)}
        for run in turns(words)
    ]


def hugging_face(words: Written) -> Any:
    chunks = [
        {"text": f" {word.text}", "timestamp": [_s(word.start), _s(word.end)]} for word in words
    ]
    return {"text": f" {text(words)}", "chunks": chunks}


def start_and_stop(words: Written) -> Any:
    return {"text": text(words), "words": [
        {"word": word.text, "start": word.start // 10, "stop": word.end // 10} for word in words
    ]}  # fmt: skip


WRITERS: dict[str, Callable[[Written], Any]] = {
    "Deepgram": deepgram, "AWS Transcribe": aws, "AssemblyAI": assemblyai, "Rev": rev,
    "Azure": azure, "Azure, fast": azure_fast, "whisper.cpp": whisper_cpp, "YouTube": youtube,
    "IBM Watson": watson, "Speechmatics": speechmatics, "Google": google,
    "Amberscript": amberscript, "Podcast transcript": podcast, "Gladia": gladia,
    "ElevenLabs": elevenlabs, "Vosk": vosk, "Fireflies": fireflies, "Trint": trint,
    "Otter": otter, "Happy Scribe": happy_scribe, "Sonix": sonix,
    "YouTube transcript list": youtube_list, "Hugging Face": hugging_face,
    "start and stop": start_and_stop,
}  # fmt: skip
WITHOUT_VOICES = {
    "YouTube",
    "IBM Watson",
    "whisper.cpp",
    "Vosk",
    "YouTube transcript list",
    "Hugging Face",
    "start and stop",
}
WITHOUT_WORD_TIMES = {"Podcast transcript", "Fireflies", "YouTube transcript list"}
