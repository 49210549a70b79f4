"""Work on a cluster: handed out, taken in, and done by another worker where one fails."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec
import pytest

from library.cluster import worker
from library.cluster.choice import ClusterChoice, cluster_choice
from library.cluster.dispatch import Cluster, CrewEvent, Job, PatienceLimits
from library.cluster.share import MediaShare, new_share
from library.cluster.task import Task, TaskAnswer, WorkOrder, pack, unpack
from library.core.errors import (
    BadInput,
    CarerStoriesError,
    Damaged,
    DiskFailed,
    NotAllowed,
    NotFound,
    ToolFailed,
)
from library.core.workspace import Workspace
from tests.support.stand_in_s3 import stand_in_s3

SECRET = b"Nobody asked me how I was."


# The tasks of these tests


def add(work: worker.Work) -> bytes:
    numbers = msgspec.json.decode(work.options, type=list[int])
    work.report(1)
    if not numbers:
        raise BadInput("There are no numbers.", "Name some.")
    return msgspec.json.encode((sum(numbers), work.read("words").decode()))


def check(work: worker.Work) -> bytes:
    return b"alike" if work.read("words") == SECRET else b"other"


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "KINDS", {name: f"{__name__}:{name}" for name in ("add", "check")})


class ScriptedCrew:
    """Workers in this process, each of which does its orders well or in a way of its own."""

    def __init__(self, **ways: str) -> None:
        self.ways = ways
        self.present = dict.fromkeys(ways, True)
        self.started: list[tuple[str, str]] = []
        self.events: deque[CrewEvent] = deque()

    def workers(self) -> Mapping[str, str]:
        return {name: f"tls://{name}" for name, there in self.present.items() if there}

    def start(self, ticket: str, worker_name: str, order: bytes) -> None:
        task = unpack(order, WorkOrder).task
        way = self.ways[worker_name]
        self.started.append((worker_name, task.kind))
        if task.kind == "add" and way in {"hangs", "dies", "ends"}:
            self.present[worker_name] = way != "dies"
            if way == "ends":
                self.events.append(CrewEvent(ticket))
            return
        if way == "old":
            changed = unpack(order, WorkOrder)
            order = pack(msgspec.structs.replace(changed, program="another"))
        answer = worker.do_order(
            order, 1, lambda done: self.events.append(CrewEvent(ticket, done=done))
        )
        if task.kind == "add" and way == "wrong":
            right = unpack(answer, TaskAnswer)
            answer = pack(msgspec.structs.replace(right, content=b'[7,"wrong"]'))
        if task.kind == "add" and way == "babbles":
            answer = b"\xff" + answer
        if task.kind == "check" and way == "differs":
            answer = self._hashed(answer, b"unlike")
        self.events.append(CrewEvent(ticket, answer=answer))

    def _hashed(self, answer: bytes, content: bytes) -> bytes:
        key = unpack(answer, TaskAnswer).key
        sha256 = worker.answer_hash(key, content, ())
        return pack(TaskAnswer(key=key, content=content, sha256=sha256))

    def cancel(self, ticket: str) -> None:
        self.events = deque(event for event in self.events if event.ticket != ticket)

    def next_event(self, timeout: float) -> CrewEvent | None:
        return self.events.popleft() if self.events else None


@pytest.fixture
def share(tmp_path: Path) -> MediaShare:
    return MediaShare(new_share((tmp_path / "share").as_uri()))


Outcome = dict[int, object]


def run(crew: ScriptedCrew, share: MediaShare, *sums: list[int]) -> tuple[Outcome, list[str]]:
    """Have sums done by a crew, and return what came of each, and what was said."""
    said: list[str] = []
    outcome: Outcome = {}
    seconds = itertools.count()
    limits = PatienceLimits(still=40, no_worker=60, look=1)
    cluster = Cluster(crew, share, said.append, limits, clock=lambda: float(next(seconds)))
    words = share.put_bytes(SECRET, "words")
    assert cluster.prepare(Task(kind="check", options=b"", files=(words,))) == b"alike"
    for number, numbers in enumerate(sums):
        cluster.submit(
            Job(
                label=f"cs-{number}",
                make_task=lambda share, numbers=numbers: Task(
                    kind="add",
                    options=msgspec.json.encode(numbers),
                    files=(share.put_bytes(SECRET, "words"),),
                ),
                on_answer=lambda answer, number=number: outcome.__setitem__(
                    number, msgspec.json.decode(answer.content, type=tuple[int, str])
                ),
                on_failure=lambda error, number=number: outcome.__setitem__(number, error),
                on_progress=lambda _: None,
            )
        )
    while cluster.has_work:
        cluster.step(0)
    return outcome, said


@pytest.mark.parametrize(
    ("way", "sentence"),
    [
        ("good", None),
        ("dies", "The worker tls://odd ended."),
        ("hangs", "The worker tls://odd has shown no progress for 1 minute."),
        ("ends", "The worker tls://odd could not begin"),
        ("wrong", "The worker tls://odd answered with bytes that are wrong."),
        ("babbles", "The worker tls://odd answered with bytes that are wrong."),
        ("old", "It has another version of Carer Stories"),
        ("differs", "The worker tls://odd gets no work: its recogniser"),
    ],
)
def test_a_worker_that_fails_costs_its_task_only(
    way: str, sentence: str | None, share: MediaShare
) -> None:
    crew = ScriptedCrew(odd=way, one="good", two="good")
    sums = [[number, 1] for number in range(12)]
    outcome, said = run(crew, share, *sums)
    assert outcome == {number: (number + 1, SECRET.decode()) for number in range(12)}
    assert [any(sentence in line for line in said)] if sentence else said == []
    assert crew.started[:3] == [("odd", "check"), ("one", "check"), ("two", "check")]
    # Two wrong answers are enough.
    works_on = [name for name, kind in crew.started if (name, kind) == ("odd", "add")]
    assert len(works_on) >= 3 if way == "good" else len(works_on) <= 2


def test_a_task_that_no_worker_can_do_is_given_up_and_the_others_are_done(
    share: MediaShare,
) -> None:
    """A refusal of the task itself is final; one of a worker's own is tried on three."""
    crew = ScriptedCrew(one="good", two="good")
    outcome, said = run(crew, share, [1], [], [2])
    assert isinstance(outcome[1], BadInput)
    assert outcome[1].what == "There are no numbers."
    assert (outcome[0], outcome[2], said) == ((1, SECRET.decode()), (2, SECRET.decode()), [])

    crew = ScriptedCrew(one="wrong", two="wrong", three="wrong")
    outcome, said = run(crew, share, [1])
    assert isinstance(outcome[0], ToolFailed)
    assert outcome[0].what.startswith("It was tried 3 times. The worker tls://")
    assert len(said) == 2


