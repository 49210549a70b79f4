"""Pictures of stories that may not be shown, in what people wrote: found however saved."""

from __future__ import annotations

import base64
import functools
import gzip
import io
import json
import struct
import tarfile
import tempfile
import textwrap
import zipfile
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from urllib.parse import quote, quote_from_bytes

import msgspec
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from films.cards import draw_background
from films.page_text import StoryPage
from library.core import struct_file
from library.core.files import sha256_of
from library.core.workspace import Workspace
from library.records.cut import Cut
from publish.edition import ReleasedStory
from publish.left_out import read_left_out
from publish.pictures import story_frames, written_pictures
from publish.pictures.fingerprint import ALIKE, KnownFrames, small_pictures
from publish.pictures.read_picture import MOST_PIXELS, read_picture
from publish.pictures.search import pictures_left
from publish.pictures.story_frames import as_small, frames_of_recording
from publish.pictures.unreleased_pictures import UnreleasedPictures
from publish.pictures.written_pictures import PictureReader
from tests.support.command_line import CommandResult
from tests.support.quick_stories import approve, filmed, sign_off
from tests.support.rooms import film_of, frame_of, jpeg

Cli = Callable[..., CommandResult]
Change = Callable[[Image.Image], Image.Image]


def cropped(left: float, top: float, right: float, bottom: float) -> Change:
    def crop(frame: Image.Image) -> Image.Image:
        width, height = frame.size
        box = (left * width, top * height, (1 - right) * width, (1 - bottom) * height)
        return frame.crop(tuple(map(round, box)))  # type: ignore[arg-type]

    return crop


