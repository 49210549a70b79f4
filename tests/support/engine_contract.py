"""The contract of every engine's words, whatever the sound and the weights."""

from __future__ import annotations

from transcribe.engines.protocol import RecognisedSpeech


def holds(recognised: RecognisedSpeech, duration: int) -> None:
    """Assert that the words keep the contract of every engine."""
    clock = 0
    for word in recognised.words:
        assert word.text
        assert word.text == "".join(word.text.split())
        assert clock <= word.start <= word.end <= duration
        assert 0.0 <= word.probability <= 1.0
        clock = word.end
    at = 0
    for segment in recognised.segments:
        assert at == segment.first < segment.last <= len(recognised.words)
        at = segment.last
    assert at == len(recognised.words)
