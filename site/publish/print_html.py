"""Parts of pages to print or hand over: receipts, and what is gathered for a contributor.

`library.forms.print_page` is the shell they share. Every text is encoded here, once; what is HTML
already is Markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from markupsafe import Markup, escape

from library.core.sanitise import printable
from library.forms.print_page import print_page

STYLE = Path(__file__).with_name("paper.css")


def encoded(value: object) -> Markup:
    """Return the value as HTML that shows it as it is, without control and direction characters."""
    return value if isinstance(value, Markup) else escape(printable(str(value)))


def page(title: str, parts: Iterable[Markup], *, foot: str) -> str:
    """Return a whole page. `foot` stands at its end, and tells a loose sheet whose it is."""
    body = Markup("<header>\n<h1>{}</h1>\n</header>\n<main>\n{}\n</main>")
    return print_page(
        printable(title),
        body.format(encoded(title), _lines(parts)),
        foot=printable(foot),
        style=STYLE.read_text(encoding="utf-8"),
        # No script: these pages are opened from a disk, with people's own words in them.
        allow="img-src 'self'; media-src 'self'",
    )


def section(title: str, parts: Iterable[Markup], *, name: str = "") -> Markup:
    """Return a heading and what stands under it; `name` is what a link to it is called."""
    anchor = Markup(' id="{}"').format(name) if name else Markup()
    return Markup("<section{}>\n<h2>{}</h2>\n{}\n</section>").format(
        anchor, encoded(title), _lines(parts)
    )


def heading(words: object) -> Markup:
    """Return a heading within a section."""
    return Markup("<h3>{}</h3>").format(encoded(words))


def paragraph(words: object, *, kind: str = "") -> Markup:
    """Return a paragraph; its line ends are kept."""
    marked = Markup(' class="{}"').format(kind) if kind else Markup()
    lines = encoded(words).replace("\n", Markup("<br>"))
    return Markup("<p{}>{}</p>").format(marked, lines)


def bullets(items: Iterable[object]) -> Markup:
    listed = (Markup("<li>{}</li>\n").format(encoded(item)) for item in items)
    return Markup("<ul>\n{}</ul>").format(Markup().join(listed))


def contents(links: Iterable[object]) -> Markup:
    """Return a table of contents, for the beginning of a long page."""
    return Markup('<nav aria-label="On this page">\n{}\n</nav>').format(bullets(links))


def facts(rows: Iterable[tuple[str, object]]) -> Markup:
    """Return names and what they stand for, as a list."""
    row = Markup("<div><dt>{}</dt><dd>{}</dd></div>\n")
    listed = Markup().join(row.format(encoded(name), encoded(value)) for name, value in rows)
    return Markup("<dl>\n{}</dl>").format(listed)


def table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Markup:
    """Return a table whose first column names each row."""
    top = (Markup('<th scope="col">{}</th>').format(encoded(cell)) for cell in headings)
    lines = (Markup("<tr>{}</tr>\n").format(_row(cells)) for cells in rows)
    return Markup(
        "<table>\n<caption>{}</caption>\n<thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody>\n</table>"
    ).format(encoded(caption), Markup().join(top), Markup().join(lines))


def details(summary: object, parts: Iterable[Markup]) -> Markup:
    """Return something long, folded away until it is opened; a printer gets it all the same."""
    return Markup("<details>\n<summary>{}</summary>\n{}\n</details>").format(
        encoded(summary), _lines(parts)
    )


def player(kind: str, source: str, label: str, *, poster: str = "") -> Markup:
    """Return a film (`video`) or recording (`audio`) that lies beside the page."""
    picture = Markup(' poster="{}"').format(poster) if poster else Markup()
    return Markup(
        '<{kind} controls preload="metadata" aria-label="{label}" src="{source}"{picture}></{kind}>'
    ).format(kind=kind, label=encoded(label), source=source, picture=picture)


def code(value: object) -> Markup:
    """Return something to be copied letter by letter."""
    return Markup("<code>{}</code>").format(encoded(value))


def link(to: str, words: object) -> Markup:
    """Return a link to a file beside the page, or to a part of it."""
    return Markup('<a href="{}">{}</a>').format(to, encoded(words))


def joined(parts: Iterable[object], between: str = " ") -> Markup:
    return escape(between).join(encoded(part) for part in parts)


def in_fours(digits: str) -> Markup:
    """Return a hash to read from paper: groups of four, whose gaps are not copied with it."""
    groups = (digits[at : at + 4] for at in range(0, len(digits), 4))
    spans = Markup().join(Markup("<span>{}</span>").format(group) for group in groups)
    return Markup('<code class="hash">{}</code>').format(spans)


def _lines(parts: Iterable[Markup]) -> Markup:
    return Markup("\n").join(parts)


def _row(cells: Sequence[object]) -> Markup:
    first, *others = (encoded(cell) for cell in cells)
    rest = Markup().join(Markup("<td>{}</td>").format(cell) for cell in others)
    return Markup('<th scope="row">{}</th>{}').format(first, rest)
