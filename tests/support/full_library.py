"""A small library with everything pages can show: sizes, languages, themes, a service, a plan."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import msgspec

from library.core.files import sha256_of
from library.core.workspace import Workspace
from publish.edition import MANIFEST, ReleasedStory
from publish.themes import PublishedTheme, ThemeMoment
from tests.support.editions import CAPTIONS, HEARD, VIDEO, chapters, lay_edition, story_page
from tests.support.training_plans import lay_plan, plan_text, with_pause

NIGHT = "cs-b3v9kd"
ABOUT = "What carers were told could not be shared. It never stops anybody from listening."
POLISH = """WEBVTT

1
00:00:00.500 --> 00:00:03.500
Co się stało?

2
00:00:04.000 --> 00:00:07.500
Codziennie dzwoniłam na oddział.

3
00:00:08.000 --> 00:00:11.500
Zawsze można wysłuchać.
"""
URDU = POLISH.replace("Codziennie dzwoniłam na oddział.", "میں روز وارڈ فون کرتی تھی۔")

FROM_ROOT = """
Read [how to find support](/support.html) and <a href='/help.html'>how to find your way</a>.
"""
"""Links as people write them who know one server alone."""


def lay_library(workspace: Workspace, media: Path) -> None:
    """A film in two sizes and three languages, one that is heard and not seen, one of a service."""
    edition = lay_edition(
        workspace,
        media,
        story_page(VIDEO, reflection=("What will you carry into tomorrow’s handover?",)),
        story_page(
            HEARD,
            title="A different experience",
            themes=("hope", "confidentiality"),
            duration=400_000,
        ),
        story_page(
            NIGHT, title="What to do at night", themes=("crisis-team",), chapters=chapters()[:1]
        ),
        fictional=True,
        frames=("https://moodle.example",),
    )
    _translate(workspace.edition / "stories" / VIDEO)
    _translate(workspace.edition / "stories" / HEARD)
    _shrink(workspace.edition / "stories" / VIDEO, media)
    themes = (
        PublishedTheme(
            theme="Confidentiality", about=ABOUT, moments=(ThemeMoment(story=HEARD, start=9_500),)
        ),
        PublishedTheme(theme="crisis-team", title="Crisis team", kind="service"),
    )
    stories = tuple(_listed(workspace, story) for story in edition.stories)
    whole_edition = msgspec.structs.replace(edition, themes=themes, stories=stories)
    (workspace.edition / MANIFEST).write_bytes(msgspec.json.encode(whole_edition))
    with (workspace.content / "about.md").open("a", encoding="utf-8") as about:
        about.write(FROM_ROOT)
    lay_plan(workspace, whole_edition, with_pause(plan_text(VIDEO, HEARD)), CAPTIONS)


def _translate(folder: Path) -> None:
    (folder / "captions.pl.vtt").write_text(POLISH, encoding="utf-8")
    (folder / "captions.ur.vtt").write_text(URDU, encoding="utf-8")


def _shrink(folder: Path, media: Path) -> None:
    import imageio_ffmpeg

    shutil.copyfile(media / "audio.m4a", folder / "audio.m4a")
    make = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", folder / "film.mp4"]
    make += ["-vf", "scale=160:90", "-c:a", "copy", "-movflags", "+faststart"]
    subprocess.run([*make, folder / "film-360.mp4"], check=True, timeout=120)


def _listed(workspace: Workspace, story: ReleasedStory) -> ReleasedStory:
    """With every file that lies in the story’s folder."""
    files_listed = sorted((workspace.edition / "stories" / story.page.id).iterdir())
    return msgspec.structs.replace(
        story,
        files={path.name: sha256_of(path) for path in files_listed},
        sizes={path.name: path.stat().st_size for path in files_listed},
    )
