"""Make the cut: film, captions, chapters and the page's words, listed with their hashes.

The manifest is written last. A run that is killed half-way leaves files that do not match the old
manifest, which the gate answers with *not released*; running it again finishes the job.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from capture.media.run_ffmpeg import ProgressStep, without_progress
from capture.recording.session_markers import Session, read_session
from capture.recording.takes import frame_rate, is_transcript_current, takes_of
from capture.sessions.agreed_media import agreed_media
from films.edit_plan import plan_film
from films.film_spec import (
    FilmChoices,
    FilmSpec,
    card_style_from,
    plan_cards,
    read_choices,
    render_settings_from,
    title_card_audience,
    write_choices,
)
from films.page_text import build_page, encode_page
from films.preview_file import remove_film_preview
from films.render_film import (
    RenderedFilm,
    loudness_at,
    make_film,
    make_film_preview,
    require_measured_times,
    reusable_film,
)
from films.translations import captions_for_film, write_captions
from library.consent import gate
from library.consent.gate import History
from library.consent.gate_input import history_of
from library.consent.stories import read_history
from library.core import files, struct_file
from library.core.errors import BadInput, Damaged, DiskFailed, NotAllowed
from library.core.files import sha256_of, write_atomic
from library.core.settings import Settings, load_settings
from library.core.timecode import clock
from library.core.workspace import StoryFolder, Workspace
from library.records.cut import Cut, read_cut
from library.records.ledger import Ledger
from library.records.story import Story
from transcribe.formats import vtt
from transcribe.pipeline import speakers_of
from transcribe.words import EditedTranscript, read_edited, read_transcript


def make_cut(
    workspace: Workspace,
    story_id: str,
    *,
    choices: FilmChoices | None = None,
    show_progress: ProgressStep = without_progress,
) -> Cut:
    """Make film, captions, chapters, page and manifest of a story from its originals and edit.

    `choices` are kept beside the film and used again when none are given. The same inputs give
    the same bytes, so making it again keeps a sign-off. Raises NotAllowed where the story has no
    agreement, was withdrawn, or is not edited yet; what `make_film` raises.
    """
    history = read_history(workspace, story_id)
    gate.require_agreement(history)
    folder = workspace.story(story_id)
    edited = _edited_transcript(folder, story_id)
    settings = load_settings(workspace)
    chosen = choices or read_choices(folder)
    spec = _film_spec(workspace, history.story, edited, chosen, settings)
    _require_agreed_picture(workspace, history, spec)
    # Before the film: it may refuse, and encoding takes long.
    translated = captions_for_film(folder, edited, spec.timeline)
    # A summary may be mended without encoding anything again.
    reused = reusable_film(spec, _readable_cut(folder))
    film = reused or make_film(spec, show_progress)
    try:
        return _finish_cut(workspace, history.story, spec, film, translated, settings)
    except (NotAllowed, KeyboardInterrupt):
        # Without its manifest it is no cut: nobody signs it off, and it may show what nobody may
        # be shown any more.
        if reused is None:
            for path in film.files:
                with contextlib.suppress(OSError):
                    files.system.unlink(path)
        raise


def _finish_cut(
    workspace: Workspace,
    story: Story,
    spec: FilmSpec,
    film: RenderedFilm,
    translated: dict[str, str],
    settings: Settings,
) -> Cut:
    folder = spec.folder
    # Only once there is a film: choices that failed are not kept.
    write_choices(folder, spec.choices)
    _write_words(folder, story, read_session(folder.session), film, spec)
    translated_files = write_captions(folder, translated)
    # It shows an earlier edit, perhaps with what was cut since.
    remove_film_preview(folder)
    return _write_manifest(
        workspace, spec, film, translated_files, _choices_in_recipe(spec, settings)
    )


def preview_edit(
    workspace: Workspace,
    story_id: str,
    *,
    choices: FilmChoices | None = None,
    show_progress: ProgressStep = without_progress,
) -> Path:
    """Make a quick film of the edit as it is now, for the editor alone.

    `choices` are tried and not kept. Raises as `make_cut`.
    """
    history = read_history(workspace, story_id)
    gate.require_agreement(history)
    folder = workspace.story(story_id)
    edited = _edited_transcript(folder, story_id)
    chosen = choices or read_choices(folder)
    spec = _film_spec(workspace, history.story, edited, chosen, load_settings(workspace))
    _require_agreed_picture(workspace, history, spec)
    return make_film_preview(spec, show_progress)


def _require_agreed_picture(workspace: Workspace, history: History, spec: FilmSpec) -> None:
    """Raises NotAllowed for a film of somebody who agreed to their voice alone.

    Their recording may hold a picture from before they agreed anew, or from an earlier version.
    """
    if spec.shows_contributor and agreed_media(workspace, history) == "voice":
        raise NotAllowed(
            "Only the voice was agreed to, and this film would show their picture.",
            f"Make it without: carer-stories film {history.story.id} --picture voice-only",
        )


def _readable_cut(folder: StoryFolder) -> Cut | None:
    """Return the current cut if it can be read: one that cannot is made anew."""
    try:
        return read_cut(folder.cut)
    except (Damaged, DiskFailed):
        return None


def _edited_transcript(folder: StoryFolder, story_id: str) -> EditedTranscript:
    """Return the edited transcript of a whole recording. Raises NotAllowed with the next step."""
    if not folder.manifest.is_file():
        raise NotAllowed(
            f"There is no recording of {story_id} yet.",
            f"Bring it in: carer-stories capture import {story_id} FILE",
        )
    if not folder.edited.is_file():
        raise NotAllowed(
            f"The transcript of {story_id} has not been checked by an editor yet.",
            f"Check it: carer-stories edit {story_id}",
        )
    # What was said in a later take would be in the film, heard by nobody before.
    if not is_transcript_current(folder):
        raise NotAllowed(
            f"A take of {story_id} came in after its words were recognised.",
            f"Hear it too: carer-stories transcribe {story_id} --again",
        )
    edited = read_edited(folder.edited)
    # Imported words may have no times of their own, and a cut is as good as its words' times.
    guessed = read_transcript(folder.transcript).options.get("guessed_times", 0)
    require_measured_times(folder, edited, int(guessed or 0))
    return edited


def _film_spec(
    workspace: Workspace,
    story: Story,
    edited: EditedTranscript,
    choices: FilmChoices,
    settings: Settings,
) -> FilmSpec:
    folder = workspace.story(story.id)
    contributor_label = speakers_of(story).contributor
    style = card_style_from(workspace, settings.film)
    cards, options = plan_cards(
        story, edited, choices, settings, contributor_label=contributor_label, style=style
    )
    try:
        timeline = plan_film(
            edited, frame_rate(takes_of(folder)), options, contributor_label, loudness_at(folder)
        )
    except ValueError:
        raise BadInput(
            f"Nothing of the recording of {story.id} is left to show.",
            "Cut less of it, or choose another beginning and end for the film.",
        ) from None
    if choices.poster_at is not None and timeline.film_time(choices.poster_at) is None:
        raise BadInput(
            f"The moment {clock(choices.poster_at)} of the recording is not in the film.",
            "Choose one that is with --poster-at, or let us find one: --poster-at auto.",
        )
    return FilmSpec(
        folder,
        edited,
        timeline,
        choices,
        render_settings_from(settings.film),
        cards,
        contributor_label,
    )


def _write_words(
    folder: StoryFolder, story: Story, session: Session, film: RenderedFilm, spec: FilmSpec
) -> None:
    """Write captions, chapters and the page, all on the film's own clock."""
    transcript = spec.retimed_transcript
    write_atomic(folder.captions, vtt.write(spec.cues).encode())
    write_atomic(folder.chapters, vtt.write_chapters(transcript.chapters).encode())
    page = build_page(story, session, transcript, size=(film.width, film.height))
    write_atomic(folder.page, encode_page(page))


