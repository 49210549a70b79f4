"""Labels are speakers, never words: told by what they do in the whole file, not by their look."""

from __future__ import annotations

import pytest

from transcribe.formats.caption_words import words_from_captions
from transcribe.formats.source_file import SourceTranscript
from transcribe.formats.speaker_labels import LabelAnswers

SAID = (
    *("I was at home.", "It was late.", "Nobody came.", "So I rang them.", "They said no."),
    *("I waited.", "He slept.", "And then?", "We went back.", "That was all."),
)


def captions(lines: list[str], answers: LabelAnswers | None = None) -> SourceTranscript:
    blocks = [f"00:{n:02}:01,000 --> 00:{n:02}:04,000\n{line}\n" for n, line in enumerate(lines)]
    return words_from_captions("\n".join(blocks), as_vtt=False, answers=answers)


def says(source: SourceTranscript) -> list[tuple[str, str]]:
    return [
        (passage.speaker, " ".join(word.text for word in passage.words))
        for passage in source.passages
    ]


def text_of(source: SourceTranscript) -> str:
    return " ".join(said for _, said in says(source))


LABELS = (
    *("ruth's iPhone", "sarah", "Mr. Smith", "+44 7700 900123", "محمد", "Nuala | Carers Trust"),
    *("de Souza, Ana", "MARSH, JR.", "ÓRLA NÍ BHRIAIN", "李华", "Dr Anne-Marie O’Neill (she/her)"),
    *("SPEAKER_00", "Speaker 1", "Q", "A", "iPad (2)", "User-3f9a", "carer_ruth84", "Mum", "Me"),
    *("Γιώργος", "Олена Ш.", "J. K.", "Interviewer", "ruth@example.org", "Ruth and Sam", "00442"),
    *("Guest_12", "Mrs. D. van der Berg", "Unknown Speaker", "R.", "X Æ A-12", "Grace", "Will"),
)


@pytest.mark.parametrize("first", LABELS)
def test_a_label_of_any_form_is_a_speaker(first: str) -> None:
    other = "Karen Jones"
    lines = [f"{(first, other)[n % 2]}: {said}" for n, said in enumerate(SAID)]
    assert says(captions(lines)) == [((first, other)[n % 2], said) for n, said in enumerate(SAID)]


@pytest.mark.parametrize("first", LABELS)
def test_a_label_that_stands_only_where_the_speaker_changes(first: str) -> None:
    names = [first, "", "Karen Jones", "", first, "", "Karen Jones", "", first, ""]
    lines = [f"{name}: {said}" if name else said for name, said in zip(names, SAID, strict=True)]
    source = captions(lines)
    assert text_of(source) == " ".join(SAID)
    assert {speaker for speaker, _ in says(source)} == {first, "Karen Jones"}


@pytest.mark.parametrize(
    "form",
    [
        *(
            "[{}]: ",
            "{}:",
            "{}：",
            "{} : ",
            "- {}: ",
            ">> {}: ",
            "**{}:** ",
            "[{}] ",
            "({}) ",
            "<{}> ",
        ),
        *(
            "{} - ",
            "{} – ",
            "{}\t",
            "{} (00:12): ",
            "[00:01:02] {}: ",
            "{} 00:12: ",
            "{}:\n",
            "{}\n",
        ),
        *("\u200f{}:\u200f ", "*{}*: "),
    ],
)
def test_each_form_of_a_label(form: str) -> None:
    names = ["Ruth Hale", "sarah"]
    lines = [form.format(names[n % 2]) + said for n, said in enumerate(SAID)]
    assert says(captions(lines)) == [(names[n % 2], said) for n, said in enumerate(SAID)]


@pytest.mark.parametrize(
    "said",
    [
        *(
            "Remember: nobody tells you.",
            "My advice: ask twice.",
            "One thing: sleep.",
            "No: never.",
        ),
        *(
            "He said: no.",
            "My view is simple: nobody listens.",
            "Note: I was alone.",
            "So: we left.",
        ),
        *(
            "The answer was: wait.",
            "At 10:30 we went.",
            "10:30: the nurse came.",
            "Listen: it helps.",
        ),
        *("I went home. Then he said: no.", "It’s like this: you wait.", "What I mean: rest."),
    ],
)
@pytest.mark.parametrize("is_labelled", [False, True])
def test_a_colon_in_speech_makes_no_speaker(said: str, is_labelled: bool) -> None:
    names = ["Karen: ", "Ruth: "] if is_labelled else ["", ""]
    lines = [names[n % 2] + line for n, line in enumerate(SAID)]
    lines[3:3] = [said]
    lines[7:7] = [said]
    source = captions(lines)
    assert text_of(source).count(said) == 2
    assert not {"Remember", "Note", "So", "No"} & {speaker for speaker, _ in says(source)}


