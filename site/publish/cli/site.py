"""The commands of `site`: build, check and serve the staff's library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from library.cli.console import (
    CheckResult,
    is_verbose,
    json_option,
    say,
    say_detail,
    say_json,
    say_next,
    say_result,
    workspace_of,
)
from library.cli.fields import InputPath, output_option, role_option
from library.cli.status import say_build_next, say_outdated_copies
from library.core.audience import AUDIENCE_WORDS, Audience
from library.core.counting import counted
from library.core.errors import BadInput, NotAllowed, NotFound
from library.core.sanitise import shell_quoted

if TYPE_CHECKING:
    from library.core.workspace import Workspace
    from publish.build_job import BuildResult


@click.group(epilog="Example: carer-stories site build")
def site() -> None:
    """Build, check and serve the staff's library."""


@site.command("build", epilog="Example: carer-stories site build --audience trust")
@click.option("--audience", type=click.Choice(AUDIENCE_WORDS), help="For whom (default: settings).")
@output_option(
    "--offline",
    metavar="FOLDER",
    help="Make a copy in FOLDER on a stick instead, which works without a network.",
)
@click.option("--for", "to", default="", help="Who answers for the copy, and how to reach them.")
@role_option
@json_option
@click.pass_context
def site_build(
    ctx: click.Context,
    audience: str | None,
    offline: Path | None,
    to: str,
    role: str,
    as_json: bool,
) -> None:
    """Build the library from the stories released today.

    It stands in public/.

    With --offline it is laid onto a stick, entered in the register of copies and looked over there;
    public/ stays as it is.
    """
    from library.consent.story_status import story_statuses
    from library.core.settings import load_settings, site_audience
    from publish.build_job import build_library
    from publish.handwritten import left_out_sentences, unknown_films_sentence
    from publish.themes import missing_moments
    from publish.training.check import plans_left_out

    workspace = workspace_of(ctx)
    level = Audience.from_word(audience) if audience else site_audience(load_settings(workspace))
    # Before any build: a stick's copy leaves `public/` as it is.
    if offline is not None:
        _make_offline_copy(workspace, level, offline, to, role, as_json)
        return
    if to:
        raise click.UsageError("--for goes with --offline: it says who answers for that copy.")
    result = build_library(workspace, level, role=role)
    stories = result.edition.stories
    released_ids = {story.page.id for story in stories}
    refused = story_statuses(workspace, audience=level.word, but=released_ids)
    if as_json:
        say_json(
            {
                "audience": level.word,
                "public": str(workspace.public),
                "stories": sorted(released_ids),
                "plans": [plan.id for plan in result.edition.plans],
                "refused": [status.as_json() for status in refused],
                "receipt": _receipt_as_json(result),
                "receipt_trouble": result.problem,
                "left_out": [file.path for file in result.left_out],
            }
        )
        return
    say(f"The library for “{level.word}” is in {workspace.public}.", bold=True)
    for story in stories:
        say(f"  shown: {story.page.id}, “{story.page.title}”")
    for status in refused:
        say(f"  not shown: {status.history.story.id}, because:")
        for reason in status.decision.reasons:
            say(f"    - {reason}")
    for line in plans_left_out(workspace, result.edition):
        say(f"  {line}")
    for line in missing_moments(workspace, (story.page for story in stories)):
        say(f"  {line}")
    for line in left_out_sentences(result.left_out):
        say(line)
    if sentence := unknown_films_sentence(result.unknown_films):
        say_result(CheckResult.WARNING, sentence)
    _say_of_design(workspace)
    site_report = result.site
    megabytes = site_report.size / 1e6
    pages, files = counted(site_report.pages, "page"), counted(site_report.files, "file")
    say(f"Checked: {pages} in {files}, {megabytes:.1f} MB.")
    _say_receipt(result)
    say_outdated_copies(workspace)
    say(f"Next: Open {workspace.public / 'index.html'}, or: carer-stories site serve")


def _make_offline_copy(
    workspace: Workspace, audience: Audience, folder: Path, to: str, role: str, as_json: bool
) -> None:
    from publish.handwritten import left_out_sentences
    from publish.offline import ENTRY_PAGE, make_offline_copy

    offline_copy = make_offline_copy(workspace, audience, folder, to=to, role=role)
    record = offline_copy.record
    if as_json:
        say_json(
            {
                "copy": record.copy,
                "audience": record.audience,
                "folder": str(offline_copy.folder),
                "open": str(offline_copy.folder / ENTRY_PAGE),
                "until": record.until.isoformat() if record.until else None,
                "stories": sorted(record.stories),
                "replaced": offline_copy.replaced or None,
            }
        )
        return
    count = counted(len(record.stories), "story")
    say(f"{record.copy}: a copy for “{record.audience}” with {count}, for {to}.", bold=True)
    say(f"It is whole: {counted(offline_copy.files, 'file')}, {offline_copy.size / 1e6:.0f} MB.")
    for line in left_out_sentences(offline_copy.left_out):
        say(line)
    say("Eject the stick before you pull it out.")
    if offline_copy.replaced:
        say(f"{offline_copy.replaced}, which lay there before, is settled as replaced.")
    if record.until:
        say(f"It says itself that it must not be shown on {record.until} or later.")
    say(f"Next: Open {offline_copy.folder / ENTRY_PAGE}")
    say(f"To check it later: carer-stories site check {shell_quoted(folder)}")


