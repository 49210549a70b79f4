"""The desk's calls: what a page is told, what is refused, and what another window may do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask, request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.consent.stories import start_story
from library.consent.withdrawals import record_withdrawal
from library.core.errors import BadInput, Busy, CarerStoriesError
from library.core.workspace import StoryFolder, Workspace
from library.local_page.definition import LocalPage
from library.local_page.responses import install_error_handlers
from stewardship.desk import lease, newest_analysis, story_api
from stewardship.desk.open_stories import Desk
from stewardship.desk.refusals import StoryGone
from stewardship.desk.story_api import story_calls
from stewardship.desk.story_list import first_command
from tests.hostile.typed_values import of_type
from tests.support import sample_media
from tests.support.command_line import CommandResult
from tests.support.imported_words import story_with_words
from tests.support.known_interview import spoken
from tests.support.quick_stories import filmed
from tests.support.transcribed_story import heard_interview, transcribed_story
from transcribe.glossary import load_glossary

FIRST, SECOND = "first-window", "second-window"
Answer = tuple[int, Any]


class Counting:
    """An analyser that counts words, and refuses a text with an unclosed redaction."""

    def __init__(self, workspace: Workspace, story_id: str) -> None:
        self.story_id = story_id

    def analyse(self, text: str) -> dict[str, object]:
        if text.count("[[") > text.count("]]"):
            raise BadInput("A redaction is not closed.")
        if "!boom!" in text:
            raise RuntimeError(text)
        return {"summary": {"words": len(text.split())}}

    def analyse_fully(self, text: str) -> dict[str, object]:
        return self.analyse(text)

    def is_complete(self, made: dict[str, object]) -> bool:
        return True

    def excerpt(self, text: str, start: int, end: int, *, as_film: bool) -> bytes:
        return b""

    def answer(self, text: str, doubt_id: str, key: str, shown: str = "") -> str:
        return text.replace(doubt_id, f"[[{doubt_id}|{shown}]]") if key == "y" else text


class DeskClient:
    """The windows of a desk, in this process."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.start()

    def start(self) -> None:
        """Start the desk, or start it again as after a kill."""
        self.desk = Desk(self.workspace, Counting)
        app = Flask("desk", static_folder=None)
        install_error_handlers(
            app, LocalPage("desk", Path(), lambda workspace: workspace.desk_files)
        )
        app.register_blueprint(story_calls(self.desk, lambda: request.headers["X-Window"]))
        self._client = app.test_client()

    def get(self, path: str, window: str = FIRST) -> Answer:
        answer = self._client.get(f"/api/stories{path}", headers={"X-Window": window})
        return answer.status_code, json.loads(answer.data)

    def post(self, path: str, window: str = FIRST, **body: Any) -> Answer:
        return self.send(path, body, window)

    def send(self, path: str, body: Any, window: str = FIRST) -> Answer:
        answer = self._client.post(f"/api/stories{path}", json=body, headers={"X-Window": window})
        return answer.status_code, json.loads(answer.data)

    def type(self, story: str, at: int, typed: str, base: int, window: str = FIRST) -> Answer:
        changes = [{"edits": [[at, at, typed]]}]
        return self.post(
            f"/{story}/changes", window, base=base, changes=changes, key=f"key-{base}-{typed}"
        )


@pytest.fixture
def folder(workspace: Workspace) -> StoryFolder:
    return transcribed_story(workspace, heard_interview())[0]


@pytest.fixture
def story(folder: StoryFolder) -> str:
    return folder.root.name