def test_notes_of_sounds_are_no_speakers() -> None:
    lines = [f"[Music] {said}" if n % 2 else f"(Laughter) {said}" for n, said in enumerate(SAID)]
    assert {speaker for speaker, _ in says(captions(lines))} == {""}


def test_two_labels_in_one_caption_are_two_speakers() -> None:
    lines = [
        "Karen: When? Ruth: On Monday.",
        "Karen: I see.\nRuth: Yes.",
        "Ruth: He asked Karen: why?",
    ]
    assert says(captions(lines)) == [
        ("Karen", "When?"),
        ("Ruth", "On Monday."),
        ("Karen", "I see."),
        ("Ruth", "Yes."),
        ("Ruth", "He asked Karen: why?"),
    ]


def test_a_label_that_never_begins_a_caption_is_a_speaker() -> None:
    lines = ["Ruth: I rang. Jo: And then?", "Ruth: They said no. Jo: Right.", "Ruth: I cried."]
    source = captions([*lines, "Ruth: I did. Sandra: When? Remember: ask."])
    assert [speaker for speaker, _ in says(source)] == [
        *["Ruth", "Jo"] * 2,
        *["Ruth"] * 2,
        "Sandra",
    ]
    assert says(source)[-1] == ("Sandra", "When? Remember: ask.")
    assert [(label.name, label.is_taken) for label in source.unsure_labels] == [("Sandra", True)]


def test_labels_within_captions_alone_are_asked_about() -> None:
    lines = [
        "And then? Jo: I rang.",
        "They came. Sandra: When? Jo: Late.",
        "He agreed. Sandra: Right.",
    ]
    unsure = captions(lines).unsure_labels
    assert [(label.name, label.is_taken) for label in unsure] == [("Jo", False), ("Sandra", False)]


@pytest.mark.parametrize(
    "header", ["NOTE Speakers: sarah, Mindfulness", "NOTE\nParticipants: sarah"]
)
def test_a_list_of_speakers_says_who_they_are(header: str) -> None:
    blocks = [f"00:0{n}.000 --> 00:0{n}.900\n{said}\n" for n, said in enumerate(SAID[:8])]
    blocks[4:4] = ["00:04.000 --> 00:05.000\nsarah: Hello.\n"]
    source = words_from_captions(f"WEBVTT\n\n{header}\n\n" + "\n".join(blocks), as_vtt=True)
    assert ("sarah", "Hello.") in says(source)


def test_a_voice_tag_names_the_label_beside_it() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v sarah>sarah: Hello.\n\n"
    text += "00:03.000 --> 00:04.000\n<v Will>Remember: ask.\n"
    assert says(words_from_captions(text, as_vtt=True)) == [
        ("sarah", "Hello."),
        ("Will", "Remember: ask."),
    ]


def test_what_is_unsure_is_asked_and_the_answer_decides() -> None:
    lines = [*SAID[:6], "Mindfulness: It helps.", "Mindfulness: They all say so."]
    (unsure,) = captions(lines).unsure_labels
    assert (unsure.name, unsure.count, unsure.is_taken) == ("Mindfulness", 2, True)
    assert '--not-label "Mindfulness"' in unsure.sentence
    (unsure,) = captions([*SAID[:6], *lines]).unsure_labels
    assert not unsure.is_taken
    assert '--label "Mindfulness"' in unsure.sentence
    said = captions(lines, LabelAnswers(not_labels=("Mindfulness",)))
    assert "Mindfulness: It helps." in text_of(said)
    named = captions([*SAID[:6], *lines], LabelAnswers(labels=("mindfulness",)))
    assert "Mindfulness" not in text_of(named)
    assert not said.unsure_labels + named.unsure_labels
    refused = captions(
        [f"{name}: {said}" for name, said in zip(["Ann", "Bo"] * 5, SAID, strict=True)],
        LabelAnswers(not_labels=("Bo",)),
    )
    assert "Bo:" in text_of(refused)
