"""Whatever narrows what may be shown takes it down at the very next command, and says so."""

from __future__ import annotations

import os
import shutil
import signal
import socketserver
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest

from library.consent.copies import record_copy
from library.consent.decisions import record_release, require_signable_cut
from library.consent.register import complete_register
from library.consent.withdrawals import write_note
from library.core import clock, struct_file
from library.core.audience import Audience
from library.core.errors import DiskFailed, NotAllowed
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from publish import build, build_job, take_down
from publish.build_job import build_library
from publish.edition import Edition, ReleasedStory, read_edition
from publish.reconciliation import compare
from publish.reconciliation import reconcile as reconcile_module
from publish.reconciliation.reconcile import reconcile
from publish.reconciliation.stamp import change_token_of, read_stamp, write_stamp
from publish.themes import PublishedTheme
from tests.support.command_line import CommandResult
from tests.support.concurrent_writers import ended, forked
from tests.support.quick_stories import approve, filmed, released, remake_cut, sign_off
from tests.support.withdrawn_story import TITLE, paths_naming

Cli = Callable[..., CommandResult]


def is_out(workspace: Workspace, story_id: str) -> bool:
    return bool(paths_naming(workspace, story_id, TITLE))


def set_day(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    """Every module that asks what day it is gets this one."""
    real_today = clock.today
    for module in list(sys.modules.values()):
        if getattr(module, "today", None) is real_today:
            monkeypatch.setattr(module, "today", lambda: day)


def test_an_objection_takes_the_story_down_at_once(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    """The command that records it does so; the other story stays."""
    result = run_cli(
        "people",
        "add",
        published,
        "--relation",
        "brother",
        "--told",
        "his illness",
        "--as",
        "objected",
    )

    assert result.code == 0, result.err
    assert f"Taken down: {published}" in result.err
    assert not is_out(workspace, published)
    (left,) = read_edition(workspace).stories
    assert left.page.title == "Still shown"
    assert workspace.page_of(left.page.id).is_file()


def test_a_narrower_sign_off_takes_it_down(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    cut = require_signable_cut(workspace, published)
    result = run_cli(
        "signoff",
        published,
        "--cut",
        cut.code,
        "--audience",
        "training",
        "--witness",
        "editor",
        "--yes",
    )

    assert result.code == 0, result.err
    assert "does not include “trust”" in result.err
    assert not is_out(workspace, published)


def test_a_file_changed_by_hand_is_noticed_at_the_next_command(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    """Of the same length, and with the time of writing put back."""
    assert run_cli("status").code == 0  # settles the stamp
    film = workspace.story(published).film
    times = film.stat()
    film.write_bytes(film.read_bytes()[::-1])
    os.utime(film, ns=(times.st_atime_ns, times.st_mtime_ns))

    result = run_cli("story", "list")

    assert "film.mp4 is not as it was when the film was made." in result.err
    assert not is_out(workspace, published)


def test_a_new_cut_takes_the_old_one_down_with_its_preview(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    assert run_cli("site", "preview", published).code == 0
    remake_cut(workspace, published, "Another cut")

    result = run_cli("status")

    assert f"Taken down: {published}" in result.err
    assert f"The preview of {published} was removed" in result.err
    assert not is_out(workspace, published)
    assert not (workspace.previews / published).exists()


def test_the_review_date_takes_it_down_without_any_change(
    run_cli: Cli, workspace: Workspace, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_cli("status").code == 0
    (review,) = {story.review for story in read_edition(workspace).stories}
    set_day(monkeypatch, review)

    result = run_cli("story", "list")

    assert f"was due for review on {review.isoformat()}" in result.err
    assert not is_out(workspace, published)


def test_an_earlier_review_date_is_put_on_its_page(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    """Still released, but the page must not state a date that is not agreed to any more."""
    soon = clock.today() + timedelta(days=20)
    record_release(
        workspace,
        published,
        expected=require_signable_cut(workspace, published),
        audience="trust",
        viewed=clock.today(),
        witness="carer-volunteer",
        form_version="1",
        review=soon,
    )

    result = run_cli("status")

    assert "The site was made again." in result.err
    assert soon in {story.review for story in read_edition(workspace).stories}


def test_a_restored_generation_does_not_keep_a_story_out(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    """The earlier generation does not know the second story's approval."""
    result = run_cli("restore", "--generation", "6", "--yes")

    assert result.code == 0, result.err
    assert not paths_naming(workspace, "Still shown")
    assert is_out(workspace, published)


def test_a_story_that_a_restore_holds_is_taken_down_until_it_is_let_go(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    before = Ledger(workspace).read().generation
    complete_register(workspace, published, role="editor")
    assert is_out(workspace, published)

    result = run_cli("restore", "--generation", str(before), "--yes")

    assert result.code == 0, result.err
    assert "It is held since a restore" in result.err
    assert not is_out(workspace, published)
    assert run_cli("site", "build").code == 0
    assert not is_out(workspace, published)
    assert run_cli("held", "release", "--nothing-taken-back", "--yes").code == 0
    assert run_cli("site", "build").code == 0
    assert is_out(workspace, published)


def test_a_wider_audience_in_the_settings_is_asked_about(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    assert run_cli("status").code == 0
    words = workspace.settings.read_text(encoding="utf-8")
    lines = [line for line in words.splitlines() if not line.startswith("audience:")]
    workspace.settings.write_text("\n".join([*lines, "audience: public", ""]), encoding="utf-8")

    result = run_cli("status")

    assert "does not include “public”" in result.err
    assert not is_out(workspace, published)


def set_line(workspace: Workspace, line: str) -> None:
    name = line.partition(":")[0]
    words = workspace.settings.read_text(encoding="utf-8").splitlines()
    other_lines = [each for each in words if not each.startswith(f"{name}:")]
    workspace.settings.write_text("\n".join([*other_lines, line, ""]), encoding="utf-8")


@pytest.mark.parametrize("forged", [False, True])
def test_a_wider_audience_is_asked_about_though_the_stamp_is_gone(
    run_cli: Cli, workspace: Workspace, published: str, forged: bool
) -> None:
    """Deleted, or written as though the settings had always been so."""
    assert run_cli("site", "build").code == 0
    stamp = read_stamp(workspace)
    set_line(workspace, "audience: public")
    workspace.reconciled.unlink()
    if forged:
        write_stamp(workspace, msgspec.structs.replace(stamp, audience_setting="public"))

    result = run_cli("upkeep")

    assert "does not include “public”" in result.out
    assert not is_out(workspace, published)


@pytest.mark.parametrize("word", ["PUBLIC", "“public”", "everyone", "0"])
def test_a_word_that_is_no_audience_is_refused_and_widens_nothing(
    run_cli: Cli, workspace: Workspace, published: str, word: str
) -> None:
    set_line(workspace, f"audience: '{word}'")

    seen = run_cli("upkeep", "--dry-run")
    result = run_cli("upkeep")

    for ran in (seen, result):
        assert ran.code == 2
        assert f"audience: “{word}” is not an audience" in ran.out
    assert not is_out(workspace, published)
    set_line(workspace, "audience: trust")
    assert run_cli("site", "build").code == 0
    assert run_cli("upkeep").code == 0
    assert is_out(workspace, published)


def test_settings_that_cannot_be_read_are_said_by_upkeep(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    with workspace.settings.open("a", encoding="utf-8") as file:
        file.write("colour: red\n")

    result = run_cli("upkeep", "--dry-run")

    assert (result.code, "colour" in result.out) == (2, True)
    assert is_out(workspace, published)


def test_copies_to_ask_back_are_named_once_by_commands_and_always_by_upkeep(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    """Also where the site itself is not touched: the stick was for a wider audience."""
    copy = record_copy(
        workspace,
        [published],
        medium="stick",
        audience="trust",
        to="Ward 3",
        on=clock.today(),
        role="editor",
        titles={published: "The title on it"},
    )
    sign_off(workspace, published, "training")

    first = run_cli("status")
    (message,) = workspace.receipts.glob("message-*.txt")
    text = message.read_text(encoding="utf-8")
    message.unlink()
    second = run_cli("status")
    daily = run_cli("upkeep")

    assert copy.id in first.err
    assert "copies settle" in first.err
    assert f"interviews/receipts/message-{published}-{copy.id}.txt" in first.err
    assert copy.id not in second.err
    assert copy.id in daily.out
    assert not message.exists(), "it was written once, and may be sent by now"
    assert text.startswith(f"To: Ward 3\nAbout: {copy.id}, to be taken away\n")
    assert f"The story in it, “The title on it” ({published}), may not be shown any more" in text
    assert "taken back" not in text
    assert "The person who told it" not in text, "it need not be they who said no"


def test_a_build_that_a_narrower_sign_off_races_is_refused_as_its_last_act(
    run_cli: Cli, workspace: Workspace, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is recorded when all pages were made and checked."""
    checked = build._open_to_all

    def narrowed(folder: Path) -> None:
        checked(folder)
        monkeypatch.setattr(build, "_open_to_all", checked)
        sign_off(workspace, published, "training")

    monkeypatch.setattr(build, "_open_to_all", narrowed)
    with pytest.raises(NotAllowed, match=published):
        build_library(workspace, Audience.TRUST)
    run_cli("status")

    assert not is_out(workspace, published)


def test_a_site_that_cannot_be_made_again_goes_as_a_whole(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    """Its lists and its search hold the story's title and words."""
    workspace.config.write_text("site_name: [", encoding="utf-8")

    result = run_cli(
        "people",
        "add",
        published,
        "--relation",
        "brother",
        "--told",
        "his illness",
        "--as",
        "objected",
    )

    assert "the whole site was removed" in result.err
    assert not is_out(workspace, published)
    assert not workspace.public.exists()


def test_a_kill_between_taking_down_and_building_is_finished_by_the_next_command(
    run_cli: Cli, workspace: Workspace, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_off(workspace, published, "training")

    def killed_at_the_build() -> None:
        monkeypatch.setattr(
            "publish.build_job.build_library",
            lambda *_a, **_k: os.kill(os.getpid(), signal.SIGKILL),
        )
        reconcile(workspace)

    ended(forked(killed_at_the_build))
    assert not workspace.page_of(published).exists(), "its own files went first"
    assert is_out(workspace, published), "the list of stories still names it"

    run_cli("status")

    assert not is_out(workspace, published)


def test_unreadable_records_still_let_a_withdrawal_take_it_down(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    write_note(workspace, published, "contributor")
    workspace.database.write_text("{", encoding="utf-8")

    run_cli("status")

    assert not is_out(workspace, published)


def _edit_words(edition: Edition, story_id: str) -> Edition:
    return with_story(
        edition,
        story_id,
        lambda story: replaced(story, page=replaced(story.page, summary="FORGED")),
    )


def _edit_review(edition: Edition, story_id: str) -> Edition:
    return with_story(
        edition, story_id, lambda story: replaced(story, review=date(2099, 1, 1), voice="FORGED")
    )


def _edit_a_path(edition: Edition, story_id: str) -> Edition:
    return with_story(
        edition,
        story_id,
        lambda story: replaced(story, files={**story.files, "FORGED.mp4": "0" * 64}),
    )


def _edit_library(edition: Edition, story_id: str) -> Edition:
    return replaced(edition, library=replaced(edition.library, introduction="FORGED"))


def _edit_themes(edition: Edition, story_id: str) -> Edition:
    return replaced(edition, themes=(PublishedTheme(theme="x", title="FORGED", about="FORGED"),))


def with_story(
    edition: Edition, story_id: str, change: Callable[[ReleasedStory], ReleasedStory]
) -> Edition:
    stories = tuple(
        change(story) if story.page.id == story_id else story for story in edition.stories
    )
    return replaced(edition, stories=stories)


replaced = msgspec.structs.replace


@pytest.mark.parametrize(
    ("edit", "is_older"),
    [
        (_edit_words, False),
        (_edit_words, True),
        (_edit_review, False),
        (_edit_a_path, False),
        (_edit_a_path, True),
        (_edit_library, False),
        (_edit_library, True),
        (_edit_themes, False),
    ],
)
def test_an_edition_that_was_edited_does_not_get_out_while_records_are_unreadable(
    run_cli: Cli,
    workspace: Workspace,
    published: str,
    edit: Callable[[Edition, str], Edition],
    is_older: bool,
) -> None:
    """`is_older`: the build left no list of pieces, as those of earlier versions."""
    assert run_cli("site", "build").code == 0
    edition = read_edition(workspace)
    other = next(story.page.id for story in edition.stories if story.page.id != published)
    struct_file.save(workspace.edition_record, edit(edition, other))
    if is_older:
        (workspace.receipts / "edition-pieces.json").unlink()
    write_note(workspace, published, "contributor")
    whole = workspace.database.read_bytes()
    workspace.database.write_text("{", encoding="utf-8")

    run_cli("upkeep")

    assert not is_out(workspace, published)
    assert not paths_naming(workspace, "FORGED")
    is_of_story = edit in (_edit_words, _edit_review, _edit_a_path)
    assert is_out_at_all(workspace, other) == (not is_of_story)
    output = run_cli("verify").out
    assert output.count("public/") == 0, output
    assert output.count("The site in public is not as it was built on") == 1
    workspace.database.write_bytes(whole)
    assert run_cli("site", "build").code == 0
    assert "The site in public is not" not in run_cli("verify").out
    assert is_out_at_all(workspace, other)


def is_out_at_all(workspace: Workspace, story_id: str) -> bool:
    return workspace.page_of(story_id).is_file()


def test_a_site_made_from_the_edition_is_logged_where_that_can_be(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    """Its receipt is that of what stands, so that `verify` finds nothing altered."""
    assert run_cli("site", "build").code == 0
    build_job.rebuild_site(workspace)

    result = run_cli("verify")

    assert result.code == 0, result.out
    assert is_out(workspace, published)


def test_a_page_without_a_record_is_taken_down(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    """An old page put back by hand: the edition does not hold it, whatever the records say."""
    page = workspace.page_of(published).read_bytes()
    sign_off(workspace, published, "training")
    run_cli("status")
    workspace.page_of(published).write_bytes(page)

    run_cli("status")

    assert not is_out(workspace, published)


def test_nothing_moved_is_seen_without_reading_a_film(
    run_cli: Cli, workspace: Workspace, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command compares: it must not hash gigabytes each time."""
    run_cli("status")
    run_cli("status")
    assert read_stamp(workspace).change_token
    monkeypatch.setattr(compare, "compare_with_gate", None)

    assert run_cli("story", "list").err == ""


def test_a_film_swapped_on_the_site_is_put_right(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    """Nobody signed off those bytes, though the story itself may be shown."""
    run_cli("status")
    film = workspace.public / "stories" / published / "film.mp4"
    released_bytes = film.read_bytes()
    film.chmod(0o600)
    film.write_bytes(released_bytes[::-1])

    result = run_cli("status")

    assert "film.mp4 is not the file that was released." in result.err
    assert f"{published} is shown again, as it was released." in result.err
    assert film.read_bytes() == released_bytes


class TestUpkeep:
    def test_a_dry_run_says_what_it_would_take_down_and_changes_nothing(
        self, run_cli: Cli, workspace: Workspace, published: str
    ) -> None:
        sign_off(workspace, published, "training")
        before = paths_naming(workspace, published)

        result = run_cli("upkeep", "--dry-run")

        assert result.code == 0
        assert f"Would take down: {published}" in result.out
        assert paths_naming(workspace, published) == before

    def test_it_takes_down_and_logs_it(
        self, run_cli: Cli, workspace: Workspace, published: str
    ) -> None:
        sign_off(workspace, published, "training")

        result = run_cli("upkeep")

        assert result.code == 0
        assert f"Taken down: {published}" in result.out
        assert not is_out(workspace, published)
        assert f'"take-down","subject":"{published}"' in workspace.audit_log.read_text()

    def test_it_hashes_every_film_whatever_its_times_say(
        self, run_cli: Cli, workspace: Workspace, published: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A disk that changes a byte by itself leaves the times as they were."""
        run_cli("status")
        film = workspace.story(published).film
        film.write_bytes(film.read_bytes()[::-1])
        from publish.reconciliation import known_files

        monkeypatch.setattr(known_files, "_cut_token", lambda folder: "the same")

        assert f"Taken down: {published}" in run_cli("upkeep").out

    def test_records_that_cannot_be_asked_are_no_all_clear(
        self, run_cli: Cli, workspace: Workspace, published: str
    ) -> None:
        workspace.database.write_text("{", encoding="utf-8")

        result = run_cli("upkeep")

        assert result.code == 5
        assert result.out.startswith("Problem")

    def test_quiet_when_all_is_as_allowed(self, run_cli: Cli, published: str) -> None:
        result = run_cli("upkeep")

        assert result.code == 0
        assert result.out.startswith("OK")

    def test_a_library_without_a_site(self, run_cli: Cli) -> None:
        result = run_cli("upkeep")

        assert result.code == 0
        assert result.out.startswith("OK")


def test_whatever_cannot_be_removed_is_named_and_gives_exit_code_4(
    run_cli: Cli, workspace: Workspace, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.config.write_text("site_name: [", encoding="utf-8")
    monkeypatch.setattr("publish.reconciliation.reconcile.remove_published", lambda *_: ())

    result = run_cli(
        "people",
        "add",
        published,
        "--relation",
        "brother",
        "--told",
        "his illness",
        "--as",
        "objected",
    )

    assert result.code == 4
    assert "still in public" in result.err or "still in interviews/edition" in result.err


def test_take_down_of_stories_is_idempotent(workspace: Workspace, published: str) -> None:
    first = take_down.take_down_stories(workspace, {published})
    second = take_down.take_down_stories(workspace, {published})

    assert first[0]
    assert not second[0]
    assert not second[1]


def test_an_approval_again_puts_it_back(run_cli: Cli, workspace: Workspace, published: str) -> None:
    sign_off(workspace, published, "training")
    run_cli("status")
    sign_off(workspace, published, "trust")
    approve(workspace, published)

    build_library(workspace, Audience.TRUST)

    assert is_out(workspace, published)
    shutil.rmtree(workspace.public)
    with suppress(FileNotFoundError):
        workspace.reconciled.unlink()
    assert released(workspace, "One more")


@pytest.mark.parametrize(
    ("command", "code"), [(("verify",), 5), (("doctor",), 1), (("site", "check"), 4)]
)
def test_every_check_asks_the_gate_about_what_is_out(
    run_cli: Cli, workspace: Workspace, published: str, command: tuple[str, ...], code: int
) -> None:
    """The site is as it was built, byte for byte, and still may not stand."""
    sign_off(workspace, published, "training")

    result = run_cli(*command)

    assert result.code == code, result.err
    assert f"{published} is on the site and may not be shown" in result.out + result.err


class MailServer(socketserver.StreamRequestHandler):
    """A server that takes one mail and keeps it: enough of SMTP for `smtplib`."""

    mails: ClassVar[list[str]] = []

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        for line in self.rfile:
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                self.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
            if line.upper().startswith(b"QUIT"):
                self.wfile.write(b"221 bye\r\n")
                return
            self.wfile.write(b"250 ok\r\n")


def with_mail(workspace: Workspace, port: int) -> None:
    lines = workspace.settings.read_text(encoding="utf-8").rstrip("\n")
    mail = f"{{to: team@trust.example, sender: us@trust.example, server: 127.0.0.1, port: {port}}}"
    workspace.settings.write_text(f"{lines}\nmail: {mail}\n", encoding="utf-8")


def test_the_daily_mail_holds_ids_and_no_word_or_name(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    record_copy(
        workspace,
        [published],
        medium="stick",
        audience="trust",
        to="Ruth Example, Ward 3",
        on=clock.today(),
        role="editor",
    )
    sign_off(workspace, published, "training")
    with socketserver.TCPServer(("127.0.0.1", 0), MailServer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with_mail(workspace, server.server_address[1])
        result = run_cli("upkeep", "--mail")
        server.shutdown()

    assert result.code == 0, result.err
    (mail,) = MailServer.mails
    assert f"Taken down: {published}" in mail
    assert TITLE not in mail
    assert "Ruth" not in mail


def test_a_mail_that_cannot_be_sent_is_said(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    """A story that was to be taken down is down all the same."""
    sign_off(workspace, published, "training")
    assert run_cli("upkeep", "--mail").code == 2, "nobody to send it to"
    with socketserver.TCPServer(("127.0.0.1", 0), MailServer) as server:
        port = server.server_address[1]
    with_mail(workspace, port)

    result = run_cli("upkeep", "--mail")

    assert "could not be sent" in result.err
    assert "Errno" not in result.err
    assert not is_out(workspace, published)


class RefusingMailServer(socketserver.StreamRequestHandler):
    """A server that takes no mail for the address."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        for line in self.rfile:
            answers = {b"RCPT": b"550 5.1.1 No such user here\r\n", b"QUIT": b"221 bye\r\n"}
            self.wfile.write(answers.get(line[:4].upper(), b"250 ok\r\n"))


def test_what_the_mail_server_answers_is_told_in_words(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    sign_off(workspace, published, "training")
    with socketserver.TCPServer(("127.0.0.1", 0), RefusingMailServer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with_mail(workspace, server.server_address[1])
        result = run_cli("upkeep", "--mail")
        server.shutdown()
    assert "through 127.0.0.1: it answered “5.1.1 No such user here” (550)." in result.err


def test_a_story_folder_that_is_a_link_is_emptied_and_named(
    run_cli: Cli, workspace: Workspace, published: str, tmp_path: Path
) -> None:
    """Taking the link away would leave the film where it led; what else lies there is not ours."""
    folder, away = workspace.public / "stories" / published, tmp_path / "away"
    folder.rename(away)
    (away / "own notes.txt").write_text("mine")
    folder.symlink_to(away)

    result = run_cli(
        "people", "add", published, "--relation", "brother", "--told", "it", "--as", "objected"
    )

    assert not (away / "film.mp4").exists()
    assert (away / "own notes.txt").exists()
    assert str(away) in result.err
    assert not is_out(workspace, published)
    # The link is gone, and what it led to is named until somebody has dealt with it.
    for command in (
        ("story", "list"),
        ("status",),
        ("upkeep", "--dry-run"),
        ("upkeep",),
        ("verify",),
    ):
        again = run_cli(*command)
        assert f"A link of the site led to {away}" in again.out + again.err, command
        assert "own notes.txt" in again.out + again.err
    (away / "own notes.txt").unlink()
    for command in (("story", "list"), ("upkeep",), ("verify",)):
        again = run_cli(*command)
        assert str(away) not in again.out + again.err, command


def test_what_a_build_did_not_write_is_taken_off_the_site(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    """A film put in beside, a page by hand, words added to a page: nobody checked them."""
    run_cli("status")
    beside = workspace.public / "stories" / published / "extra.mp4"
    beside.write_bytes(b"another")
    old = workspace.public / "old.html"
    old.write_text("an old page")
    page = workspace.page_of(published)
    page.chmod(0o600)
    page.write_text(page.read_text(encoding="utf-8") + "more", encoding="utf-8")

    dry, result = run_cli("upkeep", "--dry-run"), run_cli("upkeep")

    assert "public/old.html" in dry.out
    assert "public/old.html was not written by the last build, or was changed since." in result.out
    assert not beside.exists()
    assert not old.exists()
    assert not page.read_text(encoding="utf-8").endswith("more")


def test_a_page_changed_under_its_own_name_is_put_right_at_the_next_command(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    """Nobody checked it, though every name is as it was."""
    run_cli("status")
    pages = {
        page: page.read_bytes()
        for page in (
            workspace.public / "about.html",
            workspace.public / "training" / "index.html",
            workspace.public / "stories" / published / "handout.html",
        )
    }
    for page, data in pages.items():
        page.chmod(0o600)
        page.write_bytes(data[::-1])

    said = run_cli("story", "list").err

    for page in pages:
        name = page.relative_to(workspace.root).as_posix()
        assert f"{name} was not written by the last build, or was changed since." in said
    assert {page: page.read_bytes() for page in pages} == pages
    assert not run_cli("story", "list").err


def test_a_change_within_the_same_seconds_is_seen_on_a_disk_that_keeps_no_others(
    tmp_path: Path,
) -> None:
    """On a stick in FAT format times go by twos: two changes in a row look the same."""
    page = tmp_path / "page.html"
    page.touch()
    now = int(time.time()) // 2 * 2
    os.utime(page, (now, now))
    assert change_token_of([page]) != change_token_of([page])
    os.utime(page, (now - 60, now - 60))
    assert change_token_of([page]) == change_token_of([page])


def test_a_page_that_stays_because_no_site_can_be_made_is_tried_again(
    run_cli: Cli, workspace: Workspace, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_cli("status")
    run_cli("status")
    old = workspace.public / "old.html"
    old.write_text("an old page")

    def refuse(*_: object, **__: object) -> None:
        raise DiskFailed("The disk is full.")

    with monkeypatch.context() as patches:
        for name in ("build_library", "rebuild_site"):
            patches.setattr(build_job, name, refuse)
        assert "The site could not be made again." in run_cli("status").err
    assert old.exists()

    run_cli("status")

    assert not old.exists()
    assert is_out(workspace, published)


def test_a_site_made_of_what_stood_before_is_not_said_to_be_missing(
    run_cli: Cli, workspace: Workspace, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_cli("status")
    run_cli("status")
    (workspace.public / "old.html").write_text("an old page")

    def refuse(*_: object, **__: object) -> None:
        raise DiskFailed("The disk is full.")

    monkeypatch.setattr(build_job, "build_library", refuse)
    monkeypatch.setattr(build_job, "rebuild_site", lambda _: None)
    said = run_cli("status").err
    assert "The site was made of what it showed before, for it cannot be made anew now. The" in said
    assert "could not be made again" not in said


def test_a_preview_that_another_program_holds_is_tried_again(
    run_cli: Cli, workspace: Workspace, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = filmed(workspace, "Only a preview")
    assert run_cli("site", "preview", story_id).code == 0
    remake_cut(workspace, story_id, "Another cut")

    def refuse(*_: object) -> bool:
        raise DiskFailed("It is open in another program.")

    with monkeypatch.context() as patches:
        patches.setattr(reconcile_module, "remove_preview", refuse)
        assert "It is open in another program." in run_cli("status").err
        assert "It is open in another program." in run_cli("status").err
    assert (workspace.previews / story_id).exists()

    run_cli("status")

    assert not (workspace.previews / story_id).exists()


def test_words_changed_in_the_edition_do_not_stay(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    record = workspace.edition_record.read_text(encoding="utf-8")
    workspace.edition_record.write_text(record.replace("Nobody asked", "Somebody asked"))

    result = run_cli("status")

    assert "Its words or files in the edition are not those that were released." in result.err
    assert "Somebody asked" not in workspace.edition_record.read_text(encoding="utf-8")
    assert is_out(workspace, published)


def test_a_wider_setting_is_not_swallowed_while_the_records_cannot_be_read(
    run_cli: Cli, workspace: Workspace, published: str, tmp_path: Path
) -> None:
    run_cli("status")
    workspace.database.rename(tmp_path / "kept")
    words = workspace.settings.read_text(encoding="utf-8")
    lines = [line for line in words.splitlines() if not line.startswith("audience:")]
    workspace.settings.write_text("\n".join([*lines, "audience: public", ""]), encoding="utf-8")
    run_cli("status")
    (tmp_path / "kept").rename(workspace.database)

    assert f"Would take down: {published}" in run_cli("upkeep", "--dry-run").out
    run_cli("upkeep")
    assert not is_out(workspace, published)


def test_a_copied_preview_goes_with_a_withdrawal(
    run_cli: Cli, workspace: Workspace, published: str
) -> None:
    assert run_cli("site", "preview", published).code == 0
    copied = workspace.previews / f"old-{published}"
    shutil.copytree(workspace.previews / published, copied)

    run_cli("withdraw", published, "--yes")

    assert not copied.exists()


@pytest.mark.parametrize(
    ("before", "after"),
    [(("consent", "form"), ("--to",)), (("captions", "export"), ("--format", "vtt", "-o"))],
)
def test_no_command_but_a_build_writes_into_the_site(
    run_cli: Cli,
    workspace: Workspace,
    published: str,
    before: tuple[str, ...],
    after: tuple[str, ...],
) -> None:
    path = workspace.public / "words.vtt"

    result = run_cli(*before, published, *after, path)

    assert result.code == 2
    assert not path.exists()
