"""A second model that listens: what it hears otherwise is marked and offered, never taken."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec
import pytest

from library.core.errors import BadInput, NotFound
from library.core.workspace import StoryFolder, Workspace
from tests.support.known_interview import spoken, transcript_of
from tests.support.speech_samples import write_speech
from transcribe import jobs
from transcribe.engines import low_confidence
from transcribe.engines.models import Model
from transcribe.engines.protocol import RecognisedSpeech
from transcribe.engines.second_opinion import other_hearings
from transcribe.glossary import Glossary, Term
from transcribe.pipeline import Checker
from transcribe.words import CHECKED_WITH, OtherHearing, Segment, Transcript, Word, read_transcript

if TYPE_CHECKING:
    from transcribe.engines.protocol import Engine

Made = Callable[..., tuple[Workspace, StoryFolder, Transcript]]
HEARD = "His tender air might bear his memory"
ALSO_HEARD = "His tender heir might bear the memory"


def differing(first: str, second: str) -> list[tuple[str, str]]:
    words = spoken(first)
    return [
        (" ".join(word.text for word in words[at.first : at.last]), at.text)
        for at in other_hearings(words, spoken(second))
    ]


@pytest.mark.parametrize(
    ("first", "second", "differences"),
    [
        (HEARD, ALSO_HEARD, [("air", "heir"), ("his", "the")]),
        ("I realized. The colour", "i realised, the color", []),
        ("thy self-thy foe", "thy self thy foe", []),
        ("Um, we went", "We went, uh", []),
        ("We went home", "We all went home", [("We", "We all")]),
        ("We all went home", "We went home", [("all", "")]),
        ("We went", "", [("We went", "")]),
        ("desire and crease, that", "desire increase, that", [("and crease,", "increase")]),
        ("", "We went", []),
    ],
)
def test_only_other_words_are_a_difference(
    first: str, second: str, differences: list[tuple[str, str]]
) -> None:
    assert differing(first, second) == differences


def checked(probabilities: Sequence[float], *hearings: OtherHearing) -> Transcript:
    words = [
        msgspec.structs.replace(word, probability=probability)
        for word, probability in zip(spoken(HEARD), probabilities, strict=True)
    ]
    return msgspec.structs.replace(
        transcript_of(words), heard_otherwise=hearings, options={CHECKED_WITH: "base.pt"}
    )


def test_what_it_heard_is_offered_unless_the_first_was_sure() -> None:
    transcript = checked(
        (0.99, 0.4, 0.97, 0.99, 0.15, 0.99, 0.99),
        OtherHearing(first=2, last=3, text="heir"),
        OtherHearing(first=5, last=6, text="the"),
        OtherHearing(first=6, last=7, text="memory of all that he had been before"),
    )
    # 0.4 is doubtful only where no second model listened.
    assert low_confidence.draft_marks(transcript, Glossary()) == {2: "heir", 4: ""}
    counts = low_confidence.count_by_reason(low_confidence.low_confidence_passages(transcript))
    assert {reason.name: count for reason, count in counts.items()} == {"OTHERWISE": 1, "UNSURE": 1}


def test_a_stretch_that_the_second_model_passed_over_is_not_doubted() -> None:
    transcript = checked((0.8,) * 7, OtherHearing(first=1, last=6, text=""))
    assert low_confidence.draft_marks(transcript, Glossary()) == {}
    transcript = checked((0.8,) * 7, OtherHearing(first=1, last=3, text=""))
    assert low_confidence.draft_marks(transcript, Glossary()) == {2: ""}


def test_a_term_of_the_glossary_comes_first_and_a_long_hearing_is_not_offered() -> None:
    transcript = checked(
        (0.5,) * 7,
        OtherHearing(first=2, last=3, text="heir"),
        OtherHearing(first=4, last=7, text="bear a memory of all that was"),
    )
    glossary = Glossary(terms=(Term(term="care", mishearings=("air",)),))
    assert low_confidence.draft_marks(transcript, glossary) == {2: "care", 6: ""}


class _SaysWords:
    """An engine that hears given words in whatever it is given."""

    def __init__(self, text: str) -> None:
        self.name, self._text = f"test engine of {text[-12:]}", text

    is_multilingual = False

    def language_shares(self, _samples: Any) -> dict[str, float]:
        return {}

    def used_options(self, _options: Any) -> dict[str, Any]:
        return {"language": "en"}

    def transcribe(
        self, samples: Any, _options: Any, on_progress: Callable[[int], None]
    ) -> RecognisedSpeech:
        duration = len(samples) // 16
        on_progress(duration)
        words = tuple(
            Word(text=text, start=200 * at, end=200 * at + 150, probability=0.7)
            for at, text in enumerate(self._text.split())
        )
        segment = Segment(
            first=0,
            last=len(words),
            start=0,
            end=duration,
            compression_ratio=1.0,
            no_speech_probability=0.0,
            average_logprob=-0.2,
        )
        return RecognisedSpeech(words, (segment,))


def _make_sound(folder: StoryFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np

    noise = np.random.default_rng(5).normal(0, 3_000, 16_000 * 2).astype("<i2")
    write_speech(folder.speech, noise.tobytes())
    monkeypatch.setattr("transcribe.engines.chunks.may_be_speech", lambda _samples: True)


def test_transcribe_asks_a_second_model_and_shows_what_it_heard(
    run_cli: Any, transcribed: Made, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, folder, transcript = transcribed()
    folder.transcript.unlink()
    _make_sound(folder, monkeypatch)
    texts = {"one": HEARD, "two": ALSO_HEARD}
    monkeypatch.setattr(
        jobs, "load_engine", lambda _engine, model, *_, **__: _SaysWords(texts[model.name])
    )
    for name in texts:
        (tmp_path / f"{name}.pt").write_bytes(name.encode())
    models = ("--model", tmp_path / "one.pt", "--check-with")

    same = run_cli("transcribe", transcript.story, *models, tmp_path / "one.pt")
    assert same.code != 0
    assert "it would hear the same" in same.err

    result = run_cli("transcribe", transcript.story, *models, tmp_path / "two.pt", "--json")
    assert result.code == 0, result.err
    written = read_transcript(folder.transcript)
    assert " ".join(word.text for word in written.words) == HEARD
    assert [(at.first, at.text) for at in written.heard_otherwise] == [(2, "heir"), (5, "the")]
    assert written.options[CHECKED_WITH] == "two"
    copy = folder.editors_copy.read_text(encoding="utf-8")
    assert "His tender air(?heir) might bear his(?the) memory" in copy
    assert json.loads(result.out)[0]["suspects"] == {"otherwise": 2}


def test_a_smaller_model_of_whispers_beside_it_listens_unless_told_otherwise(
    run_cli: Any, transcribed: Made, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, folder, transcript = transcribed()
    _make_sound(folder, monkeypatch)
    for name, size in (("base", 100), ("tiny", 40), ("tiny.en", 30), ("ours", 55), ("small", 300)):
        (tmp_path / f"{name}.pt").write_bytes(name.encode() * size)
    texts = {"base": HEARD, "tiny.en": ALSO_HEARD}

    def load(_engine: str, model: Any, *_: Any, **__: Any) -> _SaysWords:
        if model.name not in texts:
            raise NotFound("There is no such model.", "Check the path.")
        return _SaysWords(texts[model.name])

    monkeypatch.setattr(jobs, "load_engine", load)
    command = ("transcribe", transcript.story, "--model", tmp_path / "base.pt", "--again")
    assert "The model tiny.en listened as well" in run_cli(*command).out
    assert read_transcript(folder.transcript).options[CHECKED_WITH] == "tiny.en"

    assert run_cli(*command, "--check-with", "none").code == 0
    assert CHECKED_WITH not in read_transcript(folder.transcript).options

    # Nobody asked for it: where it cannot be loaded, or knows English only, the other goes on.
    del texts["tiny.en"]
    assert run_cli(*command).code == 0
    assert CHECKED_WITH not in read_transcript(folder.transcript).options
    assert run_cli(*command, "--check-with", tmp_path / "tiny.en.pt").code == NotFound.exit_code


def test_only_a_model_that_knows_the_language_listens() -> None:
    model = Model("tiny.en", Path("tiny.en.pt"), "0" * 64)
    engine = cast("Engine", _SaysWords(HEARD))
    assert Checker(engine, model, is_asked=False).knows("en")
    assert not Checker(engine, model, is_asked=False).knows("fr")
    with pytest.raises(BadInput):
        Checker(engine, model).knows("fr")
