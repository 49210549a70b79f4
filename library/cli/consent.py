"""Commands `consent record`, `consent form` and `consent due`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from library.cli.console import (
    confirm,
    examples,
    json_option,
    say,
    say_json,
    say_next,
    table,
    workspace_of,
)
from library.cli.fields import (
    WITNESSES,
    Day,
    Role,
    form_option,
    form_version_option,
    output_option,
    yes_option,
)
from library.cli.status import say_next_of_story
from library.cli.wizard import (
    Prompt,
    answers_from_options,
    ask,
    day_gone,
    filled_line,
    line,
    one_of,
    only_yes,
    scan,
    yes_or_no,
)
from library.consent.agreement_rules import (
    CONTACT_WAYS,
    QUESTIONS,
    RECORDED_MEDIA,
    AgreementAnswers,
    consequences,
)
from library.core.counting import counted
from library.core.files import real_path
from library.core.settings import NEEDED_FOR_AGREEMENTS, load_settings, say_missing
from library.records.consent import ContactWay

if TYPE_CHECKING:
    from library.core.workspace import Workspace
    from library.forms.printing import PrintedForm
    from library.records.consent import Agreement


_WITHOUT_CONTACT: tuple[ContactWay, ...] = ("on-paper", "none-wanted")


@click.group(epilog="Example: carer-stories consent record cs-4k7m2q")
def consent() -> None:
    """The participation agreement, before anything is recorded."""


@consent.command(
    "record",
    epilog=examples(
        "carer-stories consent record cs-4k7m2q",
        "carer-stories consent record cs-4k7m2q --taken-by carer-volunteer --independent "
        "--capacity-considered --yes",
    ),
)
@click.argument("story_id", metavar="STORY")
@click.option("--on", type=Day(), help="The day it was signed (default: today).")
@click.option("--taken-by", type=Role(WITNESSES), help="Who went through the form with them.")
@click.option(
    "--independent/--not-independent",
    default=None,
    help="Taken by someone outside the relative's care.",
)
@click.option(
    "--capacity-considered/--capacity-not-considered",
    default=None,
    help="Whether the person could decide this was considered.",
)
@click.option(
    "--recognise-after-erasure/--not-recognise-after-erasure",
    default=None,
    help="Whether a fingerprint of the recording may be kept once it is erased (default: no).",
)
@form_version_option
@form_option
@click.option("--real-name", help="Who they are: kept apart, never on a page or in a log.")
@click.option("--contact", help="How they want to be reached: kept with their name.")
@click.option(
    "--contact-way",
    type=click.Choice(_WITHOUT_CONTACT),
    help="Where no contact is given: it is on the signed form, or none is wanted.",
)
@click.option(
    "--record",
    type=click.Choice(RECORDED_MEDIA),
    help="Media that may be recorded, as ticked on the form.",
)
@yes_option
@click.pass_context
def consent_record(ctx: click.Context, /, story_id: str, yes: bool, **given: Any) -> None:
    """Record that the contributor agreed to take part in recording STORY.

    Asks one thing at a time what is not given as an option.
    """
    from library.consent.contributors import contributor_of, record_contributor
    from library.consent.decisions import needs_scan, record_agreement, require_no_blanks
    from library.consent.gate import require_not_withdrawn
    from library.consent.gate_input import has_picture_to_keep, is_filmed
    from library.consent.stories import read_history
    from library.forms.wording import form_version

    workspace = workspace_of(ctx)
    history = read_history(workspace, story_id)
    require_not_withdrawn(history)
    # Before anything is asked: without them it would be refused at the end.
    settings = require_no_blanks(workspace, "The agreement is not recorded")
    say(f"Participation agreement for {story_id}, “{history.story.title}”.", bold=True)
    if history.agreements:
        _confirm_replacement(history.agreements[-1], yes=yes)
    version = given["form_version"] or form_version(workspace, "participation")
    has_contributor = contributor_of(workspace, story_id) is not None
    prompts = _agreement_prompts(
        story_id, version, has_contributor=has_contributor, needs_scan=needs_scan(settings)
    )
    answers = answers_from_options(prompts, given) if yes else ask(prompts, given)
    # Asked so that nobody records what was not signed; no field of the record.
    answers.pop("signed", None)
    # Kept apart: they stand neither in the record nor in the log.
    private = {name: answers.pop(name, "") for name in ("real_name", "contact")}
    way: ContactWay | Literal[""] = answers.pop("contact_way", "")
    if private["contact"]:
        way = "kept"
    answers["record"] = answers.get("record", "")
    agreement = record_agreement(workspace, story_id, contact=way, **answers)
    say("The agreement is recorded.", bold=True)
    if any(private.values()):
        name, contact = private["real_name"], private["contact"]
        record_contributor(workspace, story_id, name=name, contact=contact, role=agreement.taken_by)
        say("Who told the story is kept, apart from everything else.")
    answered = AgreementAnswers(independent=agreement.independent, contact=agreement.contact)
    for sentence in consequences(answered):
        say(sentence)
    # By the originals: the import of what was filmed may still be at work.
    if agreement.record == "voice" and is_filmed(workspace.story(story_id)):
        say(
            "What was filmed before still lies on this computer. Nobody is shown it, and it is not "
            f"taken away by this: `carer-stories withdraw {story_id} --erase` takes it all away."
        )
    if agreement.record == "voice" and has_picture_to_keep(workspace.story(story_id)):
        say(
            "A recording with their picture is still to be kept: only its sound will be, and the "
            "picture is deleted then. If this is a slip, record it anew before that, with "
            "--record picture-and-voice."
        )
    say_proof(agreement.form_sha256, agreement.taken_by)
    say_next_of_story(workspace, story_id)


def say_proof(form_sha256: str, witness: str) -> None:
    """Say by what it can be shown later that they agreed."""
    if form_sha256:
        say("Proof: the scan of the signed form, which is kept with the story.")
        return
    say(f"Proof: the {witness}, who was there.")
    say("No scan of the signed form is kept yet: `carer-stories consent due` reminds you.")


def _confirm_replacement(agreement: Agreement, *, yes: bool) -> None:
    """Say which agreement stands already, and ask whether another one is to count in its place."""
    say(
        f"An agreement is recorded already: signed on {agreement.on}, taken by the "
        f"{agreement.taken_by}, form version {agreement.form_version}."
    )
    say("What you record now counts in its place; the earlier one stays in the records.")
    if not yes:
        confirm("Record another one?", abort=True)


def _agreement_prompts(
    story_id: str, version: str, *, has_contributor: bool, needs_scan: bool
) -> list[Prompt]:
    """Return the prompts of `consent record`; a contributor known already is not asked for."""
    return [
        Prompt(
            "signed",
            "Has the contributor signed the form “Taking part in a recording”?",
            "Nobody is recorded before they have agreed, on paper and with time to think.",
            only_yes(
                "the form is not signed yet.",
                f"Print it and go through it together: carer-stories consent form {story_id}",
            ),
        ),
        Prompt(
            "on",
            *QUESTIONS["on"],
            day_gone,
            usual=lambda _: "today",
            label="Signed on",
            option="--on",
        ),
        Prompt(
            "taken_by",
            *QUESTIONS["taken_by"],
            one_of(WITNESSES),
            choices=[(role, "") for role in WITNESSES],
            label="Taken by",
            option="--taken-by",
        ),
        Prompt(
            "independent",
            *QUESTIONS["independent"],
            yes_or_no,
            label="Taken by somebody outside the relative’s care",
            option="--independent or --not-independent",
        ),
        Prompt(
            "capacity_considered",
            *QUESTIONS["capacity_considered"],
            only_yes(
                "whether they could decide was not thought about.",
                "Consider it together (Mental Capacity Act 2005), then record the agreement.",
            ),
            label="Whether they could decide was considered",
            option="--capacity-considered",
        ),
        Prompt(
            "record",
            "Did they tick “My picture and my voice”, or only the voice?",
            "No picture of them comes in unless they ticked it.",
            one_of(RECORDED_MEDIA),
            choices=[("picture-and-voice", "My picture and my voice"), ("voice", "Only my voice")],
            label="May be recorded",
        ),
        Prompt(
            "recognise_after_erasure",
            "Did they tick that, once the recording is deleted, we may keep a fingerprint of it?",
            "Numbers made from its sound: a copy is known if it is brought in. No tick means no.",
            yes_or_no,
            usual=lambda _: "no",
            label="A fingerprint of the recording may be kept once it is erased",
            option="--recognise-after-erasure or --not-recognise-after-erasure",
        ),
        *form_prompts(version, needs_scan=needs_scan),
        Prompt(
            "real_name",
            QUESTIONS["real_name"].ask,
            f"{QUESTIONS['real_name'].why} Enter skips it.",
            filled_line,
            usual=lambda _: "",
            label="Real name (kept apart)",
            option="--real-name",
            is_relevant=lambda _: not has_contributor,
        ),
        Prompt(
            "contact",
            QUESTIONS["reached_at"].ask,
            f"{QUESTIONS['reached_at'].why} Enter skips it.",
            filled_line,
            usual=lambda _: "",
            label="To be reached at (kept apart)",
            option="--contact",
            is_relevant=lambda answers: not has_contributor and bool(answers.get("real_name")),
        ),
        Prompt(
            "contact_way",
            QUESTIONS["contact"].ask,
            f"{QUESTIONS['contact'].why} Nothing was written down here.",
            one_of(_WITHOUT_CONTACT),
            choices=[(way, CONTACT_WAYS[way]) for way in _WITHOUT_CONTACT],
            label="To be reached",
            # Not before the name was asked: until then nobody knows whether it is a question.
            is_relevant=lambda answers: (
                not has_contributor and "real_name" in answers and not answers.get("contact")
            ),
        ),
    ]


@consent.command(
    "form", epilog="Example: carer-stories consent form cs-4k7m2q --large-print --open"
)
@click.argument("story_id", metavar="[STORY]", required=False)
@click.option("--participation", is_flag=True, help="Only the agreement signed before recording.")
@click.option("--release", is_flag=True, help="Only the agreement signed once the film is viewed.")
@click.option("--large-print", is_flag=True, help="Letters of 18 points instead of 12.")
@click.option("--language", default="", help="In your own translation: forms/participation.ar.md.")
@output_option("--to", help="Write into this folder instead of your library.")
@click.option("--open", "show", is_flag=True, help="Open them in the browser, ready to print.")
@json_option
@click.pass_context
def form(
    ctx: click.Context,
    /,
    story_id: str | None,
    participation: bool,
    release: bool,
    large_print: bool,
    language: str,
    to: Path | None,
    show: bool,
    as_json: bool,
) -> None:
    """Print the agreements as pages ready to sign.

    They are filled in for STORY if you name one.

    Both are printed unless you choose one. The wording lies in interviews/forms.
    """
    from library.core.languages import parse_tag
    from library.forms.printing import print_forms
    from library.forms.wording import FORM_KINDS

    chosen = {"participation": participation, "release": release}
    kinds = [kind for kind in FORM_KINDS if chosen[kind] or not any(chosen.values())]
    folder = real_path(to) if to else None
    workspace = workspace_of(ctx)
    printed = print_forms(
        workspace,
        kinds,
        story_id,
        large=large_print,
        to=folder,
        language=parse_tag(language) if language else "",
    )
    if as_json:
        say_json([form.as_json() for form in printed])
    else:
        _say_printed(printed)
        _say_next_of_forms(workspace, printed, story_id)
    if show:
        _open_in_browser(form.path for form in printed)


def _say_printed(forms: list[PrintedForm]) -> None:
    for form in forms:
        say(f"“{form.title}”, version {form.version}, code {form.code}:", bold=True)
        say(f"  {form.path}")
        if form.without_cut:
            say("  There is no finished film yet: the code of the film is left to be written in.")


def _say_next_of_forms(
    workspace: Workspace, forms: Sequence[PrintedForm], story_id: str | None
) -> None:
    from library.consent.stories import read_history

    open_ones = {setting for form in forms for setting in form.not_filled_in}
    missing = tuple(setting for setting in NEEDED_FOR_AGREEMENTS if setting in open_ones)
    if missing:
        say()
        wanting = say_missing(missing, load_settings(workspace))
        say(f"Not ready to sign: interviews/settings.yml does not say {wanting}.", bold=True)
        say_next(
            "Write them in interviews/settings.yml (carer-stories doctor --fill-in asks for each), "
            "then run this again."
        )
        return
    kinds = {form.kind for form in forms}
    if story_id is None and len(kinds) > 1:
        say_next(f"{_PRINT_PARTICIPATION}. {_RELEASE_LATER}")
        return
    if story_id is None:
        say_next(f"{_PRINT_RELEASE if 'release' in kinds else _PRINT_PARTICIPATION}.")
        return
    is_agreed = bool(read_history(workspace, story_id).agreements)
    if is_agreed and "release" in kinds:
        say_next(f"{_PRINT_RELEASE}, then: carer-stories signoff {story_id}")
        return
    if "release" in kinds:
        say(_RELEASE_LATER)
    if "participation" in kinds:
        say_next(f"{_PRINT_PARTICIPATION}, then: carer-stories consent record {story_id}")
    else:
        say_next(f"Take the participation agreement first: carer-stories consent record {story_id}")


_PRINT_PARTICIPATION = (
    "Print the participation agreement from a browser and sign it together before anything is "
    "recorded"
)
_PRINT_RELEASE = (
    "Print the release from a browser and sign it together once they have viewed the film"
)
_RELEASE_LATER = "The release is signed later, once they have viewed the film."


def _open_in_browser(paths: Iterable[Path]) -> None:
    import webbrowser

    for path in paths:
        if not webbrowser.open(path.as_uri()):
            say("No browser could be opened here. Open the page named above yourself.", err=True)
            return


def form_prompts(version: str, *, needs_scan: bool) -> list[Prompt]:
    """Return the prompts for the version of the signed form and for its scan."""
    reminded = "Enter skips it for now; you are reminded."
    needed = "Your trust records nothing without it."
    return [
        Prompt(
            "form_version",
            *QUESTIONS["form_version"],
            line,
            usual=lambda _: version,
            label="Version of the form",
            option="--form-version",
        ),
        Prompt(
            "form",
            QUESTIONS["form"].ask,
            f"{QUESTIONS['form'].why} {needed if needs_scan else reminded}",
            scan,
            usual=None if needs_scan else lambda _: "",
            label="Scan of the form",
            option="--form",
        ),
    ]


_DAYS_PER_UNIT = {"d": 1, "w": 7, "m": 31, "y": 366}
_MAX_PERIOD_DAYS = 100 * 366


class Period(click.ParamType[timedelta]):
    """A length of time typed as 60d, 8w, 2m or 1y; a month has 31 days and a year 366."""

    name = "period"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        if isinstance(value, timedelta):
            return value
        period = re.fullmatch(r"(\d{1,99}) ?([dwmy]?)", value.strip().lower(), re.ASCII)
        if not period:
            self.fail(f"“{value}” is not a length of time. Write 60d, 8w, 2m or 1y.", param, ctx)
        days = int(period[1]) * _DAYS_PER_UNIT[period[2] or "d"]
        if days > _MAX_PERIOD_DAYS:
            self.fail(f"“{value}” is too long. Write at most 100y.", param, ctx)
        return timedelta(days=days)


@consent.command("due", epilog="Example: carer-stories consent due --within 60d")
@click.option(
    "--within",
    type=Period(),
    default="60d",
    show_default=True,
    help="How far to look ahead: 60d, 8w, 2m, 1y.",
)
@json_option
@click.pass_context
def due(ctx: click.Context, within: timedelta, as_json: bool) -> None:
    """List permissions that run out soon, and forms without a scan.

    Permissions that have run out are listed as well.
    """
    from library.consent.due import due_items
    from library.records.library_day import library_day

    workspace = workspace_of(ctx)
    items = due_items(workspace, library_day(workspace), within)
    if as_json:
        say_json([item.as_json() for item in items])
        return
    if not items:
        say(f"Nothing is due within {counted(within.days, 'day')}.")
        return
    table(
        ("Story", "Title", "What to do", "By"),
        [
            (item.story, item.title, item.what, f"{item.by} ({_days_left(item.days)})")
            for item in items
        ],
    )
    say_next("See whom to ask: carer-stories contributor show STORY")


def _days_left(days: int) -> str:
    if days == 0:
        return "today"
    count = counted(abs(days), "day")
    return f"in {count}" if days > 0 else f"{count} ago"