def _say_of_design(workspace: Workspace) -> None:
    """Say what `doctor` says: after an update by halves, a part of a page may do nothing."""
    from library.workspace_template import design_note

    note = design_note(workspace)
    if note is not None and note.next_step:
        say_result(CheckResult.WARNING, note.what, note.next_step)
    elif note is not None:
        say(note.what)


def _say_receipt(result: BuildResult) -> None:
    receipt = result.receipt
    if receipt is None:
        say(f"There is no receipt of this build. {result.problem}", bold=True)
        return
    say_detail(f"The log is at line {receipt.record.sequence}, head {receipt.short_head}.")
    say(f"Receipt, to print and keep elsewhere: {receipt.page}")


def _receipt_as_json(result: BuildResult) -> dict[str, object] | None:
    receipt = result.receipt
    if receipt is None:
        return None
    record = receipt.record
    return {"page": str(receipt.page), "sequence": record.sequence, "head": record.head}


@site.command("check", epilog="Example: carer-stories site check /media/stick/Carer-Stories")
@click.argument("folder", type=InputPath(), required=False)
@click.pass_context
def site_check(ctx: click.Context, folder: Path | None) -> None:
    """Check the built site again, and that all in it is released.

    Links and requests to other hosts are looked at as well.

    With FOLDER, a copy on a stick: every byte against its list, and whether its stories are still
    released.
    """
    if folder is not None:
        _check_offline_copy(ctx, folder)
        return
    from library.core.errors import NotAllowed
    from library.records.library_day import library_day
    from library.records.log_doubt import require_log_holds
    from publish.build import check_site
    from publish.edition import read_edition
    from publish.forbidden import forbidden_content
    from publish.page_checks import undated_pages
    from publish.reconciliation.compare import ASK_BACK, TAKE_DOWN, not_allowed_sentences

    workspace = workspace_of(ctx)
    released_ids = {story.page.id for story in read_edition(workspace).stories}
    check_site(workspace, forbidden_content(workspace, released_ids))
    # Whole is not enough: what is out must also be what may be shown today.
    not_allowed = not_allowed_sentences(workspace, library_day(workspace))
    if not_allowed.here:
        raise NotAllowed(" ".join(not_allowed.here), TAKE_DOWN)
    for sentence in not_allowed.elsewhere:
        say_result(CheckResult.WARNING, sentence, ASK_BACK)
    # Last, for what may not be out is to be taken down first.
    require_log_holds(workspace)
    say_result(
        CheckResult.OK,
        "The site is whole: its links hold, it asks no other host, nothing unreleased is in it.",
    )
    if released_ids and undated_pages(workspace.public):
        say_result(
            CheckResult.WARNING,
            "An earlier version made it: its pages would go on showing a story after its review "
            "day.",
            "Make it again: carer-stories site build",
        )
    _say_of_design(workspace)


def _check_offline_copy(ctx: click.Context, folder: Path) -> None:
    """Check a copy anywhere; that its stories are still released only where the library is."""
    from publish.offline import check_offline_copy, no_longer_released

    record, count, size = check_offline_copy(folder)
    whole = f"{record.copy} is whole: {counted(count, 'file')}, {size / 1e6:.0f} MB."
    try:
        workspace = workspace_of(ctx)
    except NotFound:
        say_result(CheckResult.OK, whole)
        say_result(
            CheckResult.WARNING,
            "Whether its stories are still released can only be checked in the library itself.",
        )
        return
    withdrawn = no_longer_released(workspace, record)
    if withdrawn:
        raise NotAllowed(
            "Do not show this copy. Not released any more, or changed since: "
            f"{', '.join(withdrawn)}.",
            f"Make it again: carer-stories site build --audience {record.audience} "
            f"--offline {shell_quoted(folder)}",
        )
    say_result(CheckResult.OK, whole)
    say_result(CheckResult.OK, f"Every story on it is released for “{record.audience}” today.")


