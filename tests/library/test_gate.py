"""The gate: pure, total, every reason at once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.consent.gate import (
    History,
    Progress,
    State,
    audiences_released,
    decide,
    decide_archive,
    next_step,
    require_agreed_picture,
    state_of,
)
from library.core.audience import Audience
from library.core.errors import NotAllowed
from library.records.consent import Agreement, Approval, Release, Withdrawal
from library.records.cut import Cut, CutState
from library.records.people import Register
from library.records.story import Story

DAY = date(2026, 3, 1)
CUT = CutState("c" * 64)
STORY = Story(
    id="cs-222222", title="A story", questions="being-heard", created="2026-01-01T00:00:00Z"
)
RECORDED = {"story": STORY.id, "recorded": "2026-03-01T00:00:00Z"}


def agreement(**other: Any) -> Agreement:
    fields = {"on": DAY, "taken_by": "editor", "form_version": "1"}
    fields |= {"independent": True, "capacity_considered": True}
    return Agreement(id="ag-1", **(RECORDED | fields | other))


def signed(**other: Any) -> Release:
    fields: dict[str, Any] = {"cut": CUT.hash, "viewed": DAY, "audience": "trust"}
    fields |= {"review": DAY + timedelta(days=700), "witness": "editor", "form_version": "1"}
    return Release(id="re-1", **(RECORDED | fields | other))


def approved(**other: Any) -> Approval:
    return Approval(
        id="ap-1",
        **(RECORDED | {"cut": CUT.hash, "audience": "public", "on": DAY, "role": "editor"} | other),
    )


def withdrawn() -> Withdrawal:
    return Withdrawal(id="wi-1", on=DAY, asked_by="contributor", **RECORDED)


WHOLE = History(STORY, (agreement(),), (signed(),), (approved(),))


def reasons(history: History, cut: CutState | None = CUT, on: date = DAY) -> tuple[str, ...]:
    return decide(history, cut, Audience.TRUST, on).reasons


def but(**other: Any) -> History:
    from dataclasses import replace

    return replace(WHOLE, **other)


def test_agreed_signed_and_approved_is_released() -> None:
    assert decide(WHOLE, CUT, Audience.TRUST, DAY).is_released


def test_everything_missing_is_said_at_once() -> None:
    assert reasons(History(STORY), None) == (
        "No participation agreement is recorded.",
        "No film has been made.",
        "The contributor has not signed off a film.",
        "No editor has approved a film.",
    )


def test_a_wider_permission_includes_the_narrower_and_not_the_other_way() -> None:
    assert audiences_released(WHOLE, CUT, DAY) == (Audience.TRAINING, Audience.TRUST)
    assert "does not include “public”" in decide(WHOLE, CUT, Audience.PUBLIC, DAY).reasons[0]


def test_a_changed_file_shuts_the_gate() -> None:
    changed = CutState(CUT.hash, ("captions.vtt",))
    assert reasons(WHOLE, changed) == ("captions.vtt is not as it was when the film was made.",)


def test_another_cut_needs_sign_off_and_approval_again() -> None:
    assert reasons(WHOLE, CutState("d" * 64)) == (
        "The contributor signed off another cut, not this one.",
        "The approval is for another cut, not this one.",
    )


def test_a_film_signed_off_before_only_the_voice_was_agreed_to_is_not_shown() -> None:
    later = {"recorded": "2026-03-02T00:00:00Z"}
    to_voice = agreement(record="voice", **later)
    narrowed = but(agreements=(agreement(), to_voice))
    sentence = f"Since {DAY} only their voice is agreed to, and this film was signed off before"
    assert [line.startswith(sentence) for line in reasons(narrowed)] == [True]
    assert audiences_released(narrowed, CUT, DAY) == ()
    progress = Progress(recorded=True, transcribed=True, edited=True, cut=CUT)
    assert state_of(narrowed, progress, DAY) is State.APPROVED
    assert "--picture voice-only" in next_step(narrowed, State.APPROVED, progress)
    # Nor is one shown to its contributor that nobody signed off since.
    for releases, state in (((), State.FILMED), ((signed(),), State.EXPIRED)):
        before = but(
            agreements=(agreement(), to_voice),
            releases=releases,
            approvals=(),
            registers=(Register(id="rg-1", on=DAY, role="editor", people=(), **RECORDED),),
        )
        assert "--picture voice-only" in next_step(before, state, progress)
        with pytest.raises(NotAllowed, match=f"Since {DAY} only their voice is agreed to"):
            require_agreed_picture(before, CUT)
        require_agreed_picture(before, CutState("e" * 64, recipe={"picture": "voice-only"}))
    # Unsaid since, it is as it was; agreed to a picture since, or signed off since, it is shown.
    unsaid = agreement(recorded="2026-03-03T00:00:00Z")
    assert reasons(but(agreements=(agreement(), to_voice, unsaid))) == reasons(narrowed)
    anew = agreement(record="picture-and-voice", recorded="2026-03-03T00:00:00Z")
    assert reasons(but(agreements=(agreement(), to_voice, anew))) == ()
    signed_since = signed(recorded="2026-03-03T00:00:00Z")
    assert reasons(but(agreements=(agreement(), to_voice), releases=(signed_since,))) == ()
    require_agreed_picture(but(agreements=(agreement(), to_voice), releases=(signed_since,)), CUT)
    again = agreement(record="voice", recorded="2026-03-04T00:00:00Z")
    three = (agreement(), to_voice, again)
    assert reasons(but(agreements=three, releases=(signed_since,))) == reasons(narrowed)
    # An archive gets nothing that may hold their picture, whatever it may keep.
    uncut = signed(archive="uncut", recorded="2026-03-03T00:00:00Z")
    both = but(agreements=(agreement(), to_voice), releases=(uncut,))
    assert decide_archive(both, CUT, DAY).includes_uncut is False
    assert decide_archive(but(releases=(uncut,)), CUT, DAY).includes_uncut
    # A film without their picture, and a story that was of the voice alone from the first.
    assert reasons(narrowed, CutState(CUT.hash, recipe={"picture": "voice-only"})) == ()
    from_the_first = agreement(record="voice")
    assert reasons(but(agreements=(from_the_first, to_voice))) == ()


def test_it_runs_out_on_the_review_date_itself() -> None:
    last_day = WHOLE.releases[0].review - timedelta(days=1)
    assert not reasons(WHOLE, on=last_day)
    assert reasons(WHOLE, on=last_day + timedelta(days=1))[0].startswith("The sign-off was due")


def test_a_date_still_to_come_is_not_believed() -> None:
    assert len(reasons(WHOLE, on=DAY - timedelta(days=1))) == 3


def test_the_last_sign_off_counts() -> None:
    narrowed = but(releases=(signed(audience="public"), signed(audience="training")))
    assert audiences_released(narrowed, CUT, DAY) == (Audience.TRAINING,)


def test_withdrawal_wins_over_whatever_came_after() -> None:
    history = but(withdrawals=(withdrawn(),), approvals=(approved(), approved()))
    assert reasons(history)[0].startswith("It was withdrawn on 2026-03-01")
    assert state_of(history, Progress(cut=CUT), DAY) is State.WITHDRAWN


def test_a_release_for_everyone_is_none_for_an_archive() -> None:
    everyone = but(releases=(signed(audience="public"),))
    assert decide(everyone, CUT, Audience.PUBLIC, DAY).is_released
    assert decide_archive(everyone, CUT, DAY).reasons == (
        "The contributor has not said that an archive may keep it.",
    )
    archived = but(releases=(signed(audience="training", archive="as-shown"),))
    assert decide_archive(archived, CUT, DAY).is_released
    assert not decide_archive(archived, CUT, DAY).includes_uncut
    uncut = but(releases=(signed(archive="uncut"),))
    assert decide_archive(uncut, CUT, DAY).includes_uncut


def test_an_archive_has_nothing_once_any_of_it_was_taken_back() -> None:
    narrowed = Withdrawal(id="wi-1", on=DAY, asked_by="editor", scope="public", **RECORDED)
    history = but(releases=(signed(archive="uncut"),), withdrawals=(narrowed,))
    (reason,) = decide_archive(history, CUT, DAY).reasons
    assert "was withdrawn on 2026-03-01" in reason
    assert decide(history, CUT, Audience.TRUST, DAY).is_released


def test_an_archive_alone_can_be_taken_back_from() -> None:
    from_archives = Withdrawal(id="wi-1", on=DAY, asked_by="editor", scope="archive", **RECORDED)
    history = but(releases=(signed(archive="uncut"),), withdrawals=(from_archives,))
    assert audiences_released(history, CUT, DAY) == (Audience.TRAINING, Audience.TRUST)
    (reason,) = decide_archive(history, CUT, DAY).reasons
    assert reason.startswith("Keeping it in an archive was withdrawn on 2026-03-01; nothing")


def test_for_an_archive_too_everything_missing_is_said_at_once() -> None:
    assert decide_archive(History(STORY), None, DAY).reasons == (
        "No participation agreement is recorded.",
        "No film has been made.",
        "The contributor has not signed off a film.",
        "No editor has approved a film.",
    )


def test_a_release_of_an_earlier_version_means_no_archive() -> None:
    written = msgspec.to_builtins(signed())
    del written["archive"]
    assert msgspec.convert(written, Release).archive == "no"


days = st.integers(-900, 900).map(lambda n: DAY + timedelta(days=n))
cuts = st.sampled_from(["c" * 64, "d" * 64])
words = st.sampled_from(["training", "trust", "partners", "public"])
histories = st.builds(
    History,
    st.just(STORY),
    st.lists(st.builds(lambda on: agreement(on=on), days), max_size=2).map(tuple),
    st.lists(
        st.builds(
            lambda c, v, r, a: signed(cut=c, viewed=v, review=r, audience=a),
            cuts,
            days,
            days,
            words,
        ),
        max_size=3,
    ).map(tuple),
    st.lists(st.builds(lambda c, on: approved(cut=c, on=on), cuts, days), max_size=3).map(tuple),
    st.lists(st.builds(withdrawn), max_size=1).map(tuple),
)
observed = st.none() | st.builds(CutState, cuts, st.sampled_from([(), ("film.mp4",)]))


def naively(history: History, cut: CutState | None, audience: Audience, on: date) -> bool:
    """Answer what `decide` is asked, the slow and plain way."""
    if history.withdrawals or not history.agreements or cut is None or cut.changed_files:
        return False
    if not history.releases or not history.approvals:
        return False
    agreed, release, approval = history.agreements[-1], history.releases[-1], history.approvals[-1]
    order = ["training", "trust", "partners", "public"]
    return (
        agreed.on <= on
        and release.viewed <= on < release.review
        and approval.on <= on
        and release.cut == approval.cut == cut.hash
        and order.index(audience.word) <= order.index(release.audience)
    )


@given(histories, observed, st.sampled_from(Audience), days)
def test_the_gate_agrees_with_a_naive_model(
    history: History, cut: CutState | None, audience: Audience, on: date
) -> None:
    decision = decide(history, cut, audience, on)
    assert decision.is_released == naively(history, cut, audience, on)
    assert all(reason.endswith(".") for reason in decision.reasons)


@given(histories, observed, days)
def test_the_state_says_released_exactly_when_somebody_may_see_it(
    history: History, cut: CutState | None, on: date
) -> None:
    state = state_of(history, Progress(True, True, True, cut), on)
    assert (state is State.RELEASED) == bool(audiences_released(history, cut, on))


def test_the_hash_of_a_cut_covers_names_and_contents_and_not_the_recipe() -> None:
    cut = Cut(story="cs-1", artefacts={"film.mp4": "1", "captions.vtt": "2"})
    same_cut = Cut(
        story="cs-1", artefacts={"captions.vtt": "2", "film.mp4": "1"}, recipe={"a": "b"}
    )
    other = msgspec.structs.replace(cut, artefacts={"film.mp4": "2", "captions.vtt": "1"})
    assert cut.hash == same_cut.hash != other.hash
