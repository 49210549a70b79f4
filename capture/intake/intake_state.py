"""The state of one import, which every step of `capture.intake.pipeline` reads and adds to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from capture.media.run_ffmpeg import ProgressStep
from capture.recording.originals import Companion, Manifest, Take, numbered_hashes
from library.consent.gate import History
from library.core.workspace import StoryFolder, Workspace


@dataclass(frozen=True)
class CompanionFiles:
    """Files that belong to takes and are none themselves."""

    microphone: Path | None = None
    """A second recording of the same sound."""
    speakers: tuple[Path, ...] = ()
    """One file for each voice of a meeting."""
    transcripts: tuple[Path, ...] = ()
    """Words that the meeting program recognised: WebVTT, SubViewer, SubRip or Word."""
    microphone_parts: tuple[Path, ...] = ()
    """The recordings in the microphone’s file, where it holds several one behind another."""

    @property
    def files(self) -> tuple[Path, ...]:
        return (*self.heard, *self.transcripts)

    @property
    def heard(self) -> tuple[Path, ...]:
        """Files among them that hold sound."""
        return (*self.microphones, *self.speakers)

    @property
    def microphones(self) -> tuple[Path, ...]:
        """The recordings of the second microphone."""
        return self.microphone_parts or ((self.microphone,) if self.microphone else ())


NO_COMPANIONS = CompanionFiles()


@dataclass(frozen=True)
class SessionVersions:
    """The agreement on which the files of a session are as they are, and their other versions."""

    require_agreed: Callable[[History], None]
    """Raises NotAllowed where the agreement wants them in another version by now."""
    others: tuple[Path, ...] = ()
    """Of these a killed import may have left a copy that is not wanted any more."""


@dataclass
class Intake:
    """The arguments of an import, then the result of each step in the order they run."""

    workspace: Workspace
    folder: StoryFolder
    sources: tuple[Path, ...]
    companions: CompanionFiles
    role: str
    show_progress: ProgressStep
    accept_damage: bool

    # classify
    manifest: Manifest | None = None
    imported_sources: dict[Path, Take] = field(default_factory=dict)
    """Sources that were takes of the story before this import."""
    new_sources: list[Path] = field(default_factory=list)
    # receive and verify
    copies: dict[Path, Path] = field(default_factory=dict)
    """Path of each source's copy in `original/`."""
    new_takes: list[Take] = field(default_factory=list)
    new_companions: list[Companion] = field(default_factory=list)
    heard_again: dict[str, Take] = field(default_factory=dict)
    """Earlier takes by their files, of which all channels and tracks are heard only now."""
    # align
    takes: tuple[Take, ...] = ()
    """All takes the story has now, with their microphones."""
    unused_microphones: int = 0
    """Recordings in the microphone’s file that no take was given."""
    # derive
    derived: tuple[str, ...] = ()
    """Names of the files that were made from the takes."""
    is_picture_unused: bool = False
    """Made of the sound alone: what was filmed is not agreed to by now."""

    @property
    def story_id(self) -> str:
        return self.folder.root.name

    @property
    def earlier_takes(self) -> tuple[Take, ...]:
        return self.manifest.takes if self.manifest else ()

    @property
    def received_takes(self) -> tuple[Take, ...]:
        """All takes the story has now, before microphones are aligned with them."""
        earlier = (self.heard_again.get(take.file, take) for take in self.earlier_takes)
        return (*earlier, *self.new_takes)

    @property
    def earlier_companions(self) -> tuple[Companion, ...]:
        return self.manifest.beside if self.manifest else ()

    @property
    def named_takes(self) -> tuple[Take, ...]:
        """The takes of `sources` in their order, each once."""
        new = dict(zip(self.new_sources, self.new_takes, strict=True))
        by_source = self.imported_sources | new
        current = {take.file: take for take in self.takes}
        named = unique_takes(by_source[path] for path in self.sources if path in by_source)
        # Before `align` there are no `takes` yet, and a take is as it was received.
        return tuple(current.get(take.file, take) for take in named)

    @property
    def has_new_microphone(self) -> bool:
        """True where a take was given a microphone: takes are received without one."""
        return self.takes != self.received_takes

    @property
    def changes_manifest(self) -> bool:
        return self.takes != self.earlier_takes or bool(self.new_companions)

    @property
    def changes_sound(self) -> bool:
        """True where files derived from the earlier takes are out of date."""
        return bool(self.earlier_takes) and self.takes != self.earlier_takes

    @property
    def logged_hashes(self) -> dict[str, str]:
        """SHA-256 of every file that this import added, by its name in the audit log."""
        earlier_files = {take.file for take in self.earlier_takes}
        added = [take for take in self.takes if take.file not in earlier_files]
        hashes = numbered_hashes(added, self.new_companions)
        earlier_microphones = {take.microphone for take in self.earlier_takes}
        for take in self.takes:
            microphone = take.microphone if take.microphone not in earlier_microphones else None
            if microphone and microphone.sha256 not in hashes.values():
                hashes["microphone"] = microphone.sha256  # aligned with an earlier take
        return hashes


def unique_takes(takes: Iterable[Take]) -> tuple[Take, ...]:
    """Return each take once, in the order they come first."""
    return tuple({take.file: take for take in takes}.values())
