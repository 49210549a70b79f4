"""A package for a learning system, by SCORM 1.2: one zip with its manifest and one course in it.

    whole    index.html is the course; the films, captions and letters that it needs lie beside it
    thin     index.html is a frame around the library's own page, and holds nothing of the course

Both tell the learning system which step somebody is at and that they have finished: never a score.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from delivery.handover import Delivered, Order, hand_over
from delivery.material import Material, released_material
from library.consent.copies import checked_recipient
from library.core.audience import Audience
from library.core.errors import BadInput, CarerStoriesError
from library.core.files import human_size, require_room, translate_disk_errors, write_atomic
from library.core.settings import Settings, load_settings, site_audience
from library.core.workspace import Workspace
from library.records.copies import course_path, session_path
from library.workspace_template import template
from publish.build import leak_rules
from publish.bundle import captions_script, captions_script_path, released_files
from publish.edition import Edition, audience_of, read_edition
from publish.forbidden import forbidden_content
from publish.leaks.scan import check_leaks
from publish.page_checks import broken_links, invalid_pages
from publish.render import text
from publish.render.course import (
    COURSE_SCRIPTS,
    COURSE_SHEETS,
    UNTIL_SCRIPT,
    Course,
    CourseStep,
    render_course,
)
from publish.render.embed import NOT_SHOWN_PAGE
from publish.render.templating import page_environment
from publish.written_faults import page_faults

MANIFEST, FIRST_PAGE = "imsmanifest.xml", "index.html"
LARGEST_BYTES = 2_000_000_000
"""Bytes of a whole package: more is taken by no learning system that we know of."""
_ROOM_FOR_PAGES = 4_000_000
_PAGE_FOLDER = Path(__file__).with_name("page")
_RECORD = "record.js"
_THIN_SCRIPTS = (_RECORD, "thin.js")
_THIN_SHEET = "thin.css"
_ASSETS = (UNTIL_SCRIPT, *COURSE_SCRIPTS, *COURSE_SHEETS)
_PACKED_ALREADY = {".mp4", ".jpg", ".woff2"}
_DATE = (1980, 1, 1, 0, 0, 0)
"""Of every file in a zip, so that the same package is the same zip."""
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def deliver_package(
    workspace: Workspace, source: str, audience: Audience, order: Order
) -> Delivered:
    """Make the package of a story or training session, and enter it in the register.

    It is thin where the order says so.

    Raises BadInput for a package that would be too large, and for a thin one where the settings
    name no address or no site that may show a story, or that is for others than the site is; what
    else `released_material` and `hand_over` raise. Nothing is there then.
    """
    checked_recipient(order.recipient)
    settings, thin = load_settings(workspace), order.form == "scorm-thin"
    edition = _edition_on_site(workspace)
    if thin:
        _require_reachable(settings)
        _require_audience_of_site(settings, edition, audience)
    with released_material(workspace, source, audience) as material:
        if thin:
            _require_on_site(material)

        def write(copy_id: str, path: Path) -> None:
            write_package(workspace, material, copy_id, path, thin=thin)

        delivered = hand_over(workspace, material, order, ".zip", write)
        if thin:
            is_there = (workspace.public / _path_on_site(material)).exists()
            knows_sites = edition is not None and edition.library.frames == settings.embed
            return replace(delivered, needs_build=not (is_there and knows_sites))
        return delivered


def write_package(
    workspace: Workspace, material: Material, copy_id: str, path: Path, *, thin: bool = False
) -> None:
    """Write the package as a zip, looked through before. The films are taken out of `material`.

    Raises BadInput for one that would be too large, NotAllowed, ToolFailed, NoRoom, DiskFailed.
    """
    settings = load_settings(workspace)
    pages = material.bundle.folder / "package"
    with translate_disk_errors(pages, "make"):
        pages.mkdir()
    lay = _lay_thin if thin else _lay_whole
    hashed = lay(material, settings, copy_id, pages)
    _write_manifest(pages, _title_for_system(material, thin=thin), copy_id)
    size = _size_of(pages)
    _require_not_too_large(size, material.source)
    _check(workspace, material, pages, hashed)
    require_room(path, size + _ROOM_FOR_PAGES)
    _write_zip(pages, path)


# What is in a package


def _lay_whole(
    material: Material, settings: Settings, copy_id: str, pages: Path
) -> Mapping[str, str]:
    """Lay the course and all it needs; return the SHA-256 of each released file by its path."""
    course = Course(material.stories, material.plan)
    needed = _files_of(course.steps)
    hashed = {}
    for released in released_files(material.bundle):
        if released.path not in needed:
            continue
        target = pages / released.path
        with translate_disk_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            # Hashed a moment ago; on the same disk, and the edition goes when this is done.
            released.source.rename(target)
        hashed[released.path] = released.sha256
        if script := captions_script_path(released.path):
            _write(pages / script, captions_script(target))
    for name in (*_ASSETS, *(f"assets/fonts/{path.name}" for path in _font_files())):
        _copy(template().root / "site" / name, pages / name)
    _copy(_PAGE_FOLDER / _RECORD, pages / _RECORD)
    page = render_course(course, material.edition, _RECORD, settings.delivery, copy=copy_id)
    _write(pages / FIRST_PAGE, page)
    return hashed


def _files_of(steps: Iterable[CourseStep]) -> set[str]:
    """Return the paths of the released files that a course needs."""
    needed = set()
    for clip in filter(None, (step.clip for step in steps)):
        named = {clip.file, "poster.jpg"}
        needed |= {
            f"stories/{clip.story.page.id}/{name}"
            for name in clip.story.files
            if name in named or name.startswith("captions.")
        }
    return needed


def _lay_thin(
    material: Material, settings: Settings, copy_id: str, pages: Path
) -> Mapping[str, str]:
    """Lay the frame with its one script and sheet: there is no released file in it."""
    address = urlsplit(settings.address)
    values = {
        "title": _title_for_system(material, thin=True),
        "address": settings.address,
        "origin": f"{address.scheme}://{address.netloc}",
        "path": _path_on_site(material),
        "gone": NOT_SHOWN_PAGE,
        "rule": settings.delivery,
        "copy": copy_id,
    }
    _write(pages / FIRST_PAGE, _render("thin.html", values))
    scripts = [(_PAGE_FOLDER / name).read_text(encoding="utf-8") for name in _THIN_SCRIPTS]
    _write(pages / "package.js", "\n".join(scripts))
    _write(pages / _THIN_SHEET, (_PAGE_FOLDER / _THIN_SHEET).read_text(encoding="utf-8"))
    return {}


def _path_on_site(material: Material) -> str:
    """Return the path in the site of the page that is the course."""
    if material.plan is None:
        return course_path(material.stories[0].page.id)
    return session_path(material.plan.id)


def _title_for_system(material: Material, *, thin: bool) -> str:
    """Return the title in the manifest: a thin package holds no word of a story."""
    if not thin:
        return text.plain(material.title)
    return "A session with carers’ stories" if material.plan else "A carer’s story"


def _write_manifest(pages: Path, title: str, copy_id: str) -> None:
    names = [
        path.relative_to(pages).as_posix() for path in sorted(pages.rglob("*")) if path.is_file()
    ]
    # The page that a system opens stands first.
    names.sort(key=lambda name: name != FIRST_PAGE)
    values = {"title": title, "copy": copy_id, "names": names}
    _write(pages / MANIFEST, _render(MANIFEST, values))


# Refusals


def _require_reachable(settings: Settings) -> None:
    """Raise BadInput where a learning system could not show the library's own pages."""
    address = urlsplit(settings.address)
    if not settings.address:
        raise BadInput(
            "A thin package shows what stands on your own server, and nobody has said where that "
            "is: interviews/settings.yml has no address.",
            "Write it there, then build the site: carer-stories site build",
        )
    if address.scheme != "https" and address.hostname not in _THIS_MACHINE:
        raise BadInput(
            f"interviews/settings.yml: address: {settings.address} begins with http: the pages of "
            "a learning system show nothing from there.",
            "Serve the library by https, and write that address.",
        )
    if not settings.embed:
        raise BadInput(
            "A thin package shows stories in a frame, and interviews/settings.yml names no site "
            "that may do so: embed is empty.",
            "Write the beginning of the learning system’s address there, such as "
            "https://learning.example, then build the site: carer-stories site build",
        )


