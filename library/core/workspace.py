"""The one module that names every path of a workspace.

A workspace is a folder with `mkdocs.yml`, `site/` and `interviews/`; code lives elsewhere. Backing
up `interviews/` backs up everything that cannot be made again.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from library.core.errors import BadInput, NotFound
from library.core.files import real_path
from library.core.sanitise import shell_quoted

EDITION_RECORD = "edition.json"
FORMAT_STAMP = "format.json"
BEFORE_MIGRATION = "before-migration-"
DESK_JOURNAL = "desk.journal"
# \Z and not $: that would let a line end through.
STORY_ID = re.compile(r"^cs-[a-z0-9-]{1,37}\Z")
SLUG = re.compile(r"^[a-z0-9-]{1,40}\Z")
"""Id that people choose: of a question set, a question, a training plan, a theme."""
WORKSPACE_VARIABLE = "CARER_STORIES_WORKSPACE"


_DEVICE = re.compile(r"(con|prn|aux|nul|clock\$|conin\$|conout\$|(com|lpt)[0-9¹²³])", re.I)


def is_device(name: str) -> bool:
    """Return True for a name that Windows keeps for a device, whatever follows its first dot."""
    return _DEVICE.fullmatch(name.partition(".")[0].rstrip(" ")) is not None


def is_possible_id(text: str) -> bool:
    """Return True for a SLUG that can be the name of a file on every system.

    Asked of ids that are new. One that is there since before can be read wherever its file can be.
    """
    return SLUG.match(text) is not None and not is_device(text)


def is_named_after(name: str, story_id: str) -> bool:
    """Return True for a name that a copy of a story's file or folder may have.

    `cs-4k7m2q.all.json`, `cs-4k7m2q (1)` and `Copy of CS-4K7M2Q` are of `cs-4k7m2q`, `cs-4k7m2qx`
    is not.
    """
    parts = name.lower().split(story_id)
    return any(
        not before[-1:].isalnum() and not after[:1].isalnum() for before, after in pairwise(parts)
    )


class _Path:
    """A path of a folder's table: where it lies below the folder's root. Made when first asked."""

    def __init__(self, below_root: str) -> None:
        self._below_root = below_root

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, folder: SessionFolder | StoryFolder | Workspace, _kind: object) -> Path:
        path = folder.root / self._below_root
        # Found there before this is asked again: paths are wanted by the hundred thousand.
        folder.__dict__[self._name] = path
        return path


@dataclass(frozen=True)
class SessionFolder:
    """The files of a capture session, until its recording is archived or deleted."""

    root: Path

    journal = _Path("journal.jsonl")
    """The events of the session, one a line: `capture.sessions.storage`."""

    remote = _Path("remote.json")
    """A talk that another program records, and its marks: `capture.sessions.remote_recording`."""

    def take(self, number: int, suffix: str) -> Path:
        """Return a take as it was recorded, byte for byte."""
        return self.root / f"take-{number}{suffix}"

    def lossless_sound(self, number: int) -> Path:
        """Return the uncompressed sound of take `number`: `capture.sessions.events.SoundStored`."""
        return self.root / f"take-{number}.pcm"

    def rewrapped(self, number: int) -> Path:
        """Take `number` in a container that states its length; derived."""
        return self.root / f"wrapped-{number}.mkv"

    def sound_of_rewrapped(self, number: int) -> Path:
        """Take `number` in that container without its picture, where none is agreed to; derived."""
        return self.root / f"wrapped-{number}-sound.mkv"


@dataclass(frozen=True)
class StoryFolder:
    """The files of one story. Originals are never altered; the rest says what it derives from."""

    root: Path

    original = _Path("original")
    """Recordings as they came, read-only, with `manifest.json` of SHA-256."""
    manifest = _Path("original/manifest.json")
    session = _Path("session.json")
    """The question set as it was used, and markers in milliseconds on the media clock."""
    confirmed_recordings = _Path("confirmed-recordings.json")
    """Withdrawn recordings that may be used here: `capture.intake.withdrawn_recordings`."""
    import_lock = _Path(".import.lock")
    """Held by whoever brings a recording in."""
    film_lock = _Path(".film.lock")
    """Held by whoever makes a film, and by an import: a film is of all the takes or of none."""
    sessions = _Path("sessions")
    """Capture sessions, a folder for each."""
    session_lock = _Path(".session.lock")
    """Held by whoever is in a session of the story."""
    working = _Path("working.mp4")
    """The normalised working copy (`.mp4`, or `.m4a` where there is only sound)."""
    working_audio = _Path("working.m4a")
    speech = _Path("speech.wav")
    """16 kHz mono 16-bit WAV, what the engines hear."""
    chunks = _Path("pieces")
    """Words of a transcription that has not come to its end; gone once it has."""
    transcript = _Path("transcript.json")
    """The literal words as recognised: never altered."""
    editors_copy = _Path("transcript.md")
    desk_journal = _Path(DESK_JOURNAL)
    """The changes of a session at the desk that has not ended: `stewardship.desk`."""
    edited = _Path("edited.json")
    """The transcript with the editor's copy applied: captions and page derive from it."""
    review_counts = _Path("doubts.json")
    """Counts of places still to review in the editor's copy; derived."""
    name_list = _Path("names.yml")
    """The private list of what must not be heard: `transcribe.redaction`."""
    name_questions = _Path("names-asked.json")
    """Questions about names, with the editor's answers; private."""
    checked_redactions = _Path("checked-redactions.json")
    """Redactions that an editor listened to at the desk: `films.checked_redactions`; private."""
    captions = _Path("captions.vtt")
    chapters = _Path("chapters.vtt")
    translations = _Path("translations")
    """Captions in other languages as they were brought in: `films.translations`."""
    film_choices = _Path("film-choices.json")
    """The choices made for the film: `films.film_spec`."""
    voice_secret = _Path("voice.secret")
    """The key of a disguised voice: `films.audio`."""
    film = _Path("film.mp4")
    """The film that staff watch; absent for a story made as sound by an earlier version."""
    audio = _Path("audio.m4a")
    poster = _Path("poster.jpg")
    preview = _Path("preview.mp4")
    """A quick, small film to judge the cuts by; derived, and never part of a cut."""
    frames = _Path("frames.json")
    """Small grey pictures of what was filmed, to find it again; derived: `publish.pictures`."""
    sounds = _Path("sounds.json")
    """Landmarks of what was recorded, to find it again; derived: `publish.unreleased_sounds`."""
    peaks = _Path("peaks.bin")
    """Loudness of the recording, to be drawn: `stewardship.desk.loudness_peaks`; derived."""
    page = _Path("page.json")
    """The words of the story's page: they are part of the cut that is signed off."""
    signed_forms = _Path("signed-forms")
    """Scans, read-only, each named by its SHA-256."""
    agreed_forms = _Path("agreed-forms")
    """Pages of the words that were agreed to, read-only, each named by its code."""
    wishes = _Path("wishes.json")
    """Wishes of a contributor who changed their mind: `library.records.wishes`."""
    answers = _Path("answers")
    """Files of answers to a preview, read-only, each named by its SHA-256."""
    answers_record = _Path("answers.json")
    """The answers in them, and the mark of each remark: `library.records.preview_answers`."""
    answers_lock = _Path(".answers.lock")
    """Held by whoever brings answers in."""
    cut = _Path("cut.json")
    """The manifest of this cut: every artefact with its SHA-256."""
    printed = _Path("print")
    """Forms printed for this story, for signing; derived."""


