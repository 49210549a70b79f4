"""The command `film`: make the cut that a contributor is asked about, preview it, or prove it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
import msgspec

from library.cli.console import (
    CheckResult,
    examples,
    json_option,
    progress,
    say,
    say_detail,
    say_json,
    say_next,
    say_result,
    workspace_of,
)
from library.cli.status import say_next_of_story, say_outdated_copies
from library.core.audience import AUDIENCE_WORDS
from library.core.errors import BadInput, NotAllowed, NotFound
from library.core.timecode import parse_moment
from library.records.cut import CODE_LENGTH

if TYPE_CHECKING:
    from films.film_spec import FilmChoices
    from films.verify import AudioProof
    from library.core.workspace import StoryFolder, Workspace
    from transcribe.jobs import EngineSetup


class MomentParam(click.ParamType[int]):
    """A moment typed as 83.5, 1:23.5 or 1:02:03, or the word `auto`; milliseconds, or -1."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        if value == "auto":
            return -1
        moment = parse_moment(value)
        if moment is None:
            self.fail(f"“{value}” is not a moment. Write 83.5, 1:23.5 or: auto.", param, ctx)
        return moment


@click.command(
    epilog=examples(
        "carer-stories film cs-4k7m2q",
        "carer-stories film cs-4k7m2q --preview  # to look at the cuts first",
        "carer-stories film cs-4k7m2q --picture voice-only --voice disguised",
        "carer-stories film cs-4k7m2q --disguise stronger  # for a film made by version 0.1.0",
    )
)
@click.argument("story_ids", metavar="STORY...", nargs=-1, required=True)
@click.option(
    "--picture",
    type=click.Choice(("shown", "blurred", "voice-only")),
    help="How they are seen: as filmed, softened, or not at all.",
)
@click.option(
    "--region",
    metavar="L,T,W,H",
    help="What is blurred, in hundredths: left, top, width, height; “all” for the whole picture.",
)
@click.option(
    "--voice", type=click.Choice(("own", "disguised")), help="Their own voice, or another."
)
@click.option(
    "--disguise",
    type=click.Choice(("first", "stronger")),
    help="How a voice is disguised; “first” is weaker, for films signed off with it.",
)
@click.option(
    "--for",
    "audience",
    type=click.Choice(AUDIENCE_WORDS),
    help="The level of use on its title card (default: settings.yml, audience).",
)
@click.option("--title-card/--no-title-card", default=None, help="A card with its title, or none.")
@click.option(
    "--end-card/--no-end-card", default=None, help="A card with the support lines, or none."
)
@click.option(
    "--question-cards/--no-question-cards",
    default=None,
    help="Cards ask the questions, in place of the interviewer’s voice.",
)
@click.option(
    "--burn-captions/--no-burn-captions",
    default=None,
    help="Captions in the picture itself, for players that cannot show any.",
)
@click.option(
    "--poster-at",
    type=MomentParam(),
    help="Moment of the recording for the poster; auto finds one.",
)
@click.option("--from", "start", type=MomentParam(), help="Where the film begins; auto finds it.")
@click.option("--to", "end", type=MomentParam(), help="Where the film ends; auto finds it.")
@click.option(
    "--preview", is_flag=True, help="Only a quick, small film to judge the cuts by: preview.mp4."
)
@click.option(
    "--prove",
    is_flag=True,
    help="Hear the film again: is a name still in it? Makes it first where it is not of today.",
)
@click.option(
    "--model", metavar="NAME|PATH", help="For --prove: a Whisper model. Default: settings.yml."
)
@click.option(
    "--engine",
    type=click.Choice(("whisper", "faster")),
    help="For --prove: what recognises speech. Default: settings.yml, or faster if installed.",
)
@json_option
@click.pass_context
def film(
    ctx: click.Context,
    /,
    story_ids: tuple[str, ...],
    preview: bool,
    prove: bool,
    model: str | None,
    engine: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Make the film of STORY, its captions and its page: the cut that is signed off.

    What the editor cut is left out, what was redacted is not heard. What you choose here is kept
    with the story, so that the film can be made again without saying it again.
    """

    workspace = workspace_of(ctx)
    if preview and prove:
        raise click.UsageError("Use either --preview or --prove.")
    if (model or engine) and not prove:
        raise click.UsageError("--model and --engine say how --prove hears the film.")
    if preview:
        _preview(workspace, story_ids, options, as_json)
    elif prove:
        # First: a missing model is said before any film is encoded.
        setup = _engine_setup(workspace, model, engine, to_stderr=as_json)
        stale = [
            story_id for story_id in story_ids if _needs_making(workspace.story(story_id), options)
        ]
        _make(workspace, stale, options, as_json=False, is_silent=as_json)
        _prove(workspace, story_ids, setup, as_json)
    else:
        _make(workspace, story_ids, options, as_json)


def _preview(
    workspace: Workspace, story_ids: Sequence[str], options: dict[str, Any], as_json: bool
) -> None:
    from films.make_cut import preview_edit

    records = []
    for story_id in story_ids:
        choices = _merge_choices(workspace.story(story_id), options)
        path = preview_edit(workspace, story_id, choices=choices, show_progress=progress)
        records.append({"story": story_id, "preview": str(path)})
        if not as_json:
            say(f"The preview of {story_id} is ready: {path}")
            say("It is for you alone, to check the edit. Choices tried on it are not kept.")
            say_next(f"carer-stories film {story_id}")
    if as_json:
        say_json(records)


def _needs_making(folder: StoryFolder, options: dict[str, Any]) -> bool:
    """Return True if there is no film of today, or one with other choices is asked for."""
    from films.film_spec import read_choices
    from films.timeline import current_film

    return current_film(folder) is None or _merge_choices(folder, options) != read_choices(folder)


def _make(
    workspace: Workspace,
    story_ids: Sequence[str],
    options: dict[str, Any],
    as_json: bool,
    is_silent: bool = False,
) -> None:
    from films.approval_checklist import NAMES_POINT, points_before_viewing
    from films.make_cut import make_cut

    _say_encoder(workspace)
    records = []
    for story_id in story_ids:
        choices = _merge_choices(workspace.story(story_id), options)
        cut = make_cut(workspace, story_id, choices=choices, show_progress=progress)
        points = points_before_viewing(workspace, story_id)
        records.append({"story": story_id, "cut": cut.hash, "artefacts": cut.artefacts})
        if as_json or is_silent:
            continue
        say(f"The film of {story_id} is ready: cut {cut.hash[:CODE_LENGTH]}.", bold=True)
        say_detail(f"Its files: {', '.join(sorted(cut.artefacts))}.")
        for point in points:
            say_result(
                CheckResult.WARNING,
                f"Before anybody views it: {point.sentence}",
                point.next_step,
            )
        if choices.has_first_disguise:
            say_result(
                CheckResult.WARNING,
                "Its voice has the first disguise, which is the weaker one.",
                "Change it, then show it to them:"
                f" carer-stories film {story_id} --disguise stronger",
            )
        say_outdated_copies(workspace, story_id)
        # Whatever else is to do, nobody may view it before that.
        names_step = next((point.next_step for point in points if point.name == NAMES_POINT), "")
        if names_step:
            say_next(names_step)
        else:
            say_next_of_story(workspace, story_id)
    if as_json:
        say_json(records)


def _say_encoder(workspace: Workspace) -> None:
    from capture.media.picture.encode import usable_encoder
    from library.core.settings import load_settings

    # Said once, and not for each film.
    _, missing = usable_encoder(load_settings(workspace).film.encoder)
    if missing:
        say(missing, err=True)


def _merge_choices(folder: StoryFolder, options: dict[str, Any]) -> FilmChoices:
    """Return the stored choices, changed by the options given now. Raises BadInput."""
    from films.film_spec import BlurRegion, read_choices

    stored = read_choices(folder)
    changes = {name: value for name, value in options.items() if value is not None}
    if "region" in changes:
        changes["region"] = (
            None if changes["region"] == "all" else BlurRegion.from_text(changes["region"])
        )
        changes.setdefault("picture", "blurred")
    _merge_disguise(stored, changes)
    for name in ("start", "end", "poster_at"):
        # `auto` was typed: what was stored is forgotten. None means not given.
        if changes.get(name) == -1:
            changes[name] = None
    choices: FilmChoices = msgspec.structs.replace(stored, **changes)
    if choices.start is not None and choices.end is not None and choices.start >= choices.end:
        raise BadInput("The film would end before it begins.", "Choose --from before --to.")
    return choices


def _merge_disguise(stored: FilmChoices, changes: dict[str, Any]) -> None:
    """Choose how the voice is disguised: as the film has it already, else the stronger way.

    Raises BadInput for a disguise of their own voice.
    """
    method = changes.pop("disguise", None)
    if method:
        changes.setdefault("voice", "disguised")
    voice = changes.get("voice", stored.voice)
    if method and voice == "own":
        raise BadInput("Their own voice has no disguise.", "Leave out --disguise, or --voice own.")
    if voice == "own" or method == "first":
        changes["disguise"] = msgspec.UNSET
    elif method or stored.voice == "own":
        changes["disguise"] = "stronger"


def _engine_setup(
    workspace: Workspace, model: str | None, engine: str | None, *, to_stderr: bool = False
) -> EngineSetup:
    """Choose engine and model for --prove, before a film is made, as `transcribe` does.

    Raises ToolMissing, NotFound or BadInput where the engine or the model is not there.
    """
    from library.core.settings import load_settings
    from transcribe.engines.models import DEMO_NOTE, engine_for, require_engine, resolve_model
    from transcribe.jobs import EngineSetup

    settings = load_settings(workspace)
    named = engine or settings.engine
    require_engine(named)
    resolved = resolve_model(model or settings.model, workspace)
    if resolved.is_demo:
        say(DEMO_NOTE, err=to_stderr)
    return EngineSetup(named or engine_for(resolved), resolved, workspace)


def _prove(
    workspace: Workspace, story_ids: Sequence[str], setup: EngineSetup, as_json: bool
) -> None:
    """Verify every film and report. Raises NotAllowed if something is surely still heard."""
    from films.verify import proof_lines, proof_record

    proofs = _proofs(workspace, story_ids, setup)
    if as_json:
        say_json([proof_record(proof) for proof in proofs])
    else:
        for proof in proofs:
            for line in proof_lines(proof):
                say(line)
    # After the report: what is wrong is in it, film by film.
    _require_passed(proofs)


def _proofs(workspace: Workspace, story_ids: Sequence[str], setup: EngineSetup) -> list[AudioProof]:
    from films.timeline import current_film
    from films.verify import verify_film

    engine = setup.load()
    proofs = []
    for story_id in story_ids:
        current = current_film(workspace.story(story_id))
        if current is None:
            raise NotFound(
                f"There is no film of {story_id} as its words are now.",
                f"Make it: carer-stories film {story_id}",
            )
        proofs.append(verify_film(workspace, story_id, current, setup, engine, progress))
    return proofs


def _require_passed(proofs: Sequence[AudioProof]) -> None:
    failed = [proof.story for proof in proofs if not proof.passes]
    if failed:
        raise NotAllowed(
            f"What must not be heard is still heard in the film of {', '.join(failed)}.",
            f"Mark it: carer-stories redact suggest {failed[0]}, then apply it with edit and make "
            "the film again. Do not show it to anybody before.",
        )