def _edition_on_site(workspace: Workspace) -> Edition | None:
    with suppress(CarerStoriesError):
        return read_edition(workspace)
    return None


def _require_audience_of_site(
    settings: Settings, edition: Edition | None, audience: Audience
) -> None:
    """Raise BadInput where the site, which a thin package shows, is for others."""
    shown_to = audience_of(edition) if edition else site_audience(settings)
    if shown_to != audience:
        raise BadInput(
            f"A thin package shows what the site shows, which is for “{shown_to.word}”: it cannot "
            f"be for “{audience.word}”.",
            f"Say --audience {shown_to.word}, or build the site for them: "
            f"carer-stories site build --audience {audience.word}",
        )


def _require_on_site(material: Material) -> None:
    """Raise BadInput for a session whose words are on no page that a frame may show."""
    if material.plan is not None and not material.plan.alone:
        plan = f"interviews/training/{material.plan.id}.yml"
        raise BadInput(
            "A thin package shows the session from your own server, on a page that is not made: "
            f"{plan} does not say that one person may go through it alone.",
            f"If its words may stand there, write alone: true into {plan}, then build the site: "
            "carer-stories site build",
        )


def _require_not_too_large(size: int, source: str) -> None:
    if size > LARGEST_BYTES:
        raise BadInput(
            f"The package of {source} would be {human_size(size)}; learning systems take no more "
            f"than {human_size(LARGEST_BYTES)}.",
            "Deliver it with --thin, or a session with fewer or shorter stories.",
        )


