"""The one module that names every path of a workspace.

A workspace is a folder with `mkdocs.yml`, `site/` and `interviews/`; code lives elsewhere. Backing
up `interviews/` backs up everything that cannot be made again.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from library.core.errors import BadInput, NotFound
from library.core.sanitise import shell_quoted

EDITION_RECORD = "edition.json"
FORMAT_STAMP = "format.json"
BEFORE_MIGRATION = "before-migration-"
# \Z and not $: that would let a line end through.
STORY_ID = re.compile(r"^cs-[a-z0-9-]{1,37}\Z")
SET_ID = re.compile(r"^[a-z0-9-]{1,40}\Z")
ENVIRONMENT_VARIABLE = "CARER_STORIES_WORKSPACE"


@dataclass(frozen=True)
class SessionFolder:
    """The files of a capture session, until its recording is archived or deleted."""

    root: Path

    @property
    def journal(self) -> Path:
        """The events of the session, one a line: `capture.sessions.storage`."""
        return self.root / "journal.jsonl"

    def take(self, number: int, suffix: str) -> Path:
        """A take as it was recorded, byte for byte."""
        return self.root / f"take-{number}{suffix}"

    def rewrapped(self, number: int) -> Path:
        """Take `number` in a container that states its length; derived."""
        return self.root / f"wrapped-{number}.mkv"


@dataclass(frozen=True)
class StoryFolder:
    """The files of one story. Originals are never altered; the rest says what it derives from."""

    root: Path

    @property
    def original(self) -> Path:
        """Recordings as they came, read-only, with `manifest.json` of SHA-256."""
        return self.root / "original"

    @property
    def manifest(self) -> Path:
        return self.original / "manifest.json"

    @property
    def session(self) -> Path:
        """The question set as it was used, and markers in milliseconds on the media clock."""
        return self.root / "session.json"

    @property
    def import_lock(self) -> Path:
        """Held by whoever brings a recording in."""
        return self.root / ".import.lock"

    @property
    def film_lock(self) -> Path:
        """Held by whoever makes a film, and by an import: a film is of all the takes or of none."""
        return self.root / ".film.lock"

    @property
    def sessions(self) -> Path:
        """Capture sessions, a folder for each."""
        return self.root / "sessions"

    @property
    def session_lock(self) -> Path:
        """Held by whoever is in a session of the story."""
        return self.root / ".session.lock"

    @property
    def working(self) -> Path:
        """The normalised working copy (`.mp4`, or `.m4a` where there is only sound)."""
        return self.root / "working.mp4"

    @property
    def working_audio(self) -> Path:
        return self.root / "working.m4a"

    @property
    def speech(self) -> Path:
        """16 kHz mono 16-bit WAV, what the engines hear."""
        return self.root / "speech.wav"

    @property
    def chunks(self) -> Path:
        """Words of a transcription that has not come to its end; gone once it has."""
        return self.root / "pieces"

    @property
    def transcript(self) -> Path:
        """The literal words as recognised: never altered."""
        return self.root / "transcript.json"

    @property
    def editors_copy(self) -> Path:
        return self.root / "transcript.md"

    @property
    def edited(self) -> Path:
        """The transcript with the editor's copy applied: captions and page derive from it."""
        return self.root / "edited.json"

    @property
    def review_counts(self) -> Path:
        """Counts of places still to review in the editor's copy; derived."""
        return self.root / "doubts.json"

    @property
    def name_list(self) -> Path:
        """The private list of what must not be heard: `transcribe.redaction`."""
        return self.root / "names.yml"

    @property
    def name_questions(self) -> Path:
        """Questions about names, with the editor's answers; private."""
        return self.root / "names-asked.json"

    @property
    def captions(self) -> Path:
        return self.root / "captions.vtt"

    @property
    def chapters(self) -> Path:
        return self.root / "chapters.vtt"

    @property
    def translations(self) -> Path:
        """Captions in other languages as they were brought in: `films.translations`."""
        return self.root / "translations"

    @property
    def film_choices(self) -> Path:
        """The choices made for the film: `films.film_spec`."""
        return self.root / "film-choices.json"

    @property
    def voice_secret(self) -> Path:
        """The key of a disguised voice: `films.audio`."""
        return self.root / "voice.secret"

    @property
    def film(self) -> Path:
        """The film that staff watch; absent for a story made as sound by an earlier version."""
        return self.root / "film.mp4"

    @property
    def audio(self) -> Path:
        return self.root / "audio.m4a"

    @property
    def poster(self) -> Path:
        return self.root / "poster.jpg"

    @property
    def preview(self) -> Path:
        """A quick, small film to judge the cuts by; derived, and never part of a cut."""
        return self.root / "preview.mp4"

    @property
    def page(self) -> Path:
        """The words of the story's page: they are part of the cut that is signed off."""
        return self.root / "page.json"

    @property
    def signed_forms(self) -> Path:
        """Scans, read-only, each named by its SHA-256."""
        return self.root / "signed-forms"

    @property
    def cut(self) -> Path:
        """The manifest of this cut: every artefact with its SHA-256."""
        return self.root / "cut.json"

    @property
    def printed(self) -> Path:
        """Forms printed for this story, for signing; derived."""
        return self.root / "print"


