"""Files of captions and transcripts in lines of many kinds, with what is said in them."""

from __future__ import annotations

import json

I_WENT, WHY = "I went in, at eight.", "And then?"
BOTH = [("Ruth", I_WENT), ("Ana", WHY)]
NOBODY = [("", f"{I_WENT} {WHY}")]


def scenarist(captions: list[tuple[str, str, str]], *, rolls: bool = False) -> str:
    """Return captions as codes of line 21: shown at a moment after they were sent, or as sent.

    Each has the time of the first code, the time at which it is shown, and its words.
    """
    lines = []
    for sent, shown, words in captions:
        begin = [0x9425, 0x94AD, 0x9470] if rolls else [0x9420, 0x94AE, 0x9470]
        # What is no letter is sent twice.
        codes = [code for each in begin for code in (each, each)]
        for row, line in enumerate(words.split("\n")):
            codes += [0x9470, 0x9470] if row else []
            padded = line.encode() + b"\0" * (len(line) % 2)
            codes += [
                _odd(padded[at]) << 8 | _odd(padded[at + 1]) for at in range(0, len(padded), 2)
            ]
        lines.append(f"{sent}\t{' '.join(f'{code:04x}' for code in codes)}\n")
        lines += [] if rolls else [f"{shown}\t942f 942f\n"]
    return "\n".join(["Scenarist_SCC V1.0\n", *lines])


def _odd(byte: int) -> int:
    """Return a byte with the eighth bit that makes the number of its bits odd."""
    return byte if byte.bit_count() % 2 else byte | 0x80


