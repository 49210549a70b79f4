"""The words that a contributor agreed to on the page, kept with the story to be read again.

A trust changes its form, and fills in its settings. What somebody agreed to stays as it was.
"""

from __future__ import annotations

import re

from library.core import files
from library.core.errors import NotFound
from library.core.files import make_folder, translate_disk_errors, write_atomic
from library.core.settings import Settings
from library.core.workspace import Workspace
from library.forms.form_markup import FINGERPRINT
from library.forms.html_page import form_page
from library.forms.placeholders import FormStory
from library.forms.wording import Wording

_CODE = re.compile(r"[0-9a-f]{8}")
_BOX = re.compile(r"<input [^>]*type=\"checkbox\"[^>]*>")
_TEAM = '<div class="team">'
"""The start of what is for whoever takes the agreement."""


def keep_agreed_form(
    workspace: Workspace, wording: Wording, settings: Settings, story: FormStory
) -> str:
    """Keep the page of a form as it is now, read-only; returns its code.

    Raises BadInput for a wording that cannot be read, NoRoom or DiskFailed.
    """
    page = form_page(workspace, wording, settings, story, large=False)
    folder = workspace.story(story.id).agreed_forms
    path = folder / f"{page.code}.html"
    if not path.is_file():
        with translate_disk_errors(folder, "make"):
            make_folder(folder)
        write_atomic(path, page.html.encode())
        with translate_disk_errors(path):
            files.system.chmod(path, 0o400)
    return page.code


def read_agreed_words(workspace: Workspace, story_id: str, code: str) -> str:
    """Return the words of the page that was kept under a code, as HTML below its heading.

    Raises NotFound, DiskFailed.
    """
    path = workspace.story(story_id).agreed_forms / f"{code}.html"
    if not _CODE.fullmatch(code) or not path.is_file():
        raise NotFound(
            f"The words that were agreed to for {story_id} are not kept on this computer.",
            "They stand on the signed form.",
        )
    with translate_disk_errors(path, "read"):
        page = path.read_text(encoding="utf-8")
    # What was typed into a form is escaped: the element is the only one of its kind.
    return page[page.index("<main>") : page.index("</main>") + len("</main>")]


def required_lines(html: str) -> int:
    """Return how many boxes of a form’s words have to be ticked by whoever agrees."""
    boxes = _BOX.findall(html.partition(_TEAM)[0])
    return sum(f'value="{FINGERPRINT}"' not in box for box in boxes)
