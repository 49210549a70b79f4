"""Checks before an editor may approve a cut, and what they alone can judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from films.checked_redactions import unchecked_redactions
from films.page_text import PageChapter, read_page
from films.preview_answers import open_remarks
from films.translations import outdated_languages, translations_of
from library.consent.gate import History
from library.consent.stories import read_history
from library.core.counting import counted, counted_is
from library.core.languages import native_name
from library.core.settings import load_settings, missing_for_agreements, say_missing
from library.core.timecode import clock
from library.core.workspace import StoryFolder, Workspace
from library.records.consent import Release
from library.records.cut import inspect_cut, read_cut
from library.records.library_day import library_day
from library.records.people import register_problems
from library.records.preview_answers import latest_answers
from library.records.transcript_state import read_review_counts
from transcribe.captions.lint import lint_file
from transcribe.editing.speaker_turns import contributor_label
from transcribe.editing.transcript_markdown import count_unheard_marks
from transcribe.redaction.checks import name_problems, unlisted_name_problems
from transcribe.redaction.hidden_words import listed_names_in
from transcribe.redaction.people_mentioned import people_mentioned


@dataclass(frozen=True)
class ChecklistPoint:
    """A point of the checklist that is not as it should be."""

    name: str
    sentence: str
    next_step: str


NAMES_POINT = "names"
"""The point that a name is said which must not be."""


def step_for_names(workspace: Workspace, story_id: str) -> str:
    """Return the next step where a name is said that must not be; or ""."""
    points = _names(workspace, read_history(workspace, story_id))
    return next((point.next_step for point in points), "")


def blocking_points(workspace: Workspace, story_id: str) -> list[ChecklistPoint]:
    """Return everything that must be put right before the story can be approved."""
    return [*points_before_viewing(workspace, story_id), *_release_points(workspace, story_id)]


def points_before_viewing(workspace: Workspace, story_id: str) -> list[ChecklistPoint]:
    """Return what would have to be changed in the cut itself, and so be signed off again.

    Said before the contributor views it: mended later, they would have to view it twice.
    """
    folder = workspace.story(story_id)
    history = read_history(workspace, story_id)
    return [
        *_captions(folder, story_id),
        *_translations(folder, story_id),
        *_names(workspace, history),
        *speech_without_words(folder, story_id),
        *_remarks_of_contributor(folder, story_id),
        *_words_of_page(folder, story_id),
        *_register(folder, history),
        *_content_note(folder, story_id),
    ]


def caption_errors(folder: StoryFolder) -> list[str]:
    """Return the captions' errors (not warnings) against the caption rules, as sentences."""
    return [finding.sentence for finding in lint_file(folder.captions) if finding.is_error]


def _captions(folder: StoryFolder, story_id: str) -> Iterator[ChecklistPoint]:
    errors = caption_errors(folder)
    if errors:
        count = counted(len(errors), "error")
        yield ChecklistPoint(
            "captions",
            f"The captions of {story_id} have {count}, the first: {errors[0]}",
            f"See them all: carer-stories captions lint {story_id}",
        )


def _translations(folder: StoryFolder, story_id: str) -> Iterator[ChecklistPoint]:
    # Checked again: a name may have been listed after its captions were imported.
    for translation in translations_of(folder):
        words = " ".join(line for caption in translation.captions for line in caption.lines)
        if listed_names_in(folder, words):
            yield ChecklistPoint(
                "translations",
                f"The captions in {native_name(translation.language)} say a name that must not be "
                "shown.",
                "Bring them in again without it: carer-stories captions import "
                f"{story_id} FILE --language {translation.language}",
            )


