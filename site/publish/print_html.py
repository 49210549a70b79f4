"""Pages to print or hand over: one file of HTML each, which asks nothing of any other place.

Receipts and what is gathered for a contributor are read years later, from a stick, by people with
screen readers and printers. Every text is encoded here, once; what is HTML already says so by its
type. No script, no link to elsewhere, and a policy that forbids both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from html import escape
from pathlib import Path

from markupsafe import Markup

from library.core.sanitise import printable
from library.forms.print_page import print_page

STYLE = Path(__file__).with_name("paper.css")


class Html(str):
    """Text that is HTML already, made by this module; every other text is encoded."""


def encoded(value: object) -> Html:
    """Return the value as HTML that shows it as it is, without control and direction characters."""
    if isinstance(value, Html):
        return value
    return Html(escape(printable(str(value))))


def page(title: str, parts: Iterable[Html], *, foot: str) -> str:
    """Return a whole page. `foot` stands at its end, and tells a loose sheet whose it is."""
    words = "\n".join(parts)
    body = f"<header>\n<h1>{encoded(title)}</h1>\n</header>\n<main>\n{words}\n</main>"
    return print_page(
        printable(title),
        Markup(body),  # noqa: S704 - every text in it is encoded above
        foot=printable(foot),
        style=STYLE.read_text(encoding="utf-8"),
        allow="img-src 'self'; media-src 'self'",
    )


def section(title: str, parts: Iterable[Html], *, name: str = "") -> Html:
    """Return a heading and what stands under it; `name` is what a link to it is called."""
    anchor = f' id="{escape(name)}"' if name else ""
    return Html(
        f"<section{anchor}>\n<h2>{encoded(title)}</h2>\n" + "\n".join(parts) + "\n</section>"
    )


def heading(words: object) -> Html:
    """Return a heading within a section."""
    return Html(f"<h3>{encoded(words)}</h3>")


def paragraph(words: object, *, kind: str = "") -> Html:
    """Return a paragraph; its line ends are kept."""
    marked = f' class="{escape(kind)}"' if kind else ""
    return Html(f"<p{marked}>{Html(encoded(words).replace(chr(10), '<br>'))}</p>")


def bullets(items: Iterable[object]) -> Html:
    return Html("<ul>\n" + "".join(f"<li>{encoded(item)}</li>\n" for item in items) + "</ul>")


def contents(links: Iterable[object]) -> Html:
    """Return a table of contents, for the beginning of a long page."""
    return Html(f'<nav aria-label="On this page">\n{bullets(links)}\n</nav>')


def facts(rows: Iterable[tuple[str, object]]) -> Html:
    """Return names and what they stand for, as a list."""
    rows_html = "".join(
        f"<div><dt>{encoded(name)}</dt><dd>{encoded(value)}</dd></div>\n" for name, value in rows
    )
    return Html(f"<dl>\n{rows_html}</dl>")


def table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Html:
    """Return a table whose first column names each row."""
    top = "".join(f'<th scope="col">{encoded(cell)}</th>' for cell in headings)
    lines = "".join(f"<tr>{_row(cells)}</tr>\n" for cells in rows)
    return Html(
        f"<table>\n<caption>{encoded(caption)}</caption>\n"
        f"<thead><tr>{top}</tr></thead>\n<tbody>\n{lines}</tbody>\n</table>"
    )


def details(summary: object, parts: Iterable[Html]) -> Html:
    """Return something long, folded away until it is opened; a printer gets it all the same."""
    inside = "\n".join(parts)
    return Html(f"<details>\n<summary>{encoded(summary)}</summary>\n{inside}\n</details>")


def player(kind: str, source: str, label: str, *, poster: str = "") -> Html:
    """Return a film (`video`) or recording (`audio`) that lies beside the page."""
    element = f' poster="{escape(poster)}"' if poster else ""
    return Html(
        f'<{kind} controls preload="metadata" aria-label="{encoded(label)}" '
        f'src="{escape(source)}"{element}></{kind}>'
    )


def code(value: object) -> Html:
    """Return something to be copied letter by letter."""
    return Html(f"<code>{encoded(value)}</code>")


def link(to: str, words: object) -> Html:
    """Return a link to a file beside the page, or to a part of it."""
    return Html(f'<a href="{escape(to)}">{encoded(words)}</a>')


def joined(parts: Iterable[object], between: str = " ") -> Html:
    return Html(between.join(encoded(part) for part in parts))


def in_fours(digits: str) -> Html:
    """Return a hash to read from paper: groups of four, whose gaps are not copied with it."""
    groups = (digits[at : at + 4] for at in range(0, len(digits), 4))
    return Html(
        '<code class="hash">' + "".join(f"<span>{group}</span>" for group in groups) + "</code>"
    )


def day(when: date) -> str:
    """Return a date as 31 January 2026."""
    return f"{when.day} {when:%B %Y}"


def _row(cells: Sequence[object]) -> str:
    first, *others = (encoded(cell) for cell in cells)
    return f'<th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in others)
