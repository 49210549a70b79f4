"""The analysis of the newest text of a story, made beside the typing and waited for by version."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from library.core.errors import CarerStoriesError
from library.core.unforeseen import as_refusal
from stewardship.desk.refusals import NotAnalysedYet

if TYPE_CHECKING:
    from stewardship.desk.open_stories import OpenStory

_PATIENCE_S = 10.0
_PAUSE_S = 0.5
"""Without typing, after which what takes seconds is looked at too."""


class Analyser(Protocol):
    """An analyser of one story; called from one thread at a time."""

    def analyse(self, text: str) -> Any:
        """Return what `edit` would say of the text, and what is open in it."""

    def analyse_fully(self, text: str) -> Any:
        """Analyse it with what takes seconds in a long story."""

    def is_complete(self, made: Any) -> bool:
        """Return False for an analysis that `analyse_fully` would bring up to date."""

    def answer(self, text: str, doubt_id: str, key: str, shown: str = "") -> str:
        """Return the text with a doubt answered, which is remembered."""

    def excerpt(self, text: str, start: int, end: int, *, as_film: bool) -> bytes:
        """Return a stretch of the recording (ms), as a WAV; as the film of the text has it."""


class NewestAnalysis:
    """The analysis of the newest text. Texts that are typed over meanwhile are passed by."""

    def __init__(self, story: OpenStory, make_analyser: Callable[[], Analyser]) -> None:
        self.version = -1
        """The version that was analysed last."""
        self.made_count = 0
        """Number of analyses made: one text may be analysed twice."""
        self._story = story
        self._make_analyser = make_analyser
        self._analyser: Analyser | None = None
        self._one_at_a_time = threading.Lock()
        self._made: Any = None
        # Of the times that `renew` was called: what was made answers for those before it began.
        self._renewals = self._made_for = 0
        self._thread: threading.Thread | None = None

    def wait_for(self, version: int, patience: float = _PATIENCE_S) -> Any:
        """Return the analysis of a version.

        Raises StaleBase where a newer text is there, NotAnalysedYet, and as the analyser does.
        """
        story = self._story
        with story.changed:
            self._start()
            story.document.require_version(version)
            story.changed.wait_for(lambda: self._is_answered(version), patience)
            story.document.require_version(version)
            if self.version != version or self._made_for != self._renewals:
                raise NotAnalysedYet("The text is still being looked through.", "Ask again.")
            if isinstance(self._made, CarerStoriesError):
                raise self._made
            return self._made

    def answer(self, text: str, doubt_id: str, key: str, shown: str) -> str:
        """Return the text with a doubt answered. Raises as the analyser does."""
        with self._one_at_a_time:
            answered = self._own_analyser().answer(text, doubt_id, key, shown)
        # The text may be the same: then only what is remembered tells that it was answered.
        self.renew()
        return answered

    def renew(self) -> None:
        """Analyse the same text again: something else changed that the analysis tells."""
        with self._story.changed:
            self._renewals += 1
            self._story.changed.notify_all()

    def excerpt(self, text: str, start: int, end: int, *, as_film: bool) -> bytes:
        """Return a stretch of the recording, or of the film of `text`, as a WAV."""
        # Not one at a time: whoever listens does not wait until all names are looked for.
        return self._own_analyser().excerpt(text, start, end, as_film=as_film)

    def _is_answered(self, version: int) -> bool:
        story = self._story
        is_made = self.version == version and self._made_for == self._renewals
        return is_made or story.document.version != version or story.is_closed

    def _start(self) -> None:
        if self._thread is None:
            # A daemon: nothing waits for it when the desk ends.
            self._thread = threading.Thread(target=self._analyse_all, daemon=True)
            self._thread.start()

    def _analyse_all(self) -> None:
        story = self._story
        while True:
            with story.changed:
                story.changed.wait_for(lambda: story.is_closed or self._is_wanted())
                if story.is_closed:
                    return
                text, version = story.text_and_version()
                renewals = self._renewals
            made = self._analysed(text)
            self._keep(made, version, renewals)
            if self._is_to_be_completed(made):
                self._keep(self._analysed(text, fully=True), version, renewals)

    def _is_wanted(self) -> bool:
        return self._story.document.version != self.version or self._made_for != self._renewals

    def _keep(self, made: Any, version: int, renewals: int) -> None:
        with self._story.changed:
            self._made, self.version, self._made_for = made, version, renewals
            self.made_count += 1
            self._story.changed.notify_all()

    def _is_to_be_completed(self, made: Any) -> bool:
        """Return True for an analysis that lacks something, where nobody typed on meanwhile."""
        story = self._story
        if isinstance(made, CarerStoriesError) or self._own_analyser().is_complete(made):
            return False
        with story.changed:
            is_typed_on = story.changed.wait_for(
                lambda: story.is_closed or self._is_wanted(), _PAUSE_S
            )
            return not is_typed_on

    def _analysed(self, text: str, *, fully: bool = False) -> Any:
        try:
            with self._one_at_a_time:
                analyser = self._own_analyser()
                return analyser.analyse_fully(text) if fully else analyser.analyse(text)
        except CarerStoriesError as error:
            return error
        # Else the thread ends, and the page waits for ever.
        except Exception as error:
            refusal = as_refusal(error)
            return CarerStoriesError(refusal.what, refusal.next_step)

    def _own_analyser(self) -> Analyser:
        if self._analyser is None:
            self._analyser = self._make_analyser()
        return self._analyser
