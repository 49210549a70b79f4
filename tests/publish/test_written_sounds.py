"""Sound of stories that may not be shown, in what people wrote: found however it was saved."""

from __future__ import annotations

import base64
import functools
import subprocess
from collections.abc import Callable

import pytest

from capture.media.run_ffmpeg import ffmpeg_path
from library.core.workspace import Workspace
from publish.pictures.search import PictureSearch
from tests.support.command_line import ROOT, CommandResult
from tests.support.quick_stories import filmed

Cli = Callable[..., CommandResult]
TOLD = "a-different-experience.m4a"
OTHER = "learning-the-words.webm"


@functools.cache
def sound(of: str, *options: str) -> bytes:
    command = [ffmpeg_path(), "-v", "error", "-i", str(ROOT / "interviews/demo" / of)]
    return subprocess.run(
        [*command, *options, "-"], check=True, capture_output=True, timeout=60
    ).stdout


def excerpt(*options: str) -> bytes:
    """Part of a story, as somebody would post it: cut, and encoded again."""
    return sound(TOLD, "-ss", "7.3", "-t", "24", "-vn", *options)


def heard(workspace: Workspace) -> str:
    """A story of which something is really heard, and that nobody signed off."""
    story_id = filmed(workspace, "Something quite different")
    told = sound(TOLD, "-t", "35", "-ar", "16000", "-ac", "1", "-f", "wav")
    workspace.story(story_id).speech.write_bytes(told)
    return story_id


def address(data: bytes) -> bytes:
    return b'<audio src="data:audio/mpeg;base64,%s"></audio>\n' % base64.b64encode(data)


PLACES: dict[str, Callable[[], bytes]] = {
    "teaser.mp3": lambda: excerpt("-b:a", "32k", "-f", "mp3"),
    "right-against-left.wav": lambda: excerpt("-af", "pan=stereo|c0=c0|c1=-1*c0", "-f", "wav"),
    "no-ending": lambda: excerpt("-c:a", "libopus", "-b:a", "24k", "-f", "opus"),
    "page.md": lambda: address(excerpt("-b:a", "32k", "-f", "mp3")),
}


def test_a_voice_is_found_wherever_it_lies_and_another_is_not(workspace: Workspace) -> None:
    untold = heard(workspace)
    search = PictureSearch(workspace, ())
    findings = {name: search.look_at(name, data()) for name, data in PLACES.items()}
    assert findings == dict.fromkeys(PLACES, (untold,))
    other = sound(OTHER, "-ss", "5", "-t", "24", "-vn", "-f", "wav")
    assert search.look_at("other.wav", other) == ()
    assert not search.found.unreadable, "bytes of a sound are no picture"
    # It goes with the folder of the story.
    assert workspace.story(untold).sounds.is_file()


def test_a_build_is_refused_and_names_the_file_and_the_page(
    workspace: Workspace, run_cli: Cli
) -> None:
    untold = heard(workspace)
    teaser = workspace.content / "teaser.mp3"
    teaser.write_bytes(PLACES["teaser.mp3"]())
    page = workspace.content / "listen.md"
    page.write_text('# Listen\n\n<audio src="teaser.mp3"></audio>\n', encoding="utf-8")

    result = run_cli("site", "build")

    assert result.code == 4
    assert f"site/content/teaser.mp3 ({untold})" in result.err
    assert f"site/content/listen.md ({untold})" in result.err


@pytest.mark.parametrize("noise", [b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xc0\x00\x11"])
def test_bytes_of_a_sound_are_taken_for_no_picture(workspace: Workspace, noise: bytes) -> None:
    from publish.pictures.written_pictures import _media_within

    quiet = b"RIFF\x24\x08\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x80>\0\0\0}\0\0\2\0\x10\0data\0\x08\0\0"
    kinds = [kind for kind, _ in _media_within("quiet.wav", quiet + noise * 200)]
    assert kinds == ["sound"]