@dataclass(frozen=True)
class Workspace:
    """The paths of one library. Nothing is created by naming it."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "mkdocs.yml"

    @property
    def site(self) -> Path:
        return self.root / "site"

    @property
    def content(self) -> Path:
        return self.site / "content"

    @property
    def overrides(self) -> Path:
        return self.site / "overrides"

    @property
    def assets(self) -> Path:
        return self.site / "assets"

    @property
    def interviews(self) -> Path:
        return self.root / "interviews"

    @property
    def settings(self) -> Path:
        return self.interviews / "settings.yml"

    @property
    def glossary(self) -> Path:
        """Words that recognition does not know, with how they are misheard."""
        return self.interviews / "glossary.yml"

    @property
    def themes(self) -> Path:
        """Texts on the themes: `publish.themes`."""
        return self.interviews / "themes.yml"

    @property
    def questions(self) -> Path:
        return self.interviews / "questions"

    @property
    def training(self) -> Path:
        return self.interviews / "training"

    @property
    def forms(self) -> Path:
        """The wording of the two agreements, which a trust makes its own."""
        return self.interviews / "forms"

    @property
    def printed(self) -> Path:
        """Forms printed for no story in particular; derived."""
        return self.interviews / "print"

    @property
    def demo(self) -> Path:
        return self.interviews / "demo"

    @property
    def models(self) -> Path:
        """Whisper models brought over by hand, searched beside Whisper's own cache."""
        return self.interviews / "models"

    @property
    def converted_models(self) -> Path:
        """Models in the form the faster engine reads; derived from their checkpoints."""
        return self.models / "converted"

    @property
    def stories(self) -> Path:
        return self.interviews / "stories"

    @property
    def database(self) -> Path:
        return self.interviews / "library.json"

    @property
    def audit_log(self) -> Path:
        return self.interviews / "audit.jsonl"

    @property
    def contributors(self) -> Path:
        """Real names and contacts, apart from everything else: `library.records.story`."""
        return self.interviews / "private" / "contributors.json"

    @property
    def format_stamp(self) -> Path:
        """In which format the files are, and by which version: `library.records.format_stamp`."""
        return self.interviews / FORMAT_STAMP

    def before_migration(self, when: str) -> Path:
        """The folder in which a migration keeps the files it alters, as they were."""
        return self.interviews / f"{BEFORE_MIGRATION}{when}"

    @property
    def migrations(self) -> list[Path]:
        """The folders of what migrations kept, oldest first."""
        return sorted(self.interviews.glob(f"{BEFORE_MIGRATION}*"))

    @property
    def withdrawn(self) -> Path:
        """A note for every withdrawal: it holds even when the database cannot be written."""
        return self.interviews / "withdrawn"

    @property
    def receipts(self) -> Path:
        """Receipts of withdrawals, deletions and builds of the site."""
        return self.interviews / "receipts"

    @property
    def exports(self) -> Path:
        """Copies of data gathered for a contributor's request."""
        return self.interviews / "exports"

    @property
    def backups(self) -> Path:
        """The list of backups of this library: `library.backup.registry`."""
        return self.interviews / "backups.json"

    @property
    def station(self) -> Path:
        """The address of the running capture station; private."""
        return self.interviews / ".station.json"

    @property
    def station_launcher(self) -> Path:
        """A page for this account’s browser that leads to the running station; private."""
        return self.interviews / ".station.html"

    @property
    def station_lock(self) -> Path:
        return self.interviews / ".station.lock"

    @property
    def feedback(self) -> Path:
        """Pages of what training sessions changed, with people’s comments; private."""
        return self.interviews / "feedback"

    @property
    def edition(self) -> Path:
        """The released stories and nothing else; derived."""
        return self.interviews / "edition"

    @property
    def edition_record(self) -> Path:
        """The manifest of the edition: each story with the hash of its cut."""
        return self.edition / EDITION_RECORD

    @property
    def previews(self) -> Path:
        """Stories as their contributors may view them before they decide; private, derived."""
        return self.interviews / "previews"

    @property
    def public(self) -> Path:
        """The built site; derived."""
        return self.root / "public"

    def page_of(self, story_id: str) -> Path:
        """A story's page in the built site, there or not."""
        return self.public / "stories" / f"{story_id}.html"

    def story(self, story_id: str) -> StoryFolder:
        """The folder of a story. Raises BadInput for anything but an id, so no path can escape."""
        if not STORY_ID.match(story_id):
            raise BadInput(
                f"“{story_id[:40]}” is not a story id.",
                "Story ids look like cs-4k7m2q; `carer-stories story list` shows them.",
            )
        return StoryFolder(self.stories / story_id)


def is_workspace(folder: Path) -> bool:
    return (folder / "mkdocs.yml").is_file() and (folder / "interviews").is_dir()


def find_workspace(named: str | None = None) -> Workspace:
    """Return the workspace named, or of the environment, or of this folder or one above it.

    Raises NotFound with the folder that was looked in.
    """
    chosen = named or os.environ.get(ENVIRONMENT_VARIABLE)
    if chosen:
        folder = Path(chosen).expanduser().resolve()
        if is_workspace(folder):
            return Workspace(folder)
        raise NotFound(
            f"{folder} is not a workspace: it needs mkdocs.yml and a folder interviews.",
            f"Make one with: carer-stories init {shell_quoted(folder)}",
        )
    here = Path.cwd()
    for folder in (here, *here.parents):
        if is_workspace(folder):
            return Workspace(folder)
    raise NotFound(
        f"No workspace in {here} or any folder above it.",
        "Go into one, name one with --workspace DIR, or make one with: carer-stories init DIR",
    )
