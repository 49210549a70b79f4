"""Hand tasks to workers, one at a time to each, and see that every task comes to an end.

A worker is checked before it gets work. One that dies, hangs or answers with wrong bytes costs its
task only: another worker does it. Whatever runs the workers is a `Crew`; this module knows none.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from library.cluster.share import MediaShare
from library.cluster.task import Task, TaskAnswer, WorkOrder, pack, unpack
from library.cluster.worker import program_fingerprint
from library.core.counting import counted
from library.core.errors import CarerStoriesError, ToolFailed
from library.core.struct_file import UNDECODABLE


@dataclass(frozen=True)
class CrewEvent:
    """News of the work with a ticket: its progress, or its end (an answer, or none)."""

    ticket: str
    done: int | None = None
    """Milliseconds of recording that are done; None at the end."""
    answer: bytes | None = None
    """None at the end of work that came to no answer."""


class Crew(Protocol):
    """Workers that can be given orders. Raises ToolFailed where they cannot be reached any more."""

    def workers(self) -> Mapping[str, str]:
        """Return the workers that are there: what each is known by, and its address."""

    def start(self, ticket: str, worker: str, order: bytes) -> None:
        """Have a worker do what an order asks for, as the work with this ticket."""

    def cancel(self, ticket: str) -> None:
        """Expect no more of the work with this ticket."""

    def next_event(self, timeout: float) -> CrewEvent | None:
        """Return the next event, or None where there is none within `timeout` seconds."""


@dataclass(frozen=True)
class PatienceLimits:
    """Seconds after which something counts as hung, and how often a task is tried."""

    still: float = 900
    """Without any sign of progress of a task: to load a model may take some minutes."""
    no_worker: float = 60
    """Without a single worker."""
    look: float = 0.5
    """Between two looks at who is there."""
    tries: int = 3


@dataclass(frozen=True)
class Job:
    """A task to be done, and what to do with what comes of it."""

    label: str
    """The id of the story that it is a part of."""
    make_task: Callable[[MediaShare], Task]
    """Puts the files into the share and returns the task; called when a worker is free."""
    on_answer: Callable[[TaskAnswer], None]
    """Raises one of `struct_file.UNDECODABLE` for content that cannot be of this task."""
    on_failure: Callable[[CarerStoriesError], None]
    on_progress: Callable[[int], None]


@dataclass
class _Assignment:
    job: Job | None
    """None for the check of a worker."""
    worker: str
    task: Task
    last_sign: float


@dataclass
class _Worker:
    address: str
    profile: bytes | None = None
    """Its answer to the check."""
    is_checked: bool = False
    is_out: bool = False
    strikes: int = 0
    ticket: str = ""


_MAX_STRIKES = 2
"""Wrong answers of a worker, after which it gets no more work."""


@dataclass
class Cluster:
    """Workers, the share, and the jobs that wait or are being done."""

    crew: Crew
    share: MediaShare
    say: Callable[[str], None]
    limits: PatienceLimits = field(default_factory=PatienceLimits)
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._workers: dict[str, _Worker] = {}
        self._waiting: deque[tuple[Job, int]] = deque()
        """Each with the number of tries it has had."""
        self._at_work: dict[str, _Assignment] = {}
        self._tries: dict[str, int] = {}
        self._tickets = itertools.count()
        self._check: Task | None = None
        self._profile: bytes | None = None
        self._reasons: list[CarerStoriesError] = []
        self._last_look = float("-inf")
        self._last_worker = self.clock()

    def prepare(self, check: Task) -> bytes:
        """Have every worker do `check`, and return what most of them answer.

        Only those that answer alike get work, whenever they come: results would else depend on who
        does a task. Raises the refusal of the first where no worker is fit, ToolFailed where none
        comes.
        """
        self._check, self._profile, self._reasons = check, None, []
        for worker in self._workers.values():
            worker.is_checked = False
        while self._profile is None:
            self.step()
            checked = [worker for worker in self._workers.values() if worker.is_checked]
            if checked and len(checked) == len(self._workers):
                fit = [worker.profile for worker in checked if worker.profile is not None]
                if not fit:
                    raise self._reasons[0]
                # The commonest, and of those as common the first by its bytes: alike in each run.
                counts = Counter(fit)
                self._profile = max(sorted(counts), key=lambda profile: counts[profile])
        for worker in self._workers.values():
            self._compare(worker)
        return self._profile

    @property
    def has_work(self) -> bool:
        """Return True while a job waits or is being done."""
        return bool(self._waiting) or any(each.job for each in self._at_work.values())

    @property
    def idle_workers(self) -> int:
        """Return how many fit workers have nothing to do."""
        return sum(1 for worker in self._workers.values() if self._is_free(worker))

    def submit(self, job: Job) -> None:
        """Queue a job."""
        self._waiting.append((job, 0))

    def step(self, timeout: float = 0.2) -> None:
        """Look who is there, hand out what waits, and take in one event.

        Raises ToolFailed where the workers cannot be reached, or none is there for too long.
        """
        if self.clock() - self._last_look >= self.limits.look:
            self._look()
        self._hand_out()
        event = self.crew.next_event(timeout)
        if event is not None:
            self._take_in(event)
        self._end_what_is_still()

    # Workers come and go

    def _look(self) -> None:
        present = self.crew.workers()
        self._last_look = self.clock()
        for name in [name for name in self._workers if name not in present]:
            worker = self._workers.pop(name)
            if worker.ticket:
                self._fail(worker.ticket, f"The worker {worker.address} ended.")
        for name, address in present.items():
            worker = self._workers.setdefault(name, _Worker(address))
            if not (worker.is_checked or worker.is_out or worker.ticket) and self._check:
                self._start(name, None, self._check)
        if any(not worker.is_out for worker in self._workers.values()):
            self._last_worker = self.clock()
        elif self._workers and self._profile is not None:
            raise ToolFailed(
                "No worker of the cluster is fit any more.",
                "Start its workers again, then run the same command: what is finished is kept.",
            )
        elif self.clock() - self._last_worker > self.limits.no_worker:
            raise ToolFailed(
                f"The cluster has had no worker for {round(self.limits.no_worker)} seconds.",
                "Start some, then run the same command again: what is finished is kept.\n"
                "docs/scale.md says how.",
            )

    def _compare(self, worker: _Worker) -> None:
        """Leave out a worker that would come to other results."""
        if worker.profile is not None and worker.profile != self._profile and not worker.is_out:
            worker.is_out = True
            self.say(
                f"The worker {worker.address} gets no work: its recogniser, its tools or its "
                "processor are others than those of the rest, and so would be its results."
            )

    def _is_free(self, worker: _Worker) -> bool:
        is_fit = worker.is_checked and not worker.is_out and worker.profile == self._profile
        return is_fit and self._profile is not None and not worker.ticket

    # Jobs are handed out and taken in

    def _hand_out(self) -> None:
        for name, worker in self._workers.items():
            if not self._waiting:
                return
            if self._is_free(worker):
                job, tries = self._waiting.popleft()
                try:
                    task = job.make_task(self.share)
                except CarerStoriesError as error:
                    job.on_failure(error)
                    continue
                ticket = self._start(name, job, task)
                self._tries[ticket] = tries + 1

    def _start(self, name: str, job: Job | None, task: Task) -> str:
        ticket = f"{self.share.address.run}-{next(self._tickets)}"
        self._at_work[ticket] = _Assignment(job, name, task, self.clock())
        self._workers[name].ticket = ticket
        order = WorkOrder(task=task, share=self.share.address, program=program_fingerprint())
        self.crew.start(ticket, name, pack(order))
        return ticket

    def _take_in(self, event: CrewEvent) -> None:
        assignment = self._at_work.get(event.ticket)
        if assignment is None:
            return  # of work that was given up
        if event.done is not None:
            assignment.last_sign = self.clock()
            if assignment.job:
                assignment.job.on_progress(event.done)
            return
        address = self._address_of(assignment)
        if event.answer is None:
            self._fail(
                event.ticket,
                f"The worker {address} could not begin: Carer Stories is not installed there, or "
                "its process ended.",
            )
            return
        try:
            answer = unpack(event.answer, TaskAnswer)
            if answer.key != assignment.task.key:
                raise msgspec.ValidationError("of another task")
            if answer.refusal is not None:
                self._refused(event.ticket, answer)
                return
            if not answer.is_whole:
                raise msgspec.ValidationError("not as it was hashed")
            if assignment.job:
                assignment.job.on_answer(answer)
        except UNDECODABLE:
            self._fail(event.ticket, f"The worker {address} answered with bytes that are wrong.")
            return
        self._release(event.ticket)
        worker = self._workers.get(assignment.worker)
        if assignment.job is None and worker is not None:
            worker.is_checked, worker.profile = True, answer.content
            if self._profile is not None:
                self._compare(worker)

    def _refused(self, ticket: str, answer: TaskAnswer) -> None:
        """Take in a refusal: of the task itself, or of a worker, which another one may do."""
        refusal, assignment = answer.refusal, self._at_work[ticket]
        assert refusal is not None  # noqa: S101 - asked by the caller
        error = refusal.as_error()
        if assignment.job is None:
            self._leave_out(ticket, error)
        elif refusal.is_of_worker:
            self._fail(ticket, f"On the worker {self._address_of(assignment)}: {error.what}", error)
        else:
            self._release(ticket)
            assignment.job.on_failure(error)

    def _fail(self, ticket: str, reason: str, error: CarerStoriesError | None = None) -> None:
        """Give up work that came to nothing; its task is tried again, on another worker first."""
        assignment = self._at_work[ticket]
        failure = error or ToolFailed(reason, "Run the same command again; what is done is kept.")
        if assignment.job is None:
            self._leave_out(ticket, failure)
            return
        worker = self._workers.get(assignment.worker)
        tries = self._tries[ticket]
        self._release(ticket)
        if worker is not None:
            worker.strikes += 1
            worker.is_out = worker.is_out or worker.strikes >= _MAX_STRIKES
        if tries < self.limits.tries:
            self.say(f"{reason} {assignment.job.label} is done on another one.")
            self._waiting.appendleft((assignment.job, tries))
            # The one that failed comes last, so that another takes it.
            if worker is not None:
                self._workers[assignment.worker] = self._workers.pop(assignment.worker)
        else:
            assignment.job.on_failure(
                ToolFailed(
                    f"It was tried {counted(tries, 'time')}. {reason}",
                    "See to that worker, then run the same command again; what is done is kept.",
                )
            )

    def _leave_out(self, ticket: str, error: CarerStoriesError) -> None:
        """Give no work to a worker that failed its check."""
        assignment = self._at_work[ticket]
        worker = self._workers.get(assignment.worker)
        self._release(ticket)
        self._reasons.append(error)
        if worker is None:
            return
        worker.is_checked = worker.is_out = True
        steps = error.next_step.splitlines()
        self.say(" ".join([f"The worker {worker.address} gets no work.", error.what, *steps[:1]]))

    def _release(self, ticket: str) -> None:
        assignment = self._at_work.pop(ticket)
        self._tries.pop(ticket, None)
        self.crew.cancel(ticket)
        worker = self._workers.get(assignment.worker)
        if worker is not None and worker.ticket == ticket:
            worker.ticket = ""

    def _end_what_is_still(self) -> None:
        """Give up what shows no progress; its worker gets no more work, for it is still at it."""
        for ticket, assignment in list(self._at_work.items()):
            if self.clock() - assignment.last_sign <= self.limits.still:
                continue
            worker = self._workers.get(assignment.worker)
            if worker is not None:
                worker.is_out = True
            minutes = counted(max(1, round(self.limits.still / 60)), "minute")
            self._fail(
                ticket,
                f"The worker {self._address_of(assignment)} has shown no progress for {minutes}.",
            )

    def _address_of(self, assignment: _Assignment) -> str:
        worker = self._workers.get(assignment.worker)
        return worker.address if worker else "that is gone"