@dataclass(frozen=True)
class PageFiles:
    """The files of a page that is shown on this machine, while it is open: `library.local_page`."""

    address: Path
    launcher: Path
    lock: Path


@dataclass(frozen=True)
class Workspace:
    """The paths of one library. Nothing is created by naming it."""

    root: Path

    config = _Path("mkdocs.yml")
    site = _Path("site")
    content = _Path("site/content")
    overrides = _Path("site/overrides")
    assets = _Path("site/assets")
    interviews = _Path("interviews")
    settings = _Path("interviews/settings.yml")
    glossary = _Path("interviews/glossary.yml")
    """Words that recognition does not know, with how they are misheard."""
    may_be_said = _Path("interviews/may-be-said.yml")
    """Services, places and other words that may be said in every story: `transcribe.redaction`."""
    themes = _Path("interviews/themes.yml")
    """Texts on the themes: `publish.themes`."""
    search_words = _Path("interviews/search-words.yml")
    """Words that the search takes for each other: `publish.search.word_list`."""
    questions = _Path("interviews/questions")
    training = _Path("interviews/training")
    forms = _Path("interviews/forms")
    """The wording of the two agreements, which a trust makes its own."""
    printed = _Path("interviews/print")
    """Forms printed for no story in particular; derived."""
    demo = _Path("interviews/demo")
    models = _Path("interviews/models")
    """Whisper models brought over by hand, searched beside Whisper's own cache."""
    converted_models = _Path("interviews/models/converted")
    """Models in the form the faster engine reads; derived from their checkpoints."""
    entity_model = _Path("interviews/models/entities")
    """A spaCy model that finds names, for those who have one: `transcribe.redaction.entities`."""
    stories = _Path("interviews/stories")
    database = _Path("interviews/library.json")
    audit_log = _Path("interviews/audit.jsonl")
    contributors = _Path("interviews/private/contributors.json")
    """Real names and contacts, apart from everything else: `library.records.story`."""
    fingerprints = _Path("interviews/private/fingerprints")
    """Fingerprints of withdrawn recordings, and their key: `library.records.kept_fingerprints`."""
    format_stamp = _Path(f"interviews/{FORMAT_STAMP}")
    """In which format the files are, and by which version: `library.records.format_stamp`."""
    withdrawn = _Path("interviews/withdrawn")
    """A note for every withdrawal: it holds even when the database cannot be written."""
    receipts = _Path("interviews/receipts")
    """Receipts of withdrawals, deletions and builds of the site."""
    exports = _Path("interviews/exports")
    """Copies of data gathered for a contributor's request."""
    deliveries = _Path("interviews/deliveries")
    """Packages for other systems until they are handed over; derived: `delivery`."""
    backups = _Path("interviews/backups.json")
    """The list of backups of this library: `library.backup.registry`."""
    station = _Path("interviews/.station.json")
    """The address of the running capture station; private."""
    station_launcher = _Path("interviews/.station.html")
    """A page for this account’s browser that leads to the running station; private."""
    station_lock = _Path("interviews/.station.lock")
    desk = _Path("interviews/.desk.json")
    """The address of the running desk; private."""
    workshop = _Path("interviews/.workshop.json")
    """Port and token of the workshop of question sets that runs."""
    workshop_launcher = _Path("interviews/.workshop.html")
    workshop_lock = _Path("interviews/.workshop.lock")
    desk_launcher = _Path("interviews/.desk.html")
    """A page for this account’s browser that leads to the running desk; private."""
    desk_lock = _Path("interviews/.desk.lock")
    desk_keys = _Path("interviews/.desk.keys.json")
    """Keys that somebody set at the desk: `stewardship.desk.desk_keys`."""
    feedback = _Path("interviews/feedback")
    """Pages of what training sessions changed, with people’s comments; private."""
    reconciled = _Path("interviews/.reconciled.json")
    """The stamp of the last reconciliation; derived: `publish.reconciliation`."""
    left_out = _Path("interviews/.left-out.json")
    """The list of hand-written pages that the site is made without; private: `publish.left_out`."""
    site_inputs = _Path("interviews/.site-inputs.json")
    """Hashes of all that the site was made from; derived and private: `publish.standing_site`."""
    known_folders = _Path("interviews/.story-folders.json")
    """The facts that `status` last read of folders; derived: `library.consent.known_folders`."""
    search_indexes = _Path("interviews/search-indexes")
    """The words of stories that are shown, as the search has them; derived: `publish.search`."""
    written_pictures = _Path("interviews/.written-pictures.json")
    """Small grey pictures of those in hand-written pages; derived: `publish.pictures`."""
    other_pictures = _Path("interviews/private/other-pictures.json")
    """The pictures of which an editor said that they are no story's: `publish.pictures`."""
    edition = _Path("interviews/edition")
    """The released stories and nothing else; derived."""
    edition_record = _Path(f"interviews/edition/{EDITION_RECORD}")
    """The manifest of the edition: each story with the hash of its cut."""
    previews = _Path("interviews/previews")
    """Stories as their contributors may view them before they decide; private, derived."""
    public = _Path("public")
    """The built site; derived."""

    def before_migration(self, when: str) -> Path:
        """Return the folder in which a migration keeps the files it alters, as they were."""
        return self.interviews / f"{BEFORE_MIGRATION}{when}"

    @property
    def station_files(self) -> PageFiles:
        return PageFiles(self.station, self.station_launcher, self.station_lock)

    @property
    def desk_files(self) -> PageFiles:
        return PageFiles(self.desk, self.desk_launcher, self.desk_lock)

    @property
    def workshop_files(self) -> PageFiles:
        return PageFiles(self.workshop, self.workshop_launcher, self.workshop_lock)

    def is_own_name(self, name: str) -> bool:
        """Return True for a name in `interviews/` that this program, or its manual, gives."""
        # A generation, a lock and what is put aside are called after their file.
        return name.startswith((".", BEFORE_MIGRATION)) or any(
            name == own or (name.startswith(f"{own}.") and " " not in name) for own in _OWN_NAMES
        )

    @property
    def migrations(self) -> list[Path]:
        """The folders of what migrations kept, oldest first."""
        return sorted(self.interviews.glob(f"{BEFORE_MIGRATION}*"))

    def page_of(self, story_id: str) -> Path:
        """Return a story's page in the built site, there or not."""
        return self.public / "stories" / f"{story_id}.html"

    def story(self, story_id: str) -> StoryFolder:
        """Return a story's folder. Raises BadInput for what is no id, so that no path escapes."""
        if not STORY_ID.match(story_id):
            raise BadInput(
                f"“{story_id[:40]}” is not a story id.",
                "See the ids: carer-stories story list",
            )
        return StoryFolder(self.stories / story_id)


_OWN_NAMES = frozenset(
    path._below_root.split("/")[1]
    for path in vars(Workspace).values()
    if isinstance(path, _Path) and path._below_root.startswith("interviews/")
)


def is_workspace(folder: Path) -> bool:
    return (folder / "mkdocs.yml").is_file() and (folder / "interviews").is_dir()


def find_workspace(named: str | None = None) -> Workspace:
    """Return the workspace named, or of the environment, or of this folder or one above it.

    Raises NotFound with the folder that was looked in.
    """
    chosen = named or os.environ.get(WORKSPACE_VARIABLE)
    if chosen:
        folder = real_path(chosen)
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