def test_where_no_worker_is_fit_it_is_said_why(share: MediaShare) -> None:
    with pytest.raises(Damaged, match="another version of Carer Stories"):
        run(ScriptedCrew(one="old"), share, [1])
    with pytest.raises(ToolFailed, match="no worker for 60 seconds"):
        run(ScriptedCrew(), share, [1])
    with pytest.raises(ToolFailed, match="No worker of the cluster is fit any more"):
        run(ScriptedCrew(one="hangs"), share, [1])


def test_a_worker_that_does_not_reach_the_share_gets_no_work(
    share: MediaShare, tmp_path: Path
) -> None:
    elsewhere = msgspec.structs.replace(share.address, url=(tmp_path / "elsewhere").as_uri())

    class Blind(ScriptedCrew):
        def start(self, ticket: str, worker_name: str, order: bytes) -> None:
            changed = unpack(order, WorkOrder)
            if worker_name == "blind":
                order = pack(msgspec.structs.replace(changed, share=elsewhere))
            super().start(ticket, worker_name, order)

    outcome, said = run(Blind(blind="good", one="good"), share, [1], [2])
    assert len(outcome) == 2
    assert "tls://blind gets no work. A file of this run is not in" in said[0]
    assert "Let every worker reach the same shared folder" in said[0]


def test_a_key_follows_from_all_that_decides_the_result() -> None:
    words = Task(kind="add", options=b"[1]", files=())
    others = [
        msgspec.structs.replace(words, kind="check"),
        msgspec.structs.replace(words, options=b"[2]"),
    ]
    assert len({each.key for each in [words, *others]}) == 3
    assert Task(kind="add", options=b"[1]").key == words.key


# The share


