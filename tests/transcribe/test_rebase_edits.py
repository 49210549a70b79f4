"""A story transcribed again keeps the editor's work where it still fits, and lists the rest."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from library.core.errors import BadInput
from tests.support.known_interview import (
    QUESTIONS,
    SPEAKERS,
    interview_turns,
    misheard,
    spoken,
    transcript_of,
)
from transcribe.editing.apply_edits import AppliedEdit, apply_copy
from transcribe.editing.rebase_edits import RebasedCopy, rebase_copy
from transcribe.editing.transcript_markdown import parse_copy, write_copy
from transcribe.words import Transcript, Word

SHA = "2" * 64


def rebase(old: Transcript, text: str, new: Transcript) -> tuple[RebasedCopy, AppliedEdit]:
    rebased = rebase_copy(old, parse_copy(text, QUESTIONS, SPEAKERS), new, {})
    copy = write_copy(new.story, rebased.paragraphs, QUESTIONS)
    return rebased, apply_copy(new, SHA, copy, QUESTIONS, SPEAKERS)


def of(text: str) -> Transcript:
    return transcript_of(spoken(text))


def visible_text(edit: AppliedEdit) -> str:
    return " / ".join(f"{turn.speaker}: {turn.text}" for turn in edit.edited.turns)


def test_what_still_fits_is_kept() -> None:
    old = of("He was left in the carp ark with his coat. Daniel cried. The wart was full. Yes.")
    new = of("He was left in the carp ark with her coat. Daniel cried. The ward was full. Yes.")
    text = (
        "Interviewer: He was left in the car park with his coat.\n\nRuth: [[Daniel|My son]] cried. "
        "The ward was full. ~~Yes.~~"
    )
    rebased, edit = rebase(old, text, new)
    assert visible_text(edit) == (
        "Interviewer: He was left in the car park with her coat. / "
        "Ruth: My son cried. The ward was full."
    )
    assert (rebased.corrections, rebased.removals, rebased.lost, rebased.check_at) == (2, 2, (), ())
    assert "[[Daniel|My son]] cried" in edit.text


def test_a_correction_of_words_now_heard_otherwise_is_listed() -> None:
    old, new = of("We sat in the carp ark then."), of("We sat in the far bark then.")
    rebased, edit = rebase(old, "We sat in the car park then.", new)
    assert visible_text(edit) == "Ruth: We sat in the far bark then."
    assert [(change.at, change.what, change.text) for change in rebased.lost] == [
        (old.words[4].start, "correction", "car park")
    ]


def test_a_redaction_is_carried_by_its_time_and_the_editor_is_asked_to_look() -> None:
    old, new = of("My son Danielle was safe."), of("My son Dan yell was safe.")
    new = msgspec.structs.replace(
        new,
        words=tuple(
            Word(text=text, start=start, end=end)
            for text, start, end in [
                ("My", 0, 280), ("son", 320, 600), ("Dan", 640, 760), ("yell", 780, 920),
                ("was", 960, 1240), ("safe.", 1280, 1560),
            ]
        ),
    )  # fmt: skip
    rebased, edit = rebase(old, "My son [[Daniel|he]] was safe.", new)
    assert visible_text(edit) == "Ruth: My son he was safe."
    assert rebased.check_at == (640, 780)
    assert not rebased.lost
    assert "[[Dan yell|he]]" in edit.text
    # As many words as before, and others: none of the earlier ones stays in the brackets.
    _, edit = rebase(old, "My son [[Danielle|he]] was safe.", of("My son Daniels was safe."))
    assert "[[Daniels|he]]" in edit.text
    _, edit = rebase(old, "My son “[[Danielle]]”, was safe.", of("My son danielle’s was safe."))
    assert "[[danielle’s|" in edit.text
    assert "Danielle" not in edit.text
    (redaction,) = edit.edited.redactions
    assert redaction.start <= 640 < 920 <= redaction.end


def test_a_cut_of_what_is_no_longer_heard_is_listed_by_its_time_alone() -> None:
    old, new = of("He slept. Marmalade. He woke."), of("He slept. He woke.")
    new = msgspec.structs.replace(new, words=(*old.words[:2], *old.words[3:]))
    rebased, edit = rebase(old, "He slept. ~~Marmalade.~~ He woke.", new)
    assert visible_text(edit) == "Ruth: He slept. He woke."
    assert [(change.at, change.what, change.text) for change in rebased.lost] == [
        (old.words[2].start, "cut", "")
    ]


def test_words_taken_out_and_put_in_are_carried() -> None:
    old = of("He was uh not safe there.")
    new = of("He was uh not safe here.")
    rebased, edit = rebase(old, "Grace: He was not really safe there.", new)
    assert visible_text(edit) == "Grace: He was not really safe here."
    assert rebased.corrections == 1  # one stretch: “uh not” to “not really”


def test_the_same_words_again_give_the_same_copy() -> None:
    """Every name, heading, cut and redaction stays where it was."""
    old = transcript_of([word for turn in interview_turns() for word in turn.words])
    parts, under = [], ""
    titles = {question.id: question.ask for question in QUESTIONS.questions}
    for turn in interview_turns():
        if turn.question != under:
            under = turn.question
            parts.append(f"## {titles[under]}")
        parts.append(f"{turn.speaker}: {turn.text}")
    text = "\n\n".join(parts).replace("Daniel", "[[Daniel|my boy]]")
    text = text.replace("He was frightened, and so was I.", "~~He was frightened,~~ so was I.")
    before = apply_copy(old, SHA, text, QUESTIONS, SPEAKERS)
    rebased, after = rebase(old, text, old)
    assert (after.edited, after.text) == (before.edited, before.text)
    assert not rebased.lost + rebased.check_at


@given(seed=st.integers(0, 500), share=st.sampled_from([0.05, 0.2]), data=st.data())
def test_whatever_is_heard_anew_nothing_removed_comes_back_unseen(
    seed: int, share: float, data: st.DataObject
) -> None:
    """Every cut and redaction is carried, or listed; and the copy is one that can be applied."""
    truth = [
        Word(text=f"word{number}", start=number * 300, end=number * 300 + 280)
        for number in range(60)
    ]
    old = transcript_of(misheard(truth, share, seed), 20_000)
    new = transcript_of(misheard(truth, share, seed + 1), 20_000)
    marks = data.draw(
        st.lists(st.sampled_from("pppppcr"), min_size=len(old.words), max_size=len(old.words))
    )
    text = " ".join(
        {"p": word.text, "c": f"~~{word.text}~~", "r": f"[[{word.text}]]"}[mark]
        for word, mark in zip(old.words, marks, strict=True)
    )
    try:
        before = apply_copy(old, SHA, text, QUESTIONS, SPEAKERS)
    except BadInput:
        return
    rebased, edit = rebase(old, text, new)
    spans = [*edit.edited.cuts, *edit.edited.redactions]
    lost_at = [change.at for change in rebased.lost]
    for word, mark in zip(old.words, marks, strict=True):
        matching_words = [w for w in new.words if (w.start, w.text) == (word.start, word.text)]
        if mark != "p" and matching_words and word.start not in lost_at:
            assert any(span.start <= word.start < span.end for span in spans)
    assert bool(spans or lost_at) == bool(before.edited.cuts or before.edited.redactions)