def _choices_in_recipe(spec: FilmSpec, settings: Settings) -> dict[str, str]:
    """Return what is seen and heard, for the recipe: sign-off and approval are compared with it."""
    audience = title_card_audience(spec.choices, settings)
    return {
        "picture": spec.choices.picture if spec.shows_contributor else "voice-only",
        "voice": spec.choices.voice,
        "level": audience.word if audience else "",
        "choices": msgspec.json.encode(spec.choices).decode(),
    }


def _write_manifest(
    workspace: Workspace,
    spec: FilmSpec,
    film: RenderedFilm,
    translated: Sequence[Path],
    chosen: dict[str, str],
) -> Cut:
    folder = spec.folder
    story_id = folder.root.name
    cut = _manifest(folder, film, translated, chosen)
    # Log and manifest under one lock, the manifest last of all files.
    with Ledger(workspace).update("film", story_id, "editor", cut=cut.hash) as changes:
        # Making it takes long: it may have been withdrawn since, or less be agreed to.
        now = history_of(changes, story_id)
        gate.require_agreement(now)
        _require_agreed_picture(workspace, now, spec)
        struct_file.save(folder.cut, cut)
    return cut


def _manifest(
    folder: StoryFolder, film: RenderedFilm, translated: Sequence[Path], chosen: dict[str, str]
) -> Cut:
    artefacts = [*film.files, folder.captions, *translated, folder.chapters, folder.page]
    return Cut(
        story=folder.root.name,
        artefacts={path.name: sha256_of(path) for path in sorted(artefacts)},
        recipe={**chosen, **film.recipe},
    )