def _names(workspace: Workspace, history: History) -> Iterator[ChecklistPoint]:
    story_id = history.story.id
    folder = workspace.story(story_id)
    # One is enough to stop for; the list itself is private and shown by its own command.
    for sentence in name_problems(folder)[:1]:
        apply = f"carer-stories edit {story_id}"
        step = (
            f"Apply what is taken out: {apply}, then: carer-stories film {story_id}"
            if apply in sentence
            else f"See them all: carer-stories redact list {story_id}"
        )
        yield ChecklistPoint(NAMES_POINT, sentence, step)
        return
    label = contributor_label(history.story.contributor)
    for sentence in unlisted_name_problems(workspace, folder, label):
        step = (
            f"Hide it: carer-stories redact suggest {story_id}"
            if "redact suggest" in sentence
            else f"Answer for each: carer-stories redact review {story_id}"
        )
        yield ChecklistPoint(NAMES_POINT, sentence, step)


def speech_without_words(folder: StoryFolder, story_id: str) -> Iterator[ChecklistPoint]:
    """Yield the point that somebody speaks where no words are, and no editor has answered."""
    counts = read_review_counts(folder.review_counts)
    unheard = counts.unheard if counts else _unheard_in_copy(folder)
    if unheard:
        passages = counted(unheard, "passage")
        yield ChecklistPoint(
            "unheard",
            f"In {passages} somebody speaks and no words were recognised.",
            "Listen there, and type what is said or take the mark out: "
            f"carer-stories edit {story_id}",
        )