def with_bar(share: float, colour: str, *, below: bool = True, over: bool = False) -> Change:
    """A bar with words, beside the picture or over it."""

    def add(frame: Image.Image) -> Image.Image:
        width, height = frame.size
        bar = round(share * height)
        whole = Image.new("RGB", (width, height + (0 if over else bar)), colour)
        whole.paste(frame, (0, 0 if below or over else bar))
        draw = ImageDraw.Draw(whole)
        top = whole.height - bar if below else 0
        draw.rectangle((0, top, width, top + bar), fill=colour)
        words = "Told to us at home, in the spring"
        draw.text((bar / 2, top + bar / 4), words, fill="grey", font_size=max(8, bar // 2))
        return whole

    return add


def saved(kind: str, **how: object) -> Change:
    def save(frame: Image.Image) -> Image.Image:
        buffer = io.BytesIO()
        frame.save(buffer, kind, **how)
        return Image.open(buffer).convert("RGB")

    return save


CHANGES: dict[str, Change] = {
    "as it is": lambda frame: frame,
    "half as large": lambda frame: frame.resize((frame.width // 2, frame.height // 2)),
    "very small": lambda frame: frame.resize((64, 36)),
    "twice as large": lambda frame: frame.resize((frame.width * 2, frame.height * 2)),
    "square": lambda frame: frame.resize((300, 300)),
    "JPEG of quality 30": saved("JPEG", quality=30),
    "JPEG of quality 10": saved("JPEG", quality=10),
    "WebP": saved("WEBP", quality=30),
    "PNG": saved("PNG"),
    "AVIF": saved("AVIF", quality=40),
    "of 32 colours": lambda frame: frame.quantize(32).convert("RGB"),
    "grey": lambda frame: frame.convert("L").convert("RGB"),
    "brighter": lambda frame: frame.point(lambda shade: min(255, shade * 1.2 + 15)),
    "mirrored": ImageOps.mirror,
    "upside down": lambda frame: frame.rotate(180),
    "lying on its side": lambda frame: frame.rotate(90, expand=True),
    "lying on its other side, mirrored": lambda frame: ImageOps.mirror(
        frame.rotate(270, expand=True)
    ),
    "stood on its head": ImageOps.flip,
    "in reversed shades": ImageOps.invert,
    "in reversed shades, upside down": lambda frame: ImageOps.invert(frame.rotate(180)),
    "softer": lambda frame: frame.filter(ImageFilter.GaussianBlur(3)),
    "cropped all round": cropped(0.05, 0.05, 0.05, 0.05),
    "cropped by a tenth all round": cropped(0.1, 0.1, 0.1, 0.1),
    "cropped on the left": cropped(0.1, 0, 0, 0),
    "cropped at a corner": cropped(0, 0.1, 0.1, 0),
    "cropped unevenly": cropped(0.03, 0.08, 0.07, 0.02),
    "a bar below": with_bar(0.15, "black"),
    "a wide bar below": with_bar(0.25, "white"),
    "a bar above": with_bar(0.1, "navy", below=False),
    "a bar over it": with_bar(0.18, "black", over=True),
    "between black bars": lambda frame: ImageOps.pad(frame, (400, 400), color="black"),
    "cropped, with a bar, of quality 30": lambda frame: saved("JPEG", quality=30)(
        with_bar(0.12, "black")(cropped(0.05, 0.02, 0.03, 0.08)(frame))
    ),
}
"""Ways in which a picture is passed on."""


@pytest.fixture(scope="module")
def known() -> KnownFrames:
    """The pictures of a film of two people, at every quarter of a second."""
    return KnownFrames(
        {
            person: small_pictures(
                np.stack([np.asarray(frame_of(person, at).convert("L")) for at in range(0, 20, 2)])
            )
            for person in ("Ruth", "Omar")
        }
    )


@pytest.mark.parametrize("change", CHANGES)
def test_a_picture_is_known_however_it_was_saved(known: KnownFrames, change: str) -> None:
    for at in (1, 9, 15):  # none of the moments that are kept
        picture = CHANGES[change](frame_of("Ruth", at))
        likenesses = known.likenesses(read_picture(jpeg(picture, quality=90)))
        assert likenesses["Ruth"] >= ALIKE, (change, at, likenesses)
        assert likenesses["Ruth"] > likenesses.get("Omar", 0)


def _shade() -> Image.Image:
    return Image.linear_gradient("L").resize((640, 360))


def _logo() -> Image.Image:
    logo = Image.new("RGB", (400, 400), "white")
    ImageDraw.Draw(logo).ellipse((80, 80, 320, 320), fill="navy")
    ImageDraw.Draw(logo).text((120, 170), "TRUST", fill="white", font_size=60)
    return logo


def _icon() -> Image.Image:
    icon = Image.new("RGBA", (32, 32))
    ImageDraw.Draw(icon).polygon([(4, 28), (16, 4), (28, 28)], fill="teal")
    return icon


def _words() -> Image.Image:
    page = Image.new("RGB", (640, 360), "white")
    for line in range(8):
        words = "Ring the ward between nine and five"
        ImageDraw.Draw(page).text((40, 30 + 38 * line), words, fill="black", font_size=24)
    return page


def _noise() -> Image.Image:
    return Image.effect_noise((640, 360), 80)


OTHERS: dict[str, Callable[[], Image.Image]] = {
    "one colour": lambda: Image.new("RGB", (640, 360), "teal"),
    "black": lambda: Image.new("L", (640, 360)),
    "a shade": _shade,
    "a round shade": lambda: Image.radial_gradient("L"),
    "a logo": _logo,
    "an icon": _icon,
    "a page of words": _words,
    "noise": _noise,
    "a fractal": lambda: Image.effect_mandelbrot((640, 360), (-2, -1, 1, 1), 100),
    "a title card": lambda: draw_background((640, 360)),
    "another room": lambda: frame_of("Bina", 3, room="kitchen"),
    "another room, mirrored": lambda: ImageOps.mirror(frame_of("Bina", 3, room="kitchen")),
}


@pytest.mark.parametrize("other", OTHERS)
def test_another_picture_is_not_taken_for_one(known: KnownFrames, other: str) -> None:
    buffer = io.BytesIO()
    OTHERS[other]().save(buffer, "PNG")
    likenesses = known.likenesses(read_picture(buffer.getvalue()))
    assert max(likenesses.values(), default=0) < ALIKE - 0.05, likenesses


@pytest.mark.parametrize("flat", ["one colour", "black", "a shade", "a round shade"])
def test_what_shows_nothing_is_nobodys(flat: str) -> None:
    buffer = io.BytesIO()
    OTHERS[flat]().save(buffer, "PNG")
    assert not len(read_picture(buffer.getvalue()))


# In a workspace


def seen(workspace: Workspace, title: str, person: str, *, room: str = "ward") -> str:
    """A story with a cut whose film shows somebody."""
    story_id = filmed(workspace, title)
    show(workspace, story_id, person, room=room)
    return story_id


def show(workspace: Workspace, story_id: str, person: str, *, room: str = "ward") -> None:
    folder = workspace.story(story_id)
    folder.film.write_bytes(film_bytes(person, room))
    folder.poster.write_bytes(jpeg(frame_of(person, 4, room=room)))
    cut = struct_file.load(folder.cut, Cut, next_step="")
    artefacts = {name: sha256_of(folder.root / name) for name in cut.artefacts}
    struct_file.save(folder.cut, msgspec.structs.replace(cut, artefacts=artefacts))


@functools.cache
def film_bytes(person: str, room: str, form: str = "mp4") -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        film_of(person, Path(folder) / "film", room=room, form=form)
        return (Path(folder) / "film").read_bytes()


def put(workspace: Workspace, name: str, data: bytes) -> Path:
    path = workspace.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.fixture
def unreleased_id(workspace: Workspace) -> str:
    """A story that nobody signed off, beside one of somebody else in the same room."""
    shown = seen(workspace, "Still shown", "Omar")
    sign_off(workspace, shown)
    approve(workspace, shown)
    return seen(workspace, "Something quite different", "Ruth")


def passed_on(at: float = 9) -> Image.Image:
    """A picture that somebody took off the film: smaller, cropped and saved anew."""
    return cropped(0.04, 0.03, 0.05, 0.06)(frame_of("Ruth", at)).resize((200, 112))


def address(data: bytes, kind: str = "image/jpeg") -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def animated(kind: str) -> bytes:
    """Frames of another room, of which one is of the story."""
    frames = [frame_of("Bina", at, room="kitchen") for at in range(4)]
    frames[2] = passed_on().resize(frames[0].size)
    buffer = io.BytesIO()
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], duration=200)
    return buffer.getvalue()


def drawing(picture: bytes) -> bytes:
    lines = "\n".join(textwrap.wrap(base64.b64encode(picture).decode(), 76))
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
    return f'{head}<image href="data:image/jpeg;base64,\n{lines}\n"/></svg>'.encode()


def document(picture: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/media/image1.jpeg", picture)
    return packed.getvalue()


PLACES = (
    "a.jpg", "a.png", "a.webp", "a.tiff", "no-ending", "words.txt.jpg.txt", "moving.gif",
    "moving.webp", "moving.png", "clip.mp4", "clip.webm", "drawing.svg", "style.css",
    "nested.css", "quoted.css", "page.html", "page.md", "percent.html", "entities.html",
    "script.js", "leaflet.docx", "packed.svgz", "small-copy.jpg", "seen-through.png",
    "hardly-seen.png", "packed.tar", "letters.ttf", "cover.mp3", "letter.rtf", "numbers.js",
    "pieces.js", "for-addresses.js",
)  # fmt: skip
"""Names of files that hold a picture, each in another way: the keys of `places`."""


@functools.cache
def places() -> dict[str, bytes]:
    """Return each file's content. Made when a test asks, and not by every worker."""
    picture = jpeg(passed_on(), quality=30)
    gif = io.BytesIO()
    passed_on().quantize(64).save(gif, "GIF")
    as_text = address(picture)
    nested = base64.b64encode(drawing(picture)).decode()
    quoted = quote(drawing(picture).decode())
    percents = quote_from_bytes(gif.getvalue())
    return {
        "a.jpg": picture,
        "a.png": saved_as(passed_on(), "PNG"),
        "a.webp": saved_as(passed_on(), "WEBP"),
        "a.tiff": saved_as(passed_on(), "TIFF"),
        "no-ending": picture,
        "words.txt.jpg.txt": picture,
        "moving.gif": animated("GIF"),
        "moving.webp": animated("WEBP"),
        "moving.png": animated("PNG"),
        "clip.mp4": film_bytes("Ruth", "ward"),
        "clip.webm": film_bytes("Ruth", "ward", "webm"),
        "drawing.svg": drawing(picture),
        "style.css": f"main {{ background: url({as_text}) }}".encode(),
        "nested.css": f"a {{ background: url('data:image/svg+xml;base64,{nested}') }}".encode(),
        "quoted.css": f"a {{ background: url(data:image/svg+xml,{quoted}) }}".encode(),
        "page.html": f'<p><img alt="" src="{as_text}"></p>'.encode(),
        "page.md": f"# A visit\n\n![]({as_text})\n".encode(),
        "percent.html": f'<img src="data:image/gif,{percents}">'.encode(),
        "entities.html": f'<img src="{as_text.replace("/", "&#47;")}">'.encode(),
        "script.js": b"x = " + json.dumps(as_text).replace("/", "\\/").encode(),
        "leaflet.docx": document(picture),
        "packed.svgz": gzip.compress(drawing(picture)),
        "small-copy.jpg": with_small_copy(passed_on()),
        "seen-through.png": seen_through(passed_on()),
        "hardly-seen.png": hardly_seen(passed_on()),
        "packed.tar": tape(picture),
        "letters.ttf": b"\0\1\0\0" + b"\0" * 60 + saved_as(passed_on(), "PNG"),
        "cover.mp3": b"ID3\4\0\0\0\0\x40\0APIC" + b"\0" * 20 + picture,
        "letter.rtf": rb"{\rtf1{\pict\jpegblip " + picture.hex("\n", 40).encode() + b"}}",
        "numbers.js": f"new Uint8Array([{', '.join(map(str, picture))}])".encode(),
        "pieces.js": '"+\n"'.join(textwrap.wrap(base64.b64encode(picture).decode(), 60)).encode(),
        "for-addresses.js": base64.urlsafe_b64encode(picture),
    }


def with_small_copy(picture: Image.Image) -> bytes:
    """Another picture, in whose notes a camera kept a small copy of this one as it was before."""
    small = jpeg(picture.resize((160, 90)))
    entries = ((0x0103, 3, 6), (0x0201, 4, 56), (0x0202, 4, len(small)))
    notes = b"II*\0" + struct.pack("<IHIH", 8, 0, 14, len(entries))
    for tag, kind, value in entries:
        notes += struct.pack("<HHII", tag, kind, 1, value)
    notes = b"Exif\0\0" + notes + struct.pack("<I", 0) + small
    other = jpeg(frame_of("Bina", 3, room="kitchen"))
    return other[:2] + b"\xff\xe1" + struct.pack(">H", len(notes) + 2) + notes + other[2:]


def seen_through(picture: Image.Image) -> bytes:
    """White, and as thick as the picture is light: it is seen on a dark page alone."""
    white = Image.new("RGBA", picture.size, "white")
    white.putalpha(picture.convert("L"))
    return saved_as(white, "PNG")


def hardly_seen(picture: Image.Image) -> bytes:
    """All but clear, until a style says otherwise."""
    clear = picture.convert("RGBA")
    clear.putalpha(2)
    return saved_as(clear, "PNG")


def tape(picture: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        member = tarfile.TarInfo("a.jpg")
        member.size = len(picture)
        archive.addfile(member, io.BytesIO(picture))
    return packed.getvalue()


def saved_as(picture: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


def test_every_place_is_tried() -> None:
    assert tuple(places()) == PLACES


@pytest.mark.parametrize("name", PLACES)
def test_a_picture_is_found_wherever_it_lies(known: KnownFrames, name: str) -> None:
    pictures = written_pictures._read_file(name, places()[name])
    assert pictures is not None
    assert pictures.unreadable == ""
    assert known.likenesses(as_small(pictures.small))["Ruth"] >= ALIKE


@pytest.mark.parametrize("name", ["page.md", "clip.mp4"])
def test_a_build_is_refused_and_names_the_file(
    workspace: Workspace, run_cli: Cli, unreleased_id: str, name: str
) -> None:
    put(workspace, f"site/content/{name}", places()[name])
    result = run_cli("site", "build")
    assert result.code == 4, result
    assert f"site/content/{name} ({unreleased_id})" in result.err
    assert not workspace.public.exists()


def test_the_page_that_shows_a_picture_is_named_too(
    workspace: Workspace, run_cli: Cli, unreleased_id: str
) -> None:
    put(workspace, "site/content/img/our visit.jpg", jpeg(passed_on()))
    put(workspace, "site/content/visit.md", b"# A visit\n\n![Somebody](img/our%20visit.jpg)\n")
    result = run_cli("site", "build")
    assert result.code == 4
    assert f"site/content/img/our visit.jpg ({unreleased_id})" in result.err
    assert f"site/content/visit.md ({unreleased_id})" in result.err


def test_a_picture_of_a_story_that_is_shown_may_stand(
    workspace: Workspace, run_cli: Cli, unreleased_id: str
) -> None:
    picture = cropped(0.05, 0.05, 0.02, 0.04)(frame_of("Omar", 7))
    put(workspace, "site/content/img/omar.jpg", jpeg(with_bar(0.12, "black")(picture), quality=30))
    put(workspace, "site/content/img/kitchen.jpg", jpeg(frame_of("Bina", 2, room="kitchen")))
    put(workspace, "site/assets/img/card.png", saved_as(draw_background((640, 360)), "PNG"))
    result = run_cli("site", "build")
    assert result.code == 0, (result.err, unreleased_id)


def test_a_withdrawal_takes_picture_and_page_off_the_site(
    workspace: Workspace, run_cli: Cli
) -> None:
    shown = seen(workspace, "Still shown", "Omar")
    story_id = seen(workspace, "Taken back", "Ruth")
    for each in (shown, story_id):
        sign_off(workspace, each)
        approve(workspace, each)
    picture = put(workspace, "site/content/img/ruth.jpg", jpeg(passed_on(), quality=30))
    put(workspace, "site/content/visit.md", b"# A visit\n\n![Ruth at home](img/ruth.jpg)\n")
    assert run_cli("site", "build").code == 0
    built = workspace.public / "img" / "ruth.jpg"
    assert built.read_bytes() == picture.read_bytes()
    result = run_cli("withdraw", story_id, "--yes")
    assert result.code == 0, result
    assert f"  site/content/img/ruth.jpg  ({story_id})" in result.out
    assert built.read_bytes() != picture.read_bytes()
    page = (workspace.public / "visit.html").read_text(encoding="utf-8")
    assert "This page is left out for now" in page
    assert "Ruth at home" not in page
    assert run_cli("site", "build").code == 4
    # After an erasure nobody knows what she looked like; the file that was found stays out.
    assert run_cli("withdraw", story_id, "--erase", "--yes").code == 0
    assert not workspace.written_pictures.exists()
    refused = run_cli("site", "build")
    assert f"site/content/img/ruth.jpg ({story_id})" in refused.err


def alike_on_the_chair(workspace: Workspace) -> Image.Image:
    """Somebody else in the same room who is taken for the contributor, and is nobody shown."""
    unreleased = UnreleasedPictures(workspace, ())
    return next(
        frame_of(person, 3)
        for person in ("Bina", "Jan", "Ada", "Li", "Tom", "Eve")
        if unreleased.stories_in(read_picture(jpeg(frame_of(person, 3))))
    )


def test_another_picture_may_stand_when_somebody_says_so(
    workspace: Workspace, run_cli: Cli
) -> None:
    unreleased_id = seen(workspace, "Something quite different", "Ruth")
    name = "site/content/img/chair.jpg"
    picture = put(workspace, name, jpeg(alike_on_the_chair(workspace)))
    put(workspace, "site/content/visit.md", b"![](img/chair.jpg)\n")
    refused = run_cli("site", "build")
    assert "carer-stories site other-picture" in refused.err
    allowed = run_cli(
        "site", "other-picture", str(picture), "--not-of", unreleased_id, "--name", "Jo Field"
    )
    assert allowed.code == 0, allowed
    assert "Jo Field" not in workspace.audit_log.read_text()
    assert "Jo Field" in workspace.other_pictures.read_text()
    assert run_cli("site", "build").code == 0
    taken_back = run_cli("withdraw", unreleased_id, "--yes")
    assert taken_back.code == 0, taken_back
    assert (workspace.public / "img/chair.jpg").read_bytes() == picture.read_bytes()
    picture.write_bytes(jpeg(passed_on(), quality=80))
    assert run_cli("site", "build").code == 4, "another file is asked about again"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("site/content/nowhere.jpg", "--not-of", "STORY"), 3),
        (("site/content/about.md", "--not-of", "cs-nobody"), 3),
        (("interviews/settings.yml", "--not-of", "STORY"), 2),
    ],
)
def test_what_is_no_picture_of_people_cannot_be_allowed(
    workspace: Workspace, run_cli: Cli, unreleased_id: str, arguments: tuple[str, ...], code: int
) -> None:
    file, *others = (unreleased_id if word == "STORY" else word for word in arguments)
    path = str(workspace.root / file)
    result = run_cli("site", "other-picture", path, *others, "--name", "Jo")
    assert result.code == code, result
    assert not workspace.other_pictures.exists()


def torn(kind: str) -> bytes:
    whole = saved_as(frame_of("Bina", 2, room="kitchen"), kind)
    return whole[: len(whole) * 2 // 3]


def huge() -> bytes:
    """A picture of a few kilobytes that would fill gigabytes."""
    side = int(MOST_PIXELS**0.5) * 3
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
    packed = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


UNREADABLE: dict[str, Callable[[], bytes]] = {
    "torn.jpg": lambda: torn("JPEG"),
    "torn.png": lambda: torn("PNG"),
    "torn.webp": lambda: torn("WEBP"),
    "huge.png": huge,
    "words.jpg": lambda: (
        b"no picture at all, and long enough to be one of them, somebody may think"
    ),
    "empty.gif": lambda: b"GIF89a",
    "strange.jxl": lambda: b"\xff\x0a" + bytes(200),
    "torn.mp4": lambda: film_bytes("Ruth", "ward")[:900],
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_looked_at_is_refused_with_a_reason(workspace: Workspace, name: str) -> None:
    pictures = PictureReader(workspace).read(name, UNREADABLE[name](), "0" * 64)
    assert pictures is not None
    assert pictures.unreadable.startswith("it is ")


def test_what_cannot_be_looked_at_is_left_out_and_named(
    workspace: Workspace, run_cli: Cli, unreleased_id: str
) -> None:
    for name in ("torn.jpg", "huge.png"):
        put(workspace, f"site/content/img/{name}", UNREADABLE[name]())
    result = run_cli("site", "build")
    assert result.code == 0, (result, unreleased_id)
    assert "site/content/img/torn.jpg: it is damaged, or was cut short" in result.out
    assert "site/content/img/huge.png: it is far too large" in result.out
    assert (workspace.public / "img/torn.jpg").read_bytes() != UNREADABLE["torn.jpg"]()
    assert len(read_left_out(workspace)) == 2


ODD = {
    "CMYK": lambda frame: saved_as(frame.convert("CMYK"), "JPEG"),
    "16 bits": lambda frame: saved_as(
        Image.fromarray(np.asarray(frame.convert("L"), np.uint16) * 180 + 4000), "PNG"
    ),
    "floating": lambda frame: saved_as(
        Image.fromarray(np.asarray(frame.convert("L"), np.float32) / 255), "TIFF"
    ),
    "one bit": lambda frame: saved_as(frame.resize((640, 360)).convert("1"), "PNG"),
    "seen through": lambda frame: saved_as(_with_alpha(frame), "PNG"),
    "turned": lambda frame: _turned(frame),
}


def _with_alpha(frame: Image.Image) -> Image.Image:
    frame = frame.convert("RGBA")
    frame.putalpha(230)
    return frame


def _turned(frame: Image.Image) -> bytes:
    """Lying on its side, with a note which way is up."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return jpeg(frame.rotate(90, expand=True), exif=exif)


@pytest.mark.parametrize("odd", ODD)
def test_a_picture_of_an_odd_kind_is_known(known: KnownFrames, odd: str) -> None:
    likenesses = known.likenesses(read_picture(ODD[odd](frame_of("Ruth", 9))))
    assert likenesses["Ruth"] >= ALIKE, likenesses


def test_a_film_is_decoded_once(
    workspace: Workspace, run_cli: Cli, unreleased_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(workspace, "site/content/img/other.jpg", jpeg(frame_of("Bina", 2, room="kitchen")))
    put(workspace, "site/content/img/other.mp4", film_bytes("Bina", "kitchen"))
    monkeypatch.setattr(story_frames, "_LARGE_BYTES", 0)
    first = run_cli("site", "build")
    assert first.code == 0
    assert f"Looking at what was filmed of {unreleased_id}" in first.err
    with monkeypatch.context() as later:
        later.setattr(story_frames, "frames_of_own_film", _decoded_again)
        later.setattr(written_pictures, "sampled_frames", _decoded_again)
        later.setattr(written_pictures, "read_picture", _decoded_again)
        assert run_cli("site", "build").code == 0
    folder = workspace.story(unreleased_id)
    assert frames_of_recording(folder).size
    folder.frames.write_bytes(b"{")
    assert frames_of_recording(folder).size, "made anew"


def _decoded_again(*_values: object, **_named: object) -> None:
    raise AssertionError("decoded again")


def test_a_face_that_was_hidden_in_the_film_is_not_shown_elsewhere(workspace: Workspace) -> None:
    story_id = filmed(workspace, "Not to be seen")
    folder = workspace.story(story_id)
    show(workspace, story_id, "Omar", room="kitchen")
    folder.working.write_bytes(film_bytes("Ruth", "ward"))
    story = ReleasedStory(
        page=struct_file.load(folder.page, StoryPage, next_step=""),
        cut="",
        level_of_use="",
        released=date(2026, 1, 1),
        review=date(2027, 1, 1),
        files={},
    )
    face, blurred = (
        read_picture(jpeg(passed_on())),
        read_picture(jpeg(frame_of("Omar", 3, room="kitchen"))),
    )
    hidden = UnreleasedPictures(workspace, [msgspec.structs.replace(story, picture="blurred")])
    assert hidden.stories_in(face) == (story_id,)
    assert hidden.stories_in(blurred) == ()
    assert UnreleasedPictures(workspace, [story]).stories_in(face) == ()


def test_a_film_that_cannot_be_looked_at_is_said(workspace: Workspace, run_cli: Cli) -> None:
    story_id = filmed(workspace, "A film of no known kind")
    put(workspace, "site/content/img/other.jpg", jpeg(frame_of("Bina", 2, room="kitchen")))
    result = run_cli("site", "build")
    assert result.code == 0
    assert f"The film of {story_id} cannot be looked at" in result.out + result.err


def test_what_an_extension_puts_into_a_page_is_looked_at_too(
    workspace: Workspace, run_cli: Cli, unreleased_id: str
) -> None:
    """From outside `site/`, where nobody looks through what people wrote."""
    put(workspace, "elsewhere/ruth.jpg", jpeg(passed_on()))
    put(workspace, "site/content/visit.md", b'# A visit\n\n<img src="ruth.jpg" alt="">\n')
    config = workspace.config.read_text(encoding="utf-8")
    assert "markdown_extensions:\n" in config
    extension = (
        f"markdown_extensions:\n  - pymdownx.b64:\n      base_path: {workspace.root}/elsewhere\n"
    )
    workspace.config.write_text(config.replace("markdown_extensions:\n", extension), "utf-8")
    result = run_cli("site", "build")
    assert result.code == 4, result
    assert f"({unreleased_id}) stands in visit.html" in result.err
    assert not workspace.public.exists()


def test_a_withdrawal_searches_the_site_for_pictures(
    workspace: Workspace, unreleased_id: str
) -> None:
    put(workspace, "public/img/ruth.webp", saved_as(passed_on(), "WEBP"))
    put(workspace, "public/img/bina.webp", saved_as(frame_of("Bina", 1, room="kitchen"), "WEBP"))
    left, unknown = pictures_left(workspace, [workspace.public], unreleased_id, ())
    assert [path.name for path in left] == ["ruth.webp"]
    assert not unknown


def test_no_film_is_looked_at_without_need(
    workspace: Workspace, run_cli: Cli, monkeypatch: pytest.MonkeyPatch, unreleased_id: str
) -> None:
    monkeypatch.setattr(story_frames, "frames_of_own_film", _decoded_again)
    assert run_cli("site", "build").code == 0, "no page has a picture"
    sign_off(workspace, unreleased_id)
    approve(workspace, unreleased_id)
    put(workspace, "site/content/img/other.jpg", b"\xff\xd8\xff, and torn")
    assert run_cli("site", "build").code == 0, "every story is shown"