@site.command("preview", epilog="Example: carer-stories site preview cs-4k7m2q --zip")
@click.argument("story_id", metavar="STORY")
@click.option("--zip", "zipped", is_flag=True, help="Also write it as one zip file.")
@output_option("--to", help="Put it into this folder (a stick) instead of interviews/previews/.")
@role_option
@json_option
@click.pass_context
def site_preview(
    ctx: click.Context, story_id: str, zipped: bool, to: Path | None, role: str, as_json: bool
) -> None:
    """Make STORY ready for its contributor to view and decide.

    A folder that works without a server: the story exactly as staff would see it, marked as a
    preview, with the code that sign-off asks for. It needs no sign-off and no approval, and is for
    that person alone. With --to or --zip it is entered in the register of copies.
    """
    from publish.preview import make_preview

    pack = make_preview(workspace_of(ctx), story_id, zipped=zipped, to=to, role=role)
    if as_json:
        say_json(
            {
                "story": pack.story,
                "folder": str(pack.folder),
                "open": str(pack.entry),
                "zip": str(pack.zip) if pack.zip else None,
                "cut": pack.cut,
                "code": pack.code,
                "copy": pack.copy or None,
            }
        )
        return
    say(f"The preview of {story_id} is ready: {pack.entry}", bold=True)
    if pack.zip:
        say(f"As one file, to be unpacked before it is opened: {pack.zip}")
    say(f"It shows cut {pack.code[:4]} {pack.code[4:]} and is for its contributor alone.")
    if pack.copy:
        say(f"It is entered as {pack.copy} in the register of copies.")
        say("A withdrawal does not reach it and names it, so that you ask for it back.")
    for copy_id in pack.replaced:
        say(f"{copy_id}, which lay there before, is settled as replaced.")
    if pack.sent_before:
        say(f"Made before, and perhaps still with its contributor: {', '.join(pack.sent_before)}.")
        say(
            "Ask for it, then say what became of it: "
            "carer-stories copies settle COPY --as destroyed"
        )
    say("They can answer in it and send one file back: carer-stories site answers FILE")
    say_next(f"Once they have watched it: carer-stories signoff {story_id} --cut {pack.code}")


@site.command("answers", epilog="Example: carer-stories site answers my-answers-cs-4k7m2q.txt")
@click.argument("file", type=InputPath())
@role_option
@json_option
@click.pass_context
def site_answers(ctx: click.Context, file: Path, role: str, as_json: bool) -> None:
    """Bring in what a contributor answered in a preview.

    FILE is what they sent back. Their remarks become marks in the editor’s copy, each after the
    words that it is about, and the file is kept with the story. It must be about the film as it is
    now. Whatever it says, it signs nothing off.
    """
    from films.answers_text import UnreadableAnswers
    from films.preview_answers import answers_as_json, bring_in_answers
    from publish.cli.answers import say_brought, say_faults

    workspace = workspace_of(ctx)
    try:
        brought = bring_in_answers(workspace, file, role=role)
    except UnreadableAnswers as error:
        say_faults(error)
        raise
    if as_json:
        say_json(answers_as_json(brought))
        return
    say_brought(workspace, brought)


@site.command("remarks", epilog="Example: carer-stories site remarks cs-4k7m2q")
@click.argument("story_id", metavar="STORY")
@json_option
@click.pass_context
def site_remarks(ctx: click.Context, story_id: str, as_json: bool) -> None:
    """Show what the contributor of STORY answered and remarked.

    Each remark with its moment, the words there, their own sentence, and whether its mark is still
    in the editor’s copy.
    """
    from films.preview_answers import open_remarks, record_as_json
    from library.consent.stories import read_history
    from library.records.preview_answers import read_answers_record
    from publish.cli.answers import say_record

    workspace = workspace_of(ctx)
    read_history(workspace, story_id)
    folder = workspace.story(story_id)
    record, open_numbers = read_answers_record(folder), open_remarks(folder)
    if as_json:
        say_json(record_as_json(record, open_numbers))
        return
    say_record(record, open_numbers)


@site.command("embed", epilog="Example: carer-stories site embed cs-4k7m2q --moment first-contact")
@click.argument("story_id", metavar="STORY")
@click.option("--moment", default="", metavar="NAME", help="Only what was told to this question.")
@click.option("--part", default="", metavar="START-END", help="Only a part of it: 1:23-2:00.")
@json_option
@click.pass_context
def site_embed(ctx: click.Context, story_id: str, moment: str, part: str, *, as_json: bool) -> None:
    """Print the line that shows STORY in another system’s page."""
    from publish.story_frame import story_frame

    if moment and part:
        raise click.UsageError("Name a question or a part, not both.")
    frame = story_frame(workspace_of(ctx), story_id, moment=moment, part=part)
    if as_json:
        say_json(
            {
                "story": frame.story,
                "address": frame.address,
                "line": frame.line,
                "sites": frame.sites,
                "moments": [each.name for each in frame.moments],
            }
        )
        return
    say(f"“{frame.title}”, for a page of {', '.join(frame.sites)}. Its address:", bold=True)
    say(f"  {frame.address}")
    say("The line to paste, where a page takes HTML:")
    say(f"  {frame.line}")
    if frame.moments and not moment and not part:
        say("Or only what was told to one question:")
        for each in frame.moments:
            say(f"  --moment {each.name}  {each.chapter.title}")
    say_next("Paste the one or the other; where, each system has its own way: docs/hosting.md")