def _unheard_in_copy(folder: StoryFolder) -> int:
    """Return the marks in the editor’s copy: the count of them may be lost or damaged."""
    try:
        return count_unheard_marks(folder.editors_copy.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return 0


def _remarks_of_contributor(folder: StoryFolder, story_id: str) -> Iterator[ChecklistPoint]:
    # By the copy itself: the count of them may be lost or damaged.
    open_numbers = open_remarks(folder)
    if open_numbers:
        yield ChecklistPoint(
            "remarks",
            f"{counted(len(open_numbers), 'remark')} of the contributor not answered yet.",
            f"See what they ask (carer-stories site remarks {story_id}), do it or talk it over "
            f"with them, and delete each mark: carer-stories edit {story_id}",
        )


def _words_of_page(folder: StoryFolder, story_id: str) -> Iterator[ChecklistPoint]:
    # Title, summary and notes: what the page says besides the transcript, and nobody redacts.
    page = read_page(folder.page)
    fields = {
        "title": page.title,
        "summary": page.summary,
        "content note": page.content_note,
        "name shown": page.contributor,
    }
    for field, text in fields.items():
        if listed_names_in(folder, text):
            yield ChecklistPoint(
                "public-words",
                f"The {field} says a name that must not be heard.",
                f"Say it otherwise: carer-stories story edit {story_id} --help",
            )
    for chapter in page.chapters:
        if listed_names_in(folder, _words_of_question(chapter)):
            yield ChecklistPoint(
                "public-words",
                f"The question at {clock(chapter.start)}, or what is shown with it, says a name "
                "that must not be heard.",
                f"Take its heading out of the text: carer-stories edit {story_id}",
            )


def _words_of_question(chapter: PageChapter) -> str:
    return " — ".join((chapter.title, chapter.content_note, *chapter.reflection))


def _register(folder: StoryFolder, history: History) -> Iterator[ChecklistPoint]:
    story_id = history.story.id
    for problem in register_problems(history.people, history.registers):
        step = f"See the register: carer-stories people list {story_id}"
        yield ChecklistPoint("people", problem, step)
    if history.people or not history.registers:
        return
    # Asked again each time: the words may have changed since somebody said that it is nobody.
    mentioned = people_mentioned(folder)
    if mentioned and mentioned.words_sha256 != history.registers[-1].nobody_in:
        yield ChecklistPoint(
            "people",
            f"{mentioned.sentence} Its register says that nobody is in it, and not of these words.",
            f"Enter them: carer-stories people add {story_id}, or say it of these words: "
            f"carer-stories people complete {story_id}",
        )


def _content_note(folder: StoryFolder, story_id: str) -> Iterator[ChecklistPoint]:
    if not read_page(folder.page).content_note.strip():
        yield ChecklistPoint(
            "content-note",
            "The page has no content note, so nobody is told what they are about to hear.",
            f'Write one: carer-stories story edit {story_id} --content-note "NOTE" (say so too if '
            f"nothing in it is hard to hear), then: carer-stories film {story_id}",
        )


def _release_points(workspace: Workspace, story_id: str) -> Iterator[ChecklistPoint]:
    history = read_history(workspace, story_id)
    if not history.releases:
        return  # `record_approval` refuses that with the next step
    release = history.releases[-1]
    cut = inspect_cut(workspace.story(story_id))
    for difference in cut.differences_from(release) if cut and cut.hash == release.cut else ():
        yield ChecklistPoint(
            "choices",
            f"The film is not as its contributor released it: {difference}",
            f"Make it so: carer-stories film {story_id} --picture {release.picture} "
            f"--voice {release.voice} --for {release.audience}, and show it to them.",
        )
    # On the day itself already: the gate stops releasing on it.
    if release.review <= library_day(workspace):
        yield ChecklistPoint(
            "review",
            f"The contributor's release was due for review on {release.review}.",
            f"Ask them again: carer-stories signoff {story_id}",
        )


_MOST_TIMES = 8


@dataclass(frozen=True)
class HeardRedactions:
    """Sentences of an approval about a film's redactions; both empty where it has none."""

    told: str = ""
    """That each was listened to at the desk."""
    asked: str = ""
    """The point to confirm where some were not."""


def heard_redactions(workspace: Workspace, story_id: str) -> HeardRedactions:
    """Return what is to be said and asked of the story's redactions. Raises Damaged, DiskFailed."""
    unheard, count = unchecked_redactions(workspace.story(story_id))
    if not unheard:
        each = "What is redacted" if count == 1 else f"Each of the {count} redactions"
        return HeardRedactions(told=f"{each} was listened to at the desk." if count else "")
    times = ", ".join(clock(redaction.start) for redaction in unheard[:_MOST_TIMES])
    left = len(unheard) - _MOST_TIMES
    more = f" and {counted(left, 'other place')}" if left > 0 else ""
    return HeardRedactions(
        asked=f"I listened to what is redacted at {times}{more} of the recording, with a second "
        "before and after it."
    )


def advice(workspace: Workspace, story_id: str, role: str) -> list[str]:
    """Return what an editor should know and may approve all the same, as sentences."""
    history = read_history(workspace, story_id)
    counts = read_review_counts(workspace.story(story_id).review_counts)
    sentences = []
    # No more than advice: the sign-off may be of a time before they were asked for.
    settings = load_settings(workspace)
    if missing := missing_for_agreements(settings):
        sentences.append(f"interviews/settings.yml does not say {say_missing(missing, settings)}.")
    if counts and counts.unsure:
        places = counted_is(counts.unsure, "place")
        sentences.append(f"In its transcript {places} still marked as unsure with (?…).")
    if history.agreements and not history.agreements[-1].independent:
        sentences.append("The participation agreement was not taken by somebody independent.")
    sentences += [
        f"Words were changed since the captions in {native_name(tag)} were brought in: have "
        "somebody look whether they still say the same."
        for tag in outdated_languages(workspace.story(story_id))
    ]
    sentences += _about_answers(workspace.story(story_id))
    sentences += _about_release(history.releases[-1], role) if history.releases else []
    return sentences


def _about_answers(folder: StoryFolder) -> list[str]:
    cut = read_cut(folder.cut)
    received = latest_answers(folder, cut.hash) if cut else None
    # A yes needs no word: what they signed since says more.
    if received is None or received.answers.decision == "yes":
        return []
    return [
        f"In its preview the contributor answered {received.answers.sentence}. Is that settled "
        "with them?"
    ]


def _about_release(release: Release, role: str) -> list[str]:
    sentences = []
    if release.witness == role:
        sentences.append(
            f"The release was witnessed by the {role} too. A second pair of eyes is better."
        )
    if not release.form_sha256:
        sentences.append("No scan of the signed release is kept yet.")
    return sentences