FILES = {
    "broadcast.scc": (
        scenarist(
            [
                ("00:00:00:10", "00:00:01:00", "I went in,\nat eight."),
                ("00:00:03:00", "00:00:04:00", WHY),
            ]
        ),
        NOBODY,
    ),
    "tape.scc": (
        scenarist(
            [
                ("01:00:00;20", "01:00:01;00", "Ruth: I went in,\nat eight."),
                ("01:00:03;00", "01:00:04;00", "Ana: And then?"),
            ]
        ),
        BOTH,
    ),
    "live.scc": (
        scenarist(
            [
                ("00:00:01:00", "", "I went in, at eight."),
                ("00:00:04:00", "", "And then?"),
            ],
            rolls=True,
        ),
        NOBODY,
    ),
    "readings.ttml": (
        '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling">'
        '<head><styling><style xml:id="r" tts:ruby="text"/></styling></head><body><div>'
        '<p begin="1s" end="3s"><span tts:ruby="container"><span tts:ruby="base">I went</span>'
        '<span tts:ruby="text">ai</span></span> in,<metadata>x</metadata> at eight.</p>'
        '<p begin="4s" end="6s"><span>And</span><span style="r">an</span> then?</p>'
        "</div></body></tt>",
        NOBODY,
    ),
    "readings.vtt": (
        "WEBVTT\n\n00:01.000 --> 00:03.000\n<ruby>I went<rt>ai</rt></ruby> in,\nat eight.\n\n"
        "00:04.000 --> 00:06.000\n<ruby>And<rp>(</rp><rt>an</rt><rp>)</rp></ruby> then?\n",
        NOBODY,
    ),
    "editing program.csv": (
        f'Speaker Name,Start Time,End Time,Text\nRuth,00:00:01:00,00:00:03:00,"{I_WENT}"\n'
        f"Ana,00:00:04:00,00:00:06:00,{WHY}\n",
        BOTH,
    ),
    "drawn.md": (
        f"| Start | End | Who | Words |\n|---|:---|---|---|\n| 0:01 | 0:03 | Ruth | {I_WENT} |\n"
        f"| 0:04 | 0:06 | Ana | {WHY} |\n",
        BOTH,
    ),
    "open quote.tsv": (
        f'start\tend\ttext\n1000\t3000\t"{I_WENT}\n4000\t6000\t{WHY}\n',
        NOBODY,
    ),
    "sung.lrc": (
        f"[00:01.00]<00:01.00>I <00:01.50>went <00:02.00>in, at eight.\n[00:04.00]{WHY}\n",
        NOBODY,
    ),
    "below.csv": (
        "Interview 7,,,\nTranscribed by Jo,,,\nTime in,Time out,Character,Dialogue\n"
        f'00:00:01,00:00:03,Ruth,"{I_WENT}"\n00:00:04,00:00:06,Ana,{WHY}\n',
        BOTH,
    ),
    "Aegisub.ass": (
        "[Script Info]\nTitle: x\n[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: 0,0:00:04.00,0:00:06.00,Default,Ana,0,0,0,,{\\i1}And{\\i0} then?\n"
        "Dialogue: 0,0:00:01.00,0:00:03.00,Default,Ruth,0,0,0,,I went in,\\Nat eight.\n"
        "Dialogue: 1,0:00:01.00,0:00:03.00,Default,,0,0,0,,{\\p1}m 0 0 l 9 9{\\p0}\n",
        BOTH,
    ),
    "broadcast.ttml": (
        '<?xml version="1.0"?><tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="u#metadata"><head>'
        '<ttm:agent xml:id="a"><ttm:name>Ruth</ttm:name></ttm:agent>'
        '<ttm:agent xml:id="b"><ttm:name>Ana</ttm:name></ttm:agent></head><body><div>'
        '<p begin="00:00:01.000" end="00:00:03.000" ttm:agent="a">I went <span>i</span>n,<br/>at'
        ' eight.</p><p begin="4s" dur="2s" ttm:agent="b">And then?</p></div></body></tt>',
        BOTH,
    ),
    "frames.dfxp": (
        '<tt xmlns="http://www.w3.org/2006/10/ttaf1" frameRate="25" tickRate="10"><body><div>'
        f'<p begin="25f" end="75f">{I_WENT}</p><p begin="40t" end="60t">{WHY}</p>'
        "</div></body></tt>",
        NOBODY,
    ),
    "whisper.tsv": (f"start\tend\ttext\n1000\t3000\t{I_WENT}\n4000\t6000\t{WHY}\n", NOBODY),
    "Audacity.txt": (
        f"1.000000\t3.000000\t{I_WENT}\n\\\t2000.0\t4000.0\n4.000000\t6.000000\t{WHY}\n"
        "\\\t2000.0\t4000.0\n",
        NOBODY,
    ),
    "pictures.json": (
        json.dumps(
            {
                "segments": [
                    {"start": "00:00:01:00", "end": "00:00:03:05", "text": I_WENT},
                    {"start": "00:00:04:00", "end": "00:00:06:00", "text": WHY},
                ]
            }
        ),
        NOBODY,
    ),
    "microseconds.json": (
        json.dumps(
            {
                "segments": [
                    {"start_us": 1_000_000, "end_us": 3_000_000, "text": I_WENT},
                    {"start_us": 4_000_000, "end_us": 6_000_000, "text": WHY},
                ]
            }
        ),
        NOBODY,
    ),
    "fenced.srt": (
        f"```srt\n1\n00:00:01,000 --> 00:00:03,000\n{I_WENT}\n\n"
        f"2\n00:00:04,000 --> 00:00:06,000\n{WHY}\n```\n",
        NOBODY,
    ),
    "bold.md": (f"**Ruth** [00:00:01]: {I_WENT}\n\n**Ana** [00:00:04]: {WHY}\n", BOTH),
    "NVivo.tsv": (
        "Timespan\tContent\tSpeaker\n"
        f"0:01.0 - 0:03.2\t{I_WENT}\tRuth\n0:04.0 - 0:06.0\t{WHY}\tAna\n",
        BOTH,
    ),
    "NVivo.txt": (
        f"1\t0:01,0 - 0:03,2\tRuth\t{I_WENT}\n2\t0:04,0 - 0:06,0\tAna\t{WHY}\n",
        BOTH,
    ),
    "spans.csv": (
        f'Time,Speaker,Text\n00:00:01–00:00:03,Ruth,"{I_WENT}"\n00:00:04–00:00:06,Ana,{WHY}\n',
        BOTH,
    ),
    "spans.txt": (f"0:01.0 - 0:03.0 {I_WENT}\n0:04.0 - 0:06.0 {WHY}\n", NOBODY),
    "labels.txt": (f"1.000000\t3.000000\t{I_WENT}\n4.000000\t6.000000\t{WHY}\n", NOBODY),
    "sheet.csv": (
        f'Start (s),End (s),Speaker,Text\n1,3,Ruth,"{I_WENT}"\n4,6,Ana,{WHY}\n',
        BOTH,
    ),
    "sheet;.csv": (f"00:00:01,0;00:00:03;Ruth;{I_WENT}\n00:00:04;00:00:06;Ana;{WHY}\n", BOTH),
    "song.lrc": (f"[ti:x]\n[00:01.00]{I_WENT}\n[00:04.00]{WHY}\n", NOBODY),
    "Trint.txt": (f"[00:00:01.12] - Ruth\n{I_WENT}\n\n[00:00:04.00] - Ana\n{WHY}\n", BOTH),
    "noScribe.txt": (f"Ruth: [00:00:01] {I_WENT}\n\nAna: [00:00:04] {WHY}\n", BOTH),
    "between.txt": (f"Ruth (0:01): {I_WENT}\nAna (0:04): {WHY}\n", BOTH),
    "Zoom.txt": (f"[Ruth] 10:03:12\n{I_WENT}\n\n[Ana] 10:03:15\n{WHY}\n", BOTH),
    "marks.txt": (
        f"RUTH:\t{I_WENT} [00:00:03]\nANA:\t{WHY}\nRUTH:\tYes.\nANA:\tOh.\n",
        [("RUTH", I_WENT), ("ANA", WHY), ("RUTH", "Yes."), ("ANA", "Oh.")],
    ),
    "frames.sub": ("{1}{1}25\n{25}{75}I went in,|at eight.\n{100}{150}{y:i}And then?\n", NOBODY),
    "tenths.txt": ("[10][30]/I went in,|at eight.\n[40][60]And then?\n", NOBODY),
    "old.smi": (
        "<SAMI><BODY><SYNC Start=1000><P Class=EN>I went in,<br>at eight.\n"
        "<SYNC Start=3000><P>&nbsp;\n<SYNC Start=4000><P Class=EN>And then?\n</BODY></SAMI>",
        NOBODY,
    ),
    "youtube.xml": (
        '<?xml version="1.0"?><transcript><text start="1.0" dur="2">I went in,\nat eight.</text>'
        '<text start="4">And then?</text></transcript>',
        NOBODY,
    ),
    "srv3.xml": (
        '<timedtext format="3"><body><p t="1000" d="2000">I went in, at eight.</p>'
        '<p t="4000" d="2000"><s>And</s> then?</p></body></timedtext>',
        NOBODY,
    ),
    "Temi.txt": (f"Ruth: 00:01 {I_WENT}\n\nAna: 00:04 {WHY}\n", BOTH),
    "unquoted.csv": (f"Start,End,Text\n0:01,0:03,{I_WENT}\n0:04,0:06,{WHY}\n", NOBODY),
    "ms.json": (
        json.dumps(
            {
                "who": "x",
                "entries": [
                    {"From_MS": 1000, "To_MS": 3000, "Who": "Ruth", "Text": I_WENT},
                    {"From_MS": 4000, "To_MS": 6000, "Who": "Ana", "Text": WHY},
                ],
            }
        ),
        BOTH,
    ),
    "people.json": (
        json.dumps(
            {
                "speakers": [{"id": "s1", "name": "Ruth"}, {"id": "s2", "name": "Ana"}],
                "paragraphs": [
                    {"speaker": "s1", "start": "00:00:01.0", "end": "00:00:03.0", "text": I_WENT},
                    {"speaker": "s2", "start": "00:00:04.0", "text": WHY},
                ],
            }
        ),
        BOTH,
    ),
}
