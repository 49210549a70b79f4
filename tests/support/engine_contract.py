"""The contract of every engine's words, whatever the sound and the weights."""

from __future__ import annotations

from transcribe.engines.protocol import RecognisedSpeech


def holds(heard: RecognisedSpeech, duration: int) -> None:
    """Assert that the words keep the contract of every engine."""
    clock = 0
    for word in heard.words:
        assert word.text
        assert word.text == "".join(word.text.split())
        assert clock <= word.start <= word.end <= duration
        assert 0.0 <= word.probability <= 1.0
        clock = word.end
    at = 0
    for segment in heard.segments:
        assert at == segment.first < segment.last <= len(heard.words)
        at = segment.last
    assert at == len(heard.words)
