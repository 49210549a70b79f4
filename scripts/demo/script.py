"""The demo's stories as written: what is said, by whom, in which order."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "interviews" / "demo"
MODEL = DEMO / "model" / "demo.pt"
BUILD = ROOT / "build" / "voices"


@dataclass(frozen=True)
class Turn:
    """A turn of an interview; ``sentences`` are spoken one after the other."""

    speaker: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Story:
    """A demo story: slug, title, the carer's voice, its media file's name and its turns."""

    slug: str
    title: str
    voice: str
    media: str
    turns: tuple[Turn, ...]

    def voice_of(self, turn: Turn) -> str:
        """Return the name of the voice that speaks a turn."""
        return "interviewer" if turn.speaker == "interviewer" else self.voice

    @property
    def media_path(self) -> Path:
        """The path of the story's recording."""
        return DEMO / self.media

    def truth(self) -> list[tuple[str, int, int, str]]:
        """Return the words as synthesised: (word, start ms, end ms, speaker)."""
        text = (DEMO / f"{self.slug}.words.json").read_text(encoding="utf-8")
        return [(word, start, end, who) for word, start, end, who in json.loads(text)]


def sentences_of(text: str) -> tuple[str, ...]:
    """Split a turn into sentences at full stops and question marks."""
    return tuple(re.split(r"(?<=[.?])\s+", text.strip()))


def stories() -> list[Story]:
    """Return every demo story, in the order of their slugs."""
    parsed = []
    for path in sorted(DEMO.glob("*.yml")):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        turns = tuple(
            Turn(turn["speaker"], sentences_of(turn["text"])) for turn in data["reference"]
        )
        named = (data["slug"], data["title"], data["voice"], data["media"]["file"])
        parsed.append(Story(*named, turns))
    return parsed


def bare(word: str) -> str:
    """Return a word as it is compared: small letters, no punctuation but the apostrophe."""
    return re.sub(r"[^a-z']", "", word.lower())
