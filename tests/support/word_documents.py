"""Word documents as Teams and Meet write them: paragraphs of lines."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from itertools import zip_longest
from xml.sax.saxutils import escape

_SPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def word_document(
    paragraphs: Sequence[Sequence[str]],
    packing: int = zipfile.ZIP_DEFLATED,
    extra: str = "",
    levels: Sequence[int | None] = (),
) -> bytes:
    """Return a .docx; `extra` is XML before its first paragraph, `levels` those of lists."""
    line_break = "<w:r><w:br/></w:r>"
    body = "".join(
        f"<w:p><w:pPr><w:jc/>{_list_level(level)}</w:pPr>"
        + line_break.join(
            f'<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">{escape(line)}</w:t></w:r>'
            for line in paragraph
        )
        + "</w:p>"
        for paragraph, level in zip_longest(paragraphs, levels)
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as archive:
        # Entries of a fixed day: the same document has the same bytes.
        archive.writestr(zipfile.ZipInfo("[Content_Types].xml"), "<Types/>", packing)
        xml = f'<w:document xmlns:w="{_SPACE}"><w:body>{extra}{body}</w:body></w:document>'
        archive.writestr(zipfile.ZipInfo("word/document.xml"), xml, packing)
    return file.getvalue()


def _list_level(level: int | None) -> str:
    return "" if level is None else f'<w:numPr><w:ilvl w:val="{level}"/></w:numPr>'