@pytest.fixture
def client(workspace: Workspace, story: str) -> Iterator[DeskClient]:
    client = DeskClient(workspace)
    yield client
    client.desk.close()


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock of leases, to be put forward."""
    clock = [100.0]
    monkeypatch.setattr(lease, "seconds_now", lambda: clock[0])
    return clock


def text_of(folder: StoryFolder) -> str:
    return folder.editors_copy.read_text(encoding="utf-8")


# The list


def test_the_first_page_says_of_each_story_what_status_says(
    client: DeskClient, workspace: Workspace, story: str, run_cli: Callable[..., CommandResult]
) -> None:
    new = start_story(workspace, title="Begun", questions="being-heard").id
    gone = transcribed_story(workspace, heard_interview(), "Taken back")[0].root.name
    record_withdrawal(workspace, gone, asked_by="contributor", scope="all")
    cut = filmed(workspace)
    status, answer = client.get("")
    assert status == 200
    by_id = {told["id"]: told for told in answer["stories"]}
    for told in json.loads(run_cli("status", "--json").out):
        assert by_id[told["id"]]["state"] == told["state"]
        assert by_id[told["id"]]["next_step"] == told["next"]
    assert [by_id[each]["can_edit"] for each in (new, story, gone)] == [False, True, False]
    assert by_id[story]["command"] == f"carer-stories edit {story}"
    assert by_id[gone]["command"] == ""
    assert next(iter(by_id)) == cut


@pytest.mark.parametrize(
    ("step", "command"),
    [
        ("Correct the words: carer-stories edit cs-1", "carer-stories edit cs-1"),
        (
            "Print it (carer-stories consent form cs-1) and sign it, then: carer-stories x",
            "carer-stories consent form cs-1",
        ),
        ("Ask the contributor again by 2027-01-01.", ""),
        ('If so: carer-stories held release cs-1 --confirm-withdrawn "WHY"',
         'carer-stories held release cs-1 --confirm-withdrawn "WHY"'),
    ],
)  # fmt: skip
def test_the_command_of_a_next_step_is_its_first(step: str, command: str) -> None:
    assert first_command(step) == command


# A story


def test_an_opened_story_has_what_a_page_needs(client: DeskClient, story: str) -> None:
    status, told = client.get(f"/{story}")
    assert status == 200
    assert (told["title"], told["contributor"]) == ("Nobody would talk to me", "Ruth")
    assert told["questions"][0] == {"id": "beginning", "ask": "Can you tell me who you care for?"}
    assert told["has_picture"] is False
    assert client.desk.story_of_ticket(told["media"].removeprefix("/media/")) == story
    document = told["document"]
    assert document["text"] == document["start_text"]
    assert (document["version"], document["changes"]) == (0, [])
    assert told["lease"]["is_mine"]


def test_a_change_is_in_the_file_when_it_is_answered_and_counted_once(
    client: DeskClient, story: str, folder: StoryFolder
) -> None:
    before = client.get(f"/{story}")[1]["document"]["text"]
    for _ in range(2):
        assert client.type(story, 0, "New. ", 0) == (200, {"version": 1, "problem": None})
    assert text_of(folder) == f"New. {before}"
    assert client.get(f"/{story}/state")[1]["version"] == 1
    # As after a kill: nothing was closed.
    client.start()
    assert client.type(story, 0, "New. ", 0) == (200, {"version": 1, "problem": None})
    assert client.get(f"/{story}")[1]["document"]["changes"] == [{"edits": [[0, 0, "New. "]]}]


def test_what_a_page_is_behind_with_comes_with_the_refusal(client: DeskClient, story: str) -> None:
    session = client.get(f"/{story}")[1]["document"]["session"]
    client.type(story, 0, "One. ", 0)
    status, refused = client.type(story, 0, "Two. ", 0)
    assert (status, refused["error"]["code"]) == (409, "stale")
    assert refused["document"]["version"] == 1
    request_of_other_session = {"base": 1, "changes": [], "key": "a-key-of-it"}
    for sent, expected in (("another", 409), (session, 200)):
        answer = client.post(f"/{story}/changes", session=sent, **request_of_other_session)
        assert answer[0] == expected


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"base": 0, "changes": [], "key": "short"},
        {"base": -1, "changes": [], "key": "long-enough"},
        {"base": 0, "changes": [{"edits": [[0, 10**9, ""]]}], "key": "long-enough"},
        {"base": 0, "changes": [{"edits": [[9, 3, ""]]}], "key": "long-enough"},
        {"base": 0, "changes": [{"edits": [[0, 0, "\r"]]}], "key": "long-enough"},
        {"base": 0, "changes": [{"edits": [[0, 0, 1]]}], "key": "long-enough"},
        {"base": 0, "changes": [], "key": "long-enough", "more": 1},
    ],
)
def test_what_is_no_change_is_refused_in_a_sentence(
    client: DeskClient, story: str, folder: StoryFolder, body: Any
) -> None:
    before = client.get(f"/{story}")[1]["document"]["text"]
    status, refused = client.post(f"/{story}/changes", **body)
    assert (status, refused["error"]["code"]) == (400, "bad-request")
    assert text_of(folder) == before


def test_one_window_writes_and_another_may_take_over(
    client: DeskClient, story: str, seconds: list[float]
) -> None:
    client.get(f"/{story}")
    assert client.get(f"/{story}", SECOND)[1]["lease"]["is_mine"] is False
    status, refused = client.type(story, 0, "Two. ", 0, SECOND)
    assert (status, refused["error"]["code"]) == (409, "not-yours")
    assert client.post(f"/{story}/lease", SECOND, message="I go\non in\x07 room 2.")[1]["is_mine"]
    told = client.get(f"/{story}/state")[1]["lease"]
    assert (told["is_mine"], told["message"]) == (False, "I go on in room 2.")
    assert client.type(story, 0, "One. ", 0)[0] == 409
    assert client.type(story, 0, "Two. ", 0, SECOND)[0] == 200
    # The second window is closed, and says nothing more.
    seconds[0] += 14
    assert not client.get(f"/{story}/state")[1]["lease"]["is_mine"]
    seconds[0] += 2
    assert client.get(f"/{story}/state")[1]["lease"] == {
        "is_mine": True, "since": told["since"], "message": ""
    }  # fmt: skip
    assert client.type(story, 0, "One. ", 1)[0] == 200


def test_a_text_of_another_program_is_shown_and_chosen_about(
    client: DeskClient, story: str, folder: StoryFolder
) -> None:
    client.get(f"/{story}")
    client.type(story, 0, "Mine. ", 0)
    folder.editors_copy.write_text("Theirs.\n", encoding="utf-8")
    outside = client.get(f"/{story}/state")[1]["outside"]
    assert (outside["theirs"], outside["mine"][:6]) == ("Theirs.\n", "Mine. ")
    status, refused = client.type(story, 0, "More. ", 1)
    assert (status, refused["error"]["code"], refused["version"]) == (409, "changed-outside", 2)
    assert refused["mine"].startswith("More. Mine. ")
    assert text_of(folder) == "Theirs.\n"
    for path in ("apply", "doubts/Theirs"):
        sent = {"version": 2} | ({"answer": "y"} if path != "apply" else {})
        assert client.post(f"/{story}/{path}", **sent)[1]["error"]["code"] == "changed-outside"
    status, document = client.post(f"/{story}/outside", choose="mine", sha256=outside["sha256"])
    assert (status, document["text"]) == (200, refused["mine"])
    assert text_of(folder) == refused["mine"]
    assert client.post(f"/{story}/outside", choose="no", sha256="")[0] == 400


def test_applying_does_and_says_what_edit_does(
    client: DeskClient,
    story: str,
    folder: StoryFolder,
    run_cli: Callable[..., CommandResult],
) -> None:
    text = client.get(f"/{story}")[1]["document"]["text"]
    at = text.index("Daniel")
    change = [{"edits": [[at, at + 6, "[[Daniel|my son]]   "]]}]
    client.post(f"/{story}/changes", base=0, changes=change, key="redacted")
    assert client.post(f"/{story}/apply", version=0)[1]["error"]["code"] == "stale"
    assert client.post(f"/{story}/apply", SECOND, version=1)[1]["error"]["code"] == "not-yours"
    assert not folder.edited.exists()
    status, told = client.post(f"/{story}/apply", version=1)
    assert status == 200
    assert told["document"]["version"] == 2
    assert text_of(folder) == told["document"]["text"]
    assert folder.edited.exists()
    assert client.desk.applied.is_set()
    again = run_cli("edit", story, "--as-is")
    assert [line.strip() for line in again.out.splitlines()] == [
        *told["sentences"], f"Next: {told['next_step']}"
    ]  # fmt: skip
    assert (told["command"], text_of(folder)) == (
        f"carer-stories film {story}" if "film" in told["next_step"] else told["command"],
        told["document"]["text"],
    )
    assert client.get(f"/{story}/state")[1]["outside"] is None


def test_what_edit_refuses_is_refused_and_the_text_stays(
    client: DeskClient, story: str, folder: StoryFolder
) -> None:
    client.get(f"/{story}")
    text = f"{text_of(folder)}\n[00:01] Ruth: I said [[Daniel\n"
    client.type(story, len(text_of(folder)), "\n[00:01] Ruth: I said [[Daniel\n", 0)
    status, refused = client.post(f"/{story}/apply", version=1)
    assert (status, refused["error"]["code"]) == (400, "bad-request")
    assert "ine " in refused["error"]["what"]
    assert text_of(folder) == text
    assert not folder.edited.exists()


def test_a_moment_and_a_term_are_noted_where_others_are(
    client: DeskClient, workspace: Workspace, run_cli: Callable[..., CommandResult]
) -> None:
    spoken_words = spoken("Nobody told me anything.")
    folder = story_with_words(workspace, sample_media.wav(), spoken_words)
    story = folder.root.name
    assert client.get(f"/{story}")[0] == 200
    assert client.post(f"/{story}/moments", at=120, text=" She laughs\x07 ")[0] == 201
    assert "She laughs" in run_cli("capture", "mark", story, "--list").out
    assert client.post(f"/{story}/moments", at=130)[1]["text"] == "marked at the desk"
    for body in ({"at": 10**9, "text": "late"}, {"at": -1, "text": "x"}):
        assert client.post(f"/{story}/moments", **body)[0] == 400
    status, term = client.post(f"/{story}/glossary", term="Gaviscon", mishearing="gave his con")
    assert (status, term) == (201, {"term": "Gaviscon", "mishearings": ["gave his con"]})
    assert load_glossary(workspace).terms[-1].term == "Gaviscon"
    assert client.post(f"/{story}/glossary", term=" ")[0] == 400


# Stories that may not be read


def test_stories_that_edit_refuses_are_refused(client: DeskClient, workspace: Workspace) -> None:
    begun = start_story(workspace, title="Begun", questions="being-heard").id
    gone = transcribed_story(workspace, heard_interview())[0].root.name
    record_withdrawal(workspace, gone, asked_by="contributor", scope="all")
    untold = transcribed_story(workspace, heard_interview())[0]
    untold.transcript.unlink()
    for story, expected in (
        (begun, (403, "not-allowed")),
        (gone, (403, "not-allowed")),
        (untold.root.name, (404, "not-found")),
        ("cs-nobody", (404, "not-found")),
        ("no-id", (400, "bad-request")),
    ):
        status, refused = client.get(f"/{story}")
        assert (status, refused["error"]["code"]) == expected
        assert refused["error"]["next_step"]


def test_a_story_withdrawn_while_it_is_open_is_told_no_more_of(
    client: DeskClient, workspace: Workspace, story: str, folder: StoryFolder
) -> None:
    client.get(f"/{story}")
    client.type(story, 0, "One. ", 0)
    assert folder.desk_journal.exists()
    before = text_of(folder)
    record_withdrawal(workspace, story, asked_by="contributor", scope="all")
    status, refused = client.type(story, 0, "Two. ", 1)
    assert (status, refused["error"]["code"]) == (410, "gone")
    assert set(refused) == {"error"}
    assert text_of(folder) == before
    assert not folder.desk_journal.exists()
    for path in (f"/{story}", f"/{story}/state", f"/{story}/analysis?version=1"):
        status, refused = client.get(path)
        assert (status, set(refused)) == (403, {"error"})


@pytest.mark.parametrize("call", ["apply", "doubts/x"])
def test_a_story_withdrawn_while_a_call_works_on_it_is_not_written(
    client: DeskClient,
    workspace: Workspace,
    story: str,
    folder: StoryFolder,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
) -> None:
    """To prepare an edit takes seconds, and a withdrawal comes from another process."""
    client.get(f"/{story}")
    client.type(story, text_of(folder).index("Daniel"), "our ", 0)

    def withdrawn(made: Any) -> Any:
        record_withdrawal(workspace, story, asked_by="contributor", scope="all")
        folder.desk_journal.unlink()
        return made

    prepare, answer = story_api.prepare_edit, Counting.answer
    monkeypatch.setattr(
        story_api, "prepare_edit", lambda *args, **named: withdrawn(prepare(*args, **named))
    )
    monkeypatch.setattr(Counting, "answer", lambda *args: withdrawn(answer(*args)))
    before = text_of(folder)
    body = {"version": 1} if call == "apply" else {"version": 1, "answer": "y", "shown": "he"}
    status, refused = client.send(f"/{story}/{call}", body)
    assert (status, set(refused)) == (410, {"error"})
    assert not folder.desk_journal.exists()
    assert (text_of(folder), folder.edited.exists()) == (before, False)


def test_a_request_that_comes_behind_the_end_writes_nothing(
    client: DeskClient, workspace: Workspace, story: str, folder: StoryFolder
) -> None:
    opened = client.desk.open_story(story)
    client.type(story, 0, "One. ", 0)
    client.desk.close()
    with pytest.raises(Busy):
        opened.change_by_desk("Two. ", "apply", 1)
    assert not folder.desk_journal.exists()
    again = client.desk.open_story(story)
    record_withdrawal(workspace, story, asked_by="contributor", scope="all")
    assert client.get(f"/{story}/state")[0] == 410
    with pytest.raises(StoryGone):
        again.change_by_desk("Two. ", "apply", 0)
    assert not folder.desk_journal.exists()


def test_of_a_withdrawn_story_nothing_is_written_at_the_end(
    client: DeskClient, workspace: Workspace, story: str, folder: StoryFolder
) -> None:
    client.get(f"/{story}")
    client.type(story, 0, "One. ", 0)
    folder.editors_copy.unlink()
    record_withdrawal(workspace, story, asked_by="contributor", scope="all")
    client.desk.close()
    assert not folder.editors_copy.exists()
    assert not folder.desk_journal.exists()


def test_a_desk_that_was_killed_puts_its_text_into_the_file_at_the_next_start(
    client: DeskClient, workspace: Workspace, story: str, folder: StoryFolder
) -> None:
    client.get(f"/{story}")
    client.type(story, 0, "One. ", 0)
    earlier = text_of(folder)
    client.type(story, 0, "Two. ", 1)
    # Killed between the journal and the file.
    folder.editors_copy.write_text(earlier, encoding="utf-8")
    gone = transcribed_story(workspace, heard_interview())[0]
    gone.desk_journal.write_text("of a story that was withdrawn")
    record_withdrawal(workspace, gone.root.name, asked_by="contributor", scope="all")
    shutil.copytree(folder.root, folder.root.with_name(f"{story} - Copy"))
    both = transcribed_story(workspace, heard_interview())[0]
    client.get(f"/{both.root.name}")
    client.type(both.root.name, 0, "Mine. ", 0)
    both.editors_copy.write_text("Theirs.", encoding="utf-8")
    damaged = transcribed_story(workspace, heard_interview())[0]
    damaged.desk_journal.write_text("nothing of ours\nat all\n")
    client.start()
    assert text_of(folder) == f"Two. {earlier}"
    assert not gone.desk_journal.exists()
    assert sorted(problem.what[:13] for problem in client.desk.problems) == [
        "Line 1 of " + str(workspace.root)[:3], "transcript.md"
    ]  # fmt: skip
    assert client.desk.unwritten == [both.root.name]
    client.desk.close()
    assert both.desk_journal.exists()
    assert not folder.desk_journal.exists()


CALLS = {
    "changes": story_api.ChangesRequest,
    "outside": story_api.ChoiceRequest,
    "lease": story_api.LeaseRequest,
    "apply": story_api.ApplyRequest,
    "moments": story_api.MomentRequest,
    "glossary": story_api.TermRequest,
    "doubts/x": story_api.AnswerRequest,
}


@given(data=st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_sent_is_taken_or_refused_in_a_sentence(
    client: DeskClient, story: str, folder: StoryFolder, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(sorted(CALLS)))
    body = data.draw(of_type(CALLS[path]))
    answer = client.send(f"/{story}/{path}", body)
    assert answer[0] != 500, answer
    assert answer[0] < 400 or answer[1]["error"]["what"].endswith((".", "…")), answer
    document = client.get(f"/{story}")[1]["document"]
    assert text_of(folder) == document["text"]


# The analysis


def test_the_analysis_of_the_newest_text_is_waited_for(client: DeskClient, story: str) -> None:
    client.get(f"/{story}")
    status, told = client.get(f"/{story}/analysis?version=0")
    assert (status, told["version"]) == (200, 0)
    client.type(story, 0, "Two words. ", 0)
    more = client.get(f"/{story}/analysis?version=1")[1]
    assert more["summary"]["words"] == told["summary"]["words"] + 2
    assert client.get(f"/{story}/state")[1]["analysis_version"] == 1
    for version, expected in (("0", "stale"), ("2", "stale"), ("x", "bad-request")):
        answer = client.get(f"/{story}/analysis?version={version}")[1]
        assert answer["error"]["code"] == expected
    client.type(story, 0, "[[", 1)
    assert client.get(f"/{story}/analysis?version=2")[1]["error"]["code"] == "bad-request"
    client.type(story, 0, "!boom! ]]", 2)
    status, refused = client.get(f"/{story}/analysis?version=3")
    assert (status, "boom" in str(refused)) == (500, False)


def test_whoever_waits_for_an_analysis_learns_of_a_newer_text(
    client: DeskClient, story: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get(f"/{story}")
    monkeypatch.setattr(newest_analysis.NewestAnalysis, "_start", lambda _self: None)
    waiting = client.desk.open_story(story).newest_analysis
    with pytest.raises(CarerStoriesError) as not_yet:
        waiting.wait_for(0, 0.01)
    assert "looked through" in not_yet.value.what
    refusals: list[CarerStoriesError] = []

    def wait() -> None:
        with pytest.raises(CarerStoriesError) as refusal:
            waiting.wait_for(0, 60)
        refusals.append(refusal.value)

    thread = Thread(target=wait)
    thread.start()
    client.type(story, 0, "Newer. ", 0)
    thread.join(30)
    assert "changed meanwhile" in refusals[0].what


def test_a_doubt_that_is_answered_is_one_change_of_the_text(
    client: DeskClient, story: str, folder: StoryFolder
) -> None:
    client.get(f"/{story}")
    asked = {"version": 0, "answer": "y", "shown": "my son"}
    assert client.post(f"/{story}/doubts/Daniel", SECOND, **asked)[0] == 409
    status, told = client.post(f"/{story}/doubts/Daniel", **asked)
    assert (status, told["document"]["version"]) == (200, 1)
    assert "[[Daniel|my son]]" in text_of(folder)
    assert client.post(f"/{story}/doubts/Daniel", **asked)[1]["error"]["code"] == "stale"
