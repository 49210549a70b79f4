"""The line with which another system shows a story, or a part of it, in a frame."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from library.consent.story_status import story_statuses
from library.core.errors import BadInput, CarerStoriesError, NotAllowed, NotFound
from library.core.sanitise import printable
from library.core.settings import Settings, load_settings
from library.core.timecode import clock, parse_moment
from library.core.workspace import Workspace
from publish.edition import Edition, ReleasedStory, read_edition
from publish.render.embed import EmbeddedMoment, embedded_moments, embedded_paths, frame_line
from publish.render.text import plain

_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
_BUILD = "carer-stories site build"


@dataclass(frozen=True)
class StoryFrame:
    """The page of a story for a frame, and the line that shows it there."""

    story: str
    title: str
    address: str
    line: str
    """HTML, on one line."""
    sites: tuple[str, ...]
    """Sites that may show it, from settings."""
    moments: tuple[EmbeddedMoment, ...]
    """Parts of the story that have pages of their own."""


def story_frame(
    workspace: Workspace, story_id: str, *, moment: str = "", part: str = ""
) -> StoryFrame:
    """Return the frame of a story that is in the library; of its answer `moment`, or a `part`.

    Changes nothing. Raises BadInput for settings that name no address or no site, or a part that is
    none, NotFound for no such story or moment, NotAllowed where the page is not there to be shown.
    """
    settings = load_settings(workspace)
    _require_place(settings)
    edition, story = _story_shown(workspace, story_id)
    moments = tuple(embedded_moments(story))
    page = f"embed/{story_id}/{moment}/" if moment else f"embed/{story_id}/"
    if moment and moment not in [each.name for each in moments]:
        raise NotFound(
            f"{story_id} has no answer “{printable(moment)}” with a page of its own.",
            f"One of: {', '.join(each.name for each in moments)}; or any part: --part 1:23-2:00"
            if moments
            else "Name a part of it: --part 1:23-2:00",
        )
    is_built = edition.library.frames == settings.embed and f"{page}index.html" in (
        embedded_paths(edition)
    )
    if not is_built or not (workspace.public / page / "index.html").is_file():
        raise NotAllowed(
            "The site was built before interviews/settings.yml named these sites, so the page is "
            "not there.",
            f"Build it again: {_BUILD}",
        )
    address = f"{settings.address}{page}{_fragment(story, part)}"
    title = plain(story.page.title)
    return StoryFrame(story_id, title, address, frame_line(address, title), settings.embed, moments)


def _require_place(settings: Settings) -> None:
    """Raise BadInput where settings say not where the library is, or not who may show it."""
    address = urlsplit(settings.address)
    lacking = []
    if not settings.address:
        lacking.append("where the library stands (address)")
    if not settings.embed:
        lacking.append("which sites may show a story (embed)")
    if lacking:
        raise BadInput(
            f"interviews/settings.yml does not say {' or '.join(lacking)}.",
            "Write it there, such as\n"
            + "\n".join(
                line
                for line, is_there in (
                    ("address: https://stories.intranet.example/", settings.address),
                    ("embed: [https://moodle.trust.example]", settings.embed),
                )
                if not is_there
            )
            + f"\nthen: {_BUILD}",
        )
    if address.scheme != "https" and address.hostname not in _THIS_MACHINE:
        raise BadInput(
            f"interviews/settings.yml: address: {settings.address} begins with http: a page by "
            "https shows nothing from there.",
            "Serve the library by https, and write that address.",
        )


def _story_shown(workspace: Workspace, story_id: str) -> tuple[Edition, ReleasedStory]:
    """Return the edition and the story in it. Raises NotFound, NotAllowed."""
    (status,) = story_statuses(workspace, story_id, hashing=False)
    try:
        edition = read_edition(workspace)
    except CarerStoriesError:
        raise NotAllowed(
            "There is no library yet to show it from.", f"Build it: {_BUILD}"
        ) from None
    story = next((each for each in edition.stories if each.page.id == story_id), None)
    if story is None:
        reasons = " ".join(status.decision.reasons)
        raise NotAllowed(
            f"{story_id} is not in the library. {reasons}".strip(),
            f"See what is missing: carer-stories status {story_id}"
            if reasons
            else f"Build it again: {_BUILD}",
        )
    return edition, story


def _fragment(story: ReleasedStory, part: str) -> str:
    """Return the end of an address that shows a part alone, `1:23-2:00`; nothing for no part."""
    if not part:
        return ""
    start, end = (parse_moment(each) for each in f"{part}-".split("-")[:2])
    if part.count("-") != 1 or start is None or end is None:
        raise BadInput(
            f"“{printable(part)}” is no part of a film.",
            "Write when it begins and ends: 1:23-2:00",
        )
    if not start // 1000 < -(-end // 1000) or end > story.page.duration:
        raise BadInput(
            f"The film is {clock(story.page.duration)} long: it has no part {printable(part)}.",
            "Write when it begins and ends within it.",
        )
    return f"#t={start // 1000},{-(-end // 1000)}"
