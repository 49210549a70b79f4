"""Write TTML in the text profile of IMSC 1.1, which broadcasters and most players take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from library.core.timecode import webvtt_time
from transcribe.cue import Cue
from transcribe.words import tokens_of

_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"
    xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xmlns:tts="http://www.w3.org/ns/ttml#styling"
    ttp:contentProfiles="http://www.w3.org/ns/ttml/profile/imsc1.1/text" ttp:timeBase="media"
    ttp:cellResolution="32 15" xml:lang="en-GB">
  <head>
    <metadata>
{agents}    </metadata>
    <styling>
      <style xml:id="words" tts:fontFamily="proportionalSansSerif" tts:fontSize="100%"
             tts:lineHeight="125%" tts:textAlign="center" tts:color="white"
             tts:backgroundColor="black"/>
    </styling>
    <layout>
      <region xml:id="below" tts:origin="10% 80%" tts:extent="80% 15%" tts:displayAlign="after"
              tts:showBackground="whenActive"/>
    </layout>
  </head>
  <body region="below" style="words">
    <div>
"""
_FOOT = """\
    </div>
  </body>
</tt>
"""


def write(cues: Iterable[Cue]) -> str:
    """Return a TTML file, with speakers as `ttm:agent`."""
    in_order = list(cues)
    speakers = list(dict.fromkeys(_text(cue.speaker) for cue in in_order if _text(cue.speaker)))
    ids = {speaker: f"speaker-{number}" for number, speaker in enumerate(speakers, start=1)}
    agents = "".join(
        f'      <ttm:agent type="person" xml:id="{name}">'
        f'<ttm:name type="full">{escape(speaker)}</ttm:name></ttm:agent>\n'
        for speaker, name in ids.items()
    )
    body = "".join(
        _paragraph(cue, number, ids.get(_text(cue.speaker), ""))
        for number, cue in enumerate(in_order, start=1)
    )
    return _HEAD.format(agents=agents) + body + _FOOT


def _paragraph(cue: Cue, number: int, agent: str) -> str:
    agent_attribute = f" ttm:agent={quoteattr(agent)}" if agent else ""
    times = f'begin="{webvtt_time(cue.start)}" end="{webvtt_time(cue.end)}"'
    return f'      <p xml:id="cue-{number}" {times}{agent_attribute}>{_lines(cue.lines)}</p>\n'


def _lines(lines: Sequence[str]) -> str:
    return "<br/>".join(f"<span>{escape(_text(line))}</span>" for line in lines)


def _text(text: str) -> str:
    return " ".join(tokens_of(text))
