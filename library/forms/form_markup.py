"""The Markdown of a form: boxes to tick, lines to write on, parts that stay together on paper.

| written | printed |
|---|---|
| `- [ ] words` | a square to tick, any number of them |
| `- [fingerprint] words` | the same; whoever leaves it empty agreed all the same |
| `- ( ) words` | a circle, one of its list |
| `Label: ____` | a line to write on; several may stand on one row |
| `Label: ____ (3 lines)` | a box to write in, as high as three lines |
| `---` | all below is for the staff |

HTML, links and pictures are not read but shown as typed: a form asks nothing of any other place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from library.core.markdown_cost import MarkdownCost

_CHOICE = re.compile(r"^(\[ \]|\[fingerprint\]|\( \))\s+")
FINGERPRINT = "fingerprint"
"""Value of the square whose tick is `library.records.consent.Agreement.recognise_after_erasure`:
the station asks it, and requires it of nobody."""
_FIELD = re.compile(r"([^_]+?):\s*_{3,}(?:\s*\((\d{1,2}) lines\))?")
_ROW = re.compile(rf"(?:\s*{_FIELD.pattern})+\s*")
_NOT_READ = (
    "html",
    "link",
    "reference",
    "short_reference",
    "autolink",
    "automail",
    "image_link",
    "image_reference",
    "short_image_ref",
)


def form_html(text: str, shown_as: str) -> str:
    """Return the form's Markdown as HTML. Raises BadInput where it would take too long."""
    return Markdown(extensions=[FormMarks(), MarkdownCost(shown_as)]).convert(text)


class FormMarks(Extension):
    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        # These would take HTML and definitions of links out, instead of showing them as typed.
        md.preprocessors.deregister("html_block")
        md.parser.blockprocessors.deregister("reference")
        md.parser.blockprocessors.deregister("code")
        for pattern in _NOT_READ:
            md.inlinePatterns.deregister(pattern)
        md.treeprocessors.register(_Fields(md), "form-fields", 30)  # before words are read, at 20
        md.treeprocessors.register(_Parts(md), "form-parts", 15)  # after them


class _Fields(Treeprocessor):
    """Boxes and lines, while the words beside them are still as typed."""

    def run(self, root: Element) -> None:
        # A name for each list: of the circles of one name a browser ticks one.
        for number, choices in enumerate(root.iter("ul"), 1):
            for item in choices:
                self._choice(item, f"choice-{number}")
        for paragraph in list(root.iter("p")):
            self._rows(paragraph)

    def _choice(self, item: Element, name: str) -> None:
        words = item.text or ""
        mark = _CHOICE.match(words)
        if mark is None:
            return
        item.text = ""
        item.set("class", "choice")
        label = Element("label")
        box = {"type": "radio" if mark[1] == "( )" else "checkbox", "name": name}
        if mark[1] == f"[{FINGERPRINT}]":
            box["value"] = FINGERPRINT
        SubElement(label, "input", box)
        SubElement(label, "span").text = words[mark.end() :]
        item.insert(0, label)

    def _rows(self, paragraph: Element) -> None:
        lines = [line for line in (paragraph.text or "").split("\n") if line.strip()]
        if not lines or not all(_ROW.fullmatch(line) for line in lines):
            return
        paragraph.tag = "div"
        paragraph.set("class", "fields")
        paragraph.text = ""
        for line in lines:
            row = SubElement(paragraph, "div", {"class": "row"})
            for field in _FIELD.finditer(line):
                _write_on(row, field[1].strip(), int(field[2] or 1))


def _write_on(row: Element, words: str, lines: int) -> None:
    label = SubElement(row, "label", {"class": "field" if lines == 1 else "field tall"})
    SubElement(label, "span").text = words
    if lines == 1:
        SubElement(label, "input", {"type": "text", "autocomplete": "off"})
    else:
        SubElement(label, "textarea", {"rows": str(lines)})


class _Parts(Treeprocessor):
    """A section for each `##`, a group for each `###`, and the staff's part below the line."""

    def run(self, root: Element) -> None:
        blocks = list(root)
        root[:] = []
        where, part, ids = root, root, _numbers()
        question = None
        heading = ""
        for block in blocks:
            if block.tag == "hr":
                where = part = SubElement(root, "div", {"class": "team"})
                question = None
            elif block.tag == "h2":
                heading = next(ids)
                part = SubElement(where, "section", {"aria-labelledby": heading})
                question = None
                block.set("id", heading)
                part.append(block)
            elif block.tag == "h3":
                question_id = next(ids)
                block.set("id", question_id)
                names = f"{heading} {question_id}".strip()
                question = SubElement(part, "div", {"class": "question", "aria-labelledby": names})
                question.append(block)
            else:
                (part if question is None else question).append(block)
        for group in root.iter("div"):
            if group.get("class") == "question":
                group.set("role", "radiogroup" if _is_choice_of_one(group) else "group")


def _numbers() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"part-{number}"


def _is_choice_of_one(question: Element) -> bool:
    kinds = {field.get("type") for field in question.iter("input")}
    return "radio" in kinds and "checkbox" not in kinds
