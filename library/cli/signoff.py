"""`signoff`: what the contributor decided about the film they watched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from library.cli.consent import form_prompts, say_proof
from library.cli.console import examples, say, say_detail, say_next, workspace_of
from library.cli.fields import WITNESSES, Day, Role, form_option, form_version_option, yes_option
from library.cli.status import say_next_of_story, say_outdated_copies
from library.cli.wizard import (
    Answers,
    InvalidAnswer,
    Prompt,
    answers_from_options,
    ask,
    day,
    day_gone,
    one_of,
    only_yes,
)
from library.core.audience import AUDIENCE_WORDS, Audience
from library.core.clock import months_after
from library.records.consent import ARCHIVE_MEANINGS, ARCHIVE_WORDS

if TYPE_CHECKING:
    from library.consent.gate import History
    from library.records.cut import CutState
    from library.records.preview_answers import AnswersRecord

_SEEN = {"shown": "is shown", "blurred": "is softened", "voice-only": "is not shown"}
NAMES = {
    "full": "their full name",
    "first": "their first name",
    "chosen": "another name they chose",
    "none": "no name",
}


@click.command(
    epilog=examples(
        "carer-stories signoff cs-4k7m2q",
        "carer-stories signoff cs-4k7m2q --cut 3f9a2c1b --audience training "
        "--witness carer-volunteer --yes",
    )
)
@click.argument("story_id", metavar="STORY")
@click.option("--cut", "viewed_code", help="The code at the foot of the page they watched it on.")
@click.option("--viewed", type=Day(), help="The day they watched it (default: today).")
@click.option(
    "--audience", type=click.Choice(AUDIENCE_WORDS), help="The widest audience they agree to."
)
@click.option(
    "--archive",
    type=click.Choice(ARCHIVE_WORDS),
    help="What an archive may keep: nothing (usual), the film as shown, or the recording as well.",
)
@click.option(
    "--name", type=click.Choice(tuple(NAMES)), help="What the name on its page is to them."
)
@click.option(
    "--picture",
    type=click.Choice(("shown", "blurred", "voice-only")),
    help="How they chose to be seen, if the form says it: the film must be so.",
)
@click.option(
    "--voice",
    type=click.Choice(("own", "disguised")),
    help="How they chose to be heard, if the form says it: the film must be so.",
)
@click.option("--review", type=Day(), help="From this day it is not shown without asking again.")
@click.option("--witness", type=Role(WITNESSES), help="Who was there when they signed.")
@form_version_option
@form_option
@yes_option
@click.pass_context
def signoff(ctx: click.Context, /, story_id: str, yes: bool, **given: Any) -> None:
    """Record that the contributor watched the finished film of STORY and releases it.

    Asks one thing at a time what is not given as an option. How picture and voice are shown is
    what the film was made with: it is what they watched.
    """
    from library.consent.decisions import (
        needs_scan,
        record_release,
        require_code_of,
        require_no_blanks,
        require_signable_cut,
    )
    from library.consent.gate import archive_meaning, picture_agreed_until
    from library.consent.stories import read_history
    from library.forms.wording import form_version
    from library.records.preview_answers import read_answers_record

    workspace = workspace_of(ctx)
    cut = require_signable_cut(workspace, story_id)
    # Before anything is asked: a film that is not the one they watched ends it here.
    if given["viewed_code"] is not None:
        require_code_of(cut, given["viewed_code"])
    settings = require_no_blanks(workspace, "The sign-off is not recorded")
    history = read_history(workspace, story_id)
    say(f"The contributor’s release of {story_id}, “{history.story.title}”.", bold=True)
    if history.releases:
        last = history.releases[-1]
        same = "this" if last.cut == cut.hash else "another"
        say(
            f"On {last.viewed} they released {same} cut for “{last.audience}”. What you record now "
            "stands in its place."
        )
    _say_less_is_agreed(story_id, since=picture_agreed_until(history, cut))
    _say_answers(read_answers_record(workspace.story(story_id)), cut)
    months = settings.review_months
    questions = [
        *_what_they_saw(story_id, cut),
        *_who_and_how(history, cut),
        *_what_they_know(lambda answers: str(months_after(answers["viewed"], months))),
        *form_prompts(
            given["form_version"] or form_version(workspace, "release"),
            needs_scan=needs_scan(settings),
        ),
    ]
    # Not asked: they are compared with the film, which says what is recorded.
    chosen = {name: given.pop(name) for name in ("picture", "voice")}
    answers = answers_from_options(questions, given) if yes else ask(questions, given)
    # Said yes to, and no fields of the record.
    for sentences in ("watched", "as_seen", "recognised", "taking_back"):
        answers.pop(sentences, None)
    release = record_release(workspace, story_id, expected=cut, **chosen, **answers)
    say(f"Signed off for “{release.audience}”.", bold=True)
    say(f"From {release.review} on it is not shown unless they say yes again.")
    if release.archive != "no":
        say(f"It may be {archive_meaning(read_history(workspace, story_id))}.")
    say_proof(release.form_sha256, release.witness)
    say_outdated_copies(workspace, story_id)
    if cut.level is not None and cut.level.word != release.audience:
        say(f"The film’s title card still says “{cut.level.word}”. Make it again and show it.")
        say_next(f"carer-stories film {story_id} --for {release.audience}")
        return
    say_next_of_story(workspace, story_id)


def _say_less_is_agreed(story_id: str, *, since: date | None) -> None:
    """Say what to ask whoever agreed to their voice alone since, where the film shows them.

    Their yes to this very film counts: it is of what they watched, and later.
    """
    if since:
        say(
            f"Since {since} only their voice is agreed to, and this film shows their picture. "
            "Go on only if they say that they want to be seen in it; if not, make it without: "
            f"carer-stories film {story_id} --picture voice-only",
            bold=True,
        )


def _say_answers(record: AnswersRecord, cut: CutState) -> None:
    """Say what the contributor answered about this cut: evidence that may be cited, no sign-off."""
    for received in record.about(cut.hash):
        say(f"In its preview they answered {received.answers.sentence}.")
        say_detail(f"That file’s SHA-256 is {received.sha256}.")
    if record.about(cut.hash):
        say(
            f"You may cite that as evidence (carer-stories site remarks {record.story}). It is no "
            "sign-off: what they say now is."
        )


def _what_they_saw(story_id: str, cut: CutState) -> list[Prompt]:
    return [
        Prompt(
            "watched",
            "Has the contributor watched this film to the end, as staff would see it?",
            "Nobody can agree to what they have not seen.",
            only_yes(
                "the contributor has not watched it.",
                f"Show it to them: carer-stories site preview {story_id}",
            ),
        ),
        Prompt(
            "viewed_code",
            "What is the code at the foot of the page they watched it on?",
            "So that what is released is the film they saw, and no other.",
            _code_of(cut),
            label="Code of the film",
            option="--cut",
        ),
        Prompt(
            "viewed",
            "On which day did they watch it?",
            "There should be time to think between watching and signing.",
            day_gone,
            usual=lambda _: "today",
            label="Watched on",
            option="--viewed",
        ),
    ]


def _who_and_how(history: History, cut: CutState) -> list[Prompt]:
    picture = _SEEN[cut.picture]
    voice = "their own" if cut.voice == "own" else "disguised"
    again = "Make the film again as they want it, and show it to them: carer-stories film "
    return [
        Prompt(
            "audience",
            "Who may see it?",
            "They choose; each choice takes in the ones before it.",
            _audience_of(history, cut),
            choices=[(role.word, role.level_of_use) for role in Audience],
            label="Released for",
            option="--audience",
        ),
        Prompt(
            "archive",
            "May an archive keep it, so that it is there for people in later years?",
            "A permission of its own. Say no unless they ticked it on the form: with the recording "
            "an archive has all that was cut and bleeped.",
            one_of(ARCHIVE_WORDS),
            choices=[(word, ARCHIVE_MEANINGS[word]) for word in ARCHIVE_WORDS],
            usual=lambda _: "no",
            label="Archive",
            option="--archive",
        ),
        _name_question(history),
        Prompt(
            "as_seen",
            f"In this film their picture {picture}; the voice is {voice}. Do they want that?",
            "Some want to be seen and some do not. Ask; never guess.",
            only_yes(
                "they want their picture or voice used in another way.", again + history.story.id
            ),
        ),
    ]


def _name_question(history: History) -> Prompt:
    story = history.story
    displayed = story.contributor
    change = (
        f'Change it (carer-stories story edit {story.id} --contributor "NAME"), make the film '
        "again and show it to them."
    )
    if not displayed:
        return Prompt(
            "name",
            "The page shows no name. Is that what they want?",
            "Some are proud of their name and some need to be hidden. Ask; never guess.",
            _no_name(only_yes("they want a name to be shown.", change)),
            usual=lambda _: "yes",
            option="--name",
        )
    words = [word for word in NAMES if word != "none"]
    return Prompt(
        "name",
        f"The page shows the name “{displayed}”. What is that?",
        f"If they want another name, or none: stop here. {change}",
        one_of(words),
        choices=[(word, NAMES[word]) for word in words],
        usual=lambda _: "chosen",
        label=f"Named “{displayed}”, which is",
        option="--name",
    )


def _no_name(confirmed: Callable[[str, Answers], bool]) -> Callable[[str, Answers], str]:
    def read(typed: str, answers: Answers) -> str:
        confirmed(typed, answers)
        return "none"

    return read


def _what_they_know(review: Callable[[Answers], str]) -> list[Prompt]:
    return [
        Prompt(
            "recognised",
            "Do they know that people can recognise a voice, even without name or picture?",
            "Hiding a name is not being hidden.",
            only_yes(
                "they do not know it yet.",
                "Talk it through, and give them time before you ask again.",
            ),
        ),
        Prompt(
            "taking_back",
            "Do they know how to take it back at any time, and what cannot be called back?",
            "Taking back has to be as easy as giving. Both forms tell how.",
            only_yes(
                "they do not know it yet.",
                "Go through “If you change your mind” on the form together.",
            ),
        ),
        Prompt(
            "review",
            "By when are they asked again?",
            "Lives change. From that day on it is not shown unless they say yes again.",
            _review_day,
            usual=review,
            label="Asked again by",
            option="--review",
        ),
        Prompt(
            "witness",
            "Who was there when they signed?",
            "Only the role is kept, never a name.",
            one_of(WITNESSES),
            choices=[(role, "") for role in WITNESSES],
            label="Witnessed by",
            option="--witness",
        ),
    ]


def _code_of(cut: CutState) -> Callable[[str, Answers], str]:
    """Return a reader of the code that never says which would be right: the page says it."""

    def read(typed: str, _answers: Answers) -> str:
        from library.consent.decisions import is_code_of

        if is_code_of(cut, typed):
            return typed
        if not typed:
            raise InvalidAnswer("Please type the code: it is at the foot of the page they watched.")
        raise InvalidAnswer(
            "That is not the code of the film as it is now. If the page they watched has this "
            "code, it was an earlier film: stop here and show them this one."
        )

    return read


def _audience_of(history: History, cut: CutState) -> Callable[[str, Answers], str]:
    choose = one_of(AUDIENCE_WORDS)

    def read(typed: str, answers: Answers) -> str:
        word = choose(typed, answers)
        if any(audience.covers(Audience.from_word(word)) for audience in history.withdrawals):
            raise InvalidAnswer(f"Showing it to “{word}” was taken back, for good.")
        if cut.level is not None and Audience.from_word(word) > cut.level:
            raise InvalidAnswer(
                f"The title card of the film they watched says “{cut.level.word}”. For “{word}” "
                "stop here, make the film again with --for, and show it to them."
            )
        return word

    return read


def _review_day(typed: str, answers: Answers) -> date:
    from library.core.clock import today

    review = day(typed, answers)
    if review <= max(today(), answers["viewed"]):
        raise InvalidAnswer(f"{review} is not to come. By when are they asked again?")
    return review