@site.command(
    "other-picture",
    epilog="Example: carer-stories site other-picture site/content/chair.jpg --not-of cs-4k7m2q "
    '--name "Jo Field"',
)
@click.argument("file", type=InputPath())
@click.option(
    "--not-of", "story_id", required=True, metavar="STORY", help="The story it is not of."
)
@click.option("--name", required=True, help="Name of who looked at both; kept in private/.")
@role_option
@json_option
@click.pass_context
def site_other_picture(
    ctx: click.Context, file: Path, story_id: str, name: str, role: str, as_json: bool
) -> None:
    """Note that FILE, which a build refused, shows nobody of STORY.

    Two people may be filmed on the same chair. Look at both first. It holds for this file alone:
    one that is changed is asked about again.
    """
    from publish.pictures.other_pictures import allow_picture

    workspace = workspace_of(ctx)
    noted = allow_picture(workspace, file, story_id, name=name, role=role)
    if as_json:
        say_json({"path": noted.path, "story": noted.story, "name": noted.name, "on": noted.on})
        return
    say(f"{noted.path} counts as another picture than those of {story_id}, said {noted.name}.")
    say_build_next(workspace)


@site.command("search-words", epilog='Example: carer-stories site search-words "crisis team"')
@click.argument("words", required=False)
@click.pass_context
def site_search_words(ctx: click.Context, words: str | None) -> None:
    """Check the list of words that the search takes for each other.

    The list is interviews/search-words.yml. With WORDS it says what else is looked for when
    somebody looks for those.

    Exit code 0 when it can be used, 2 when it cannot.
    """
    from publish.search.word_list import (
        WORD_LIST_FILE,
        Nearness,
        in_full,
        others_of,
        read_word_list,
        word_list,
    )

    workspace = workspace_of(ctx)
    file = read_word_list(workspace)
    name = WORD_LIST_FILE if workspace.search_words.is_file() else "The list of this version"
    if file.problems:
        say(f"{name} cannot be used yet:", bold=True)
        for problem in file.problems:
            say(f"  {problem}")
        ctx.exit(BadInput.exit_code)
    listed = word_list(workspace)
    if words is None:
        entries = sum(map(len, (listed.forms, listed.same, listed.related, listed.short)))
        say(f"{name} can be used: {counted(entries, 'entry', 'entries')}.", bold=True)
        say_next("Use it: carer-stories site build")
        return
    full = in_full(listed, words)
    if full != words:
        say(f"  “{words}” is read as “{full}”")
    others = others_of(listed, full)
    for nearness, how in (
        (Nearness.FORM, "as good as what was typed"),
        (Nearness.SAME, "below those, as saying the same"),
        (Nearness.RELATED, "last, as related"),
    ):
        texts = [other.text for other in others if other.nearness is nearness]
        if texts:
            say(f"  {how}: {', '.join(texts)}")
    if not others:
        say(f"Nothing else is looked for than “{full}”.")


@site.command("serve", epilog="Example: carer-stories site serve --port 8000")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="0: any free one.",
)
@click.pass_context
def site_serve(ctx: click.Context, port: int) -> None:
    """Show the built site in your own browser, until Ctrl-C.

    It can be seen on this machine and by your account alone.

    It prints a link that works once: it lets one browser in, and other accounts of this machine get
    nothing. A story that may not be shown any more is taken down at the next page, on its review
    date too, without anything being run.
    """
    from publish.cli.reconciliation import say_reconciliation
    from publish.serve import serve

    workspace = workspace_of(ctx)
    # Asked here: the thread that puts things right knows nothing of this command's options.
    verbose = is_verbose()

    def say_details(details: str) -> None:
        if verbose:
            say(details, err=True)

    with serve(workspace, port, say_reconciliation, say_details) as link:
        say("The library is open to your account alone, on this machine. Stop with Ctrl-C.")
        say_next(f"Open this link, which works once: {link}")
        try:
            _wait()
        except KeyboardInterrupt:
            say("Stopped.")


def _wait() -> None:
    import threading

    threading.Event().wait()