@pytest.fixture(params=["folder", "s3"])
def any_share(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[MediaShare, Callable[[], list[bytes]]]]:
    """A share, and what whoever keeps it can read there."""
    if request.param == "folder":
        folder = tmp_path / "share"
        share = MediaShare(new_share(folder.as_uri()))
        yield share, lambda: [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
        return
    with stand_in_s3() as (address, objects):
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "stand-in")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "stand-in")
        monkeypatch.setenv("AWS_REGION", "eu-west-2")
        yield MediaShare(new_share("s3://bucket/below")), lambda: list(objects.values())


def test_what_goes_through_a_share_is_encrypted_whole_and_taken_away(
    any_share: tuple[MediaShare, Callable[[], list[bytes]]], tmp_path: Path
) -> None:
    share, stored = any_share
    large = SECRET * 600_000  # in several parts on an object store
    source = tmp_path / "original.mp4"
    source.write_bytes(large)
    small, film = share.put_bytes(SECRET, "words"), share.put_file(source)
    assert share.put_bytes(SECRET, "again").sha256 == small.sha256
    assert len(stored()) == 2
    assert not any(SECRET in data or b"original" in data for data in stored())

    other = MediaShare(share.address)
    assert other.read(small) == SECRET
    other.fetch(film, tmp_path / "fetched.mp4", lambda _: None)
    assert (tmp_path / "fetched.mp4").read_bytes() == large
    stranger = MediaShare(msgspec.structs.replace(share.address, key=bytes(32)))
    with pytest.raises(NotFound, match="A file of this run is not in"):
        stranger.read(small)

    share.remove(small)
    share.remove(small)
    assert len(stored()) == 1
    share.remove_all()
    assert stored() == []
    share.remove_all()


def test_what_was_changed_in_the_share_is_refused(share: MediaShare, tmp_path: Path) -> None:
    file = share.put_bytes(SECRET, "words")
    (path,) = (each for each in (tmp_path / "share").rglob("*") if each.is_file())
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)
    with pytest.raises(Damaged, match=r"words came through .* other than it was sent"):
        share.read(file)


def test_a_store_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    share = MediaShare(new_share("s3://bucket"))

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("connection refused to 10.0.0.7 by Daniel")

    monkeypatch.setattr(share, "_has", fail)
    with pytest.raises(DiskFailed) as refused:
        share.put_bytes(SECRET, "words")
    assert str(refused.value).startswith("s3://bucket could not be written to.\nNext: Check")


# The options


@pytest.mark.parametrize(
    ("cluster", "share", "kind", "sentence"),
    [
        ("local:0", None, BadInput, "not a number of workers from 1 to 64"),
        ("local:65", None, BadInput, "not a number of workers from 1 to 64"),
        ("local:2", "shared", BadInput, "Workers on this machine need no --share"),
        ("four", None, BadInput, "“four” is not a cluster"),
        ("tls://a b:1", None, BadInput, "is not a cluster"),
        ("tls://me:word@host:8786", None, BadInput, "is not a cluster"),
        ("tcp://10.0.0.7:8786", "shared", NotAllowed, "could be read on the way"),
        ("tcp://localhost.example:8786", "shared", NotAllowed, "could be read on the way"),
        ("tls://host:8786", None, BadInput, "It is not said how recordings come to the workers"),
        ("tls://host:8786", "ftp://host/x", BadInput, "“ftp://host/x” is not a share"),
        ("tls://host:8786", "nowhere", NotFound, "There is no folder"),
    ],
)
def test_what_is_no_cluster_is_refused(
    cluster: str,
    share: str | None,
    kind: type[CarerStoriesError],
    sentence: str,
    workspace: Workspace,
) -> None:
    with pytest.raises(kind) as refused:
        cluster_choice(cluster, share, workspace)
    assert sentence in refused.value.what


def test_a_cluster_and_its_share_are_understood(workspace: Workspace, tmp_path: Path) -> None:
    assert cluster_choice("local:4", None, workspace) == ClusterChoice(count=4)
    assert cluster_choice("tls://[::1]:8786", "s3://bucket/x", workspace) == ClusterChoice(
        address="tls://[::1]:8786", share="s3://bucket/x"
    )
    chosen = cluster_choice("tcp://127.0.0.1:8786", str(tmp_path), workspace)
    assert chosen.share == tmp_path.resolve().as_uri()
    workspace.public.mkdir(exist_ok=True)
    with pytest.raises(BadInput, match="is part of what staff are shown"):
        cluster_choice("tls://host:8786", str(workspace.public), workspace)
