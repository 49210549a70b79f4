"""Write TTML in two profiles: IMSC 1.1 and EBU-TT-D.

IMSC’s text profile is what broadcasters and most players take; in EBU-TT-D (EBU Tech 3380)
broadcasters of Europe distribute subtitles.
"""

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
# A profile of its own: colours in digits alone, the region not on the body, no profile’s designator
# on the root, text in spans alone. Its writers and IMSC’s would refuse each other’s heads.
_EBU_TT_D_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"
    xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xmlns:tts="http://www.w3.org/ns/ttml#styling"
    xmlns:ebuttm="urn:ebu:tt:metadata" xmlns:ebutts="urn:ebu:tt:style"
    ttp:timeBase="media" ttp:cellResolution="32 15" xml:lang="en-GB">
  <head>
    <metadata>
      <ebuttm:conformsToStandard>urn:ebu:tt:distribution:2018-04</ebuttm:conformsToStandard>
      <ebuttm:conformsToStandard>http://www.w3.org/ns/ttml/profile/imsc1/text</ebuttm:conformsToStandard>
{agents}    </metadata>
    <styling>
      <style xml:id="lines" tts:fontFamily="proportionalSansSerif" tts:fontSize="100%"
             tts:lineHeight="125%" tts:textAlign="center" ebutts:linePadding="0.5c"/>
      <style xml:id="words" tts:color="#FFFFFF" tts:backgroundColor="#000000"/>
    </styling>
    <layout>
      <region xml:id="below" tts:origin="10% 80%" tts:extent="80% 15%" tts:displayAlign="after"
              tts:showBackground="whenActive"/>
    </layout>
  </head>
  <body style="lines">
    <div region="below">
"""
_FOOT = """\
    </div>
  </body>
</tt>
"""


def write(cues: Iterable[Cue]) -> str:
    """Return a file of IMSC 1.1, with speakers as `ttm:agent`."""
    return _document(cues, _HEAD, "")


def write_ebu_tt_d(cues: Iterable[Cue]) -> str:
    """Return the same captions as EBU-TT-D."""
    return _document(cues, _EBU_TT_D_HEAD, ' style="words"')


def _document(cues: Iterable[Cue], head: str, span_style: str) -> str:
    in_order = list(cues)
    speakers = list(dict.fromkeys(_text(cue.speaker) for cue in in_order if _text(cue.speaker)))
    ids = {speaker: f"speaker-{number}" for number, speaker in enumerate(speakers, start=1)}
    agents = "".join(
        f'      <ttm:agent type="person" xml:id="{name}">'
        f'<ttm:name type="full">{escape(speaker)}</ttm:name></ttm:agent>\n'
        for speaker, name in ids.items()
    )
    body = "".join(
        _paragraph(cue, number, ids.get(_text(cue.speaker), ""), span_style)
        for number, cue in enumerate(in_order, start=1)
    )
    return head.format(agents=agents) + body + _FOOT


def _paragraph(cue: Cue, number: int, agent: str, span_style: str) -> str:
    agent_attribute = f" ttm:agent={quoteattr(agent)}" if agent else ""
    times = f'begin="{webvtt_time(cue.start)}" end="{webvtt_time(cue.end)}"'
    lines = _lines(cue.lines, span_style)
    return f'      <p xml:id="cue-{number}" {times}{agent_attribute}>{lines}</p>\n'


def _lines(lines: Sequence[str], span_style: str) -> str:
    return "<br/>".join(f"<span{span_style}>{escape(_text(line))}</span>" for line in lines)


def _text(text: str) -> str:
    return " ".join(tokens_of(text))