def _check(
    workspace: Workspace, material: Material, pages: Path, hashed: Mapping[str, str]
) -> None:
    """Look through all that was laid, as through the site. Raises NotAllowed, ToolFailed."""
    if troubles := broken_links(pages) + invalid_pages(pages):
        raise page_faults(workspace, pages, troubles)
    rules = leak_rules(workspace, material.bundle, forbidden_content(workspace, set(material.cuts)))
    check_leaks(pages, replace(rules, shipped=rules.shipped | _own_files()), hashed)


@cache
def _own_files() -> frozenset[str]:
    """Return the SHA-256 of what comes with the program: nobody's words are in it."""
    return frozenset(
        hashlib.sha256(path.read_bytes()).hexdigest() for path in _PAGE_FOLDER.iterdir()
    )


# Files


def _font_files() -> list[Path]:
    return sorted((template().assets / "fonts").iterdir())


def _size_of(folder: Path) -> int:
    with translate_disk_errors(folder, "read"):
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _write(path: Path, words: str) -> None:
    write_atomic(path, words.encode(), mode=0o644)


def _copy(source: Path, target: Path) -> None:
    with translate_disk_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _write_zip(folder: Path, archive: Path) -> None:
    """Write the zip: the manifest first and at its root, every name in plain ASCII, no date."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    paths.sort(key=lambda path: path.name != MANIFEST)
    with translate_disk_errors(archive), zipfile.ZipFile(archive, "w") as packed:
        for path in paths:
            info = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _DATE)
            # Unix, a plain file that all may read: whatever system makes it, the zip is the same.
            info.create_system, info.external_attr = 3, 0o100644 << 16
            is_packed = path.suffix in _PACKED_ALREADY
            info.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
            info.file_size = path.stat().st_size
            with path.open("rb") as source, packed.open(info, "w") as target:
                shutil.copyfileobj(source, target)


def _render(name: str, values: Mapping[str, object]) -> str:
    return _environment.get_template(name).render(values) + "\n"


_environment = page_environment(Path(__file__).with_name("templates"))
