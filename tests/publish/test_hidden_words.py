"""Words of stories that may not be shown, written so that people read them and no search does."""

from __future__ import annotations

import base64
import gzip
import io
import json
import quopri
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from library.core.workspace import Workspace
from library.workspace_template import template
from publish.handwritten import _file_texts, _written_files
from publish.story_words import file_texts
from publish.unreleased_words import UnreleasedWords
from tests.support.command_line import CommandResult
from tests.support.quick_stories import filmed, released

Cli = Callable[..., CommandResult]
SAID = "My sister’s doctor waited eleven hours on a plastic chair before anyone spoke to us."
QUOTE = "sister’s doctor waited eleven hours on a plastic chair before anyone spoke"
WORDS = QUOTE.split()
TITLE = "The Plastic Chair Nobody Paid For"


def each(form: str) -> str:
    """Return every word of the quotation in this form, with its number."""
    return "\n".join(form.format(word=word, number=number) for number, word in enumerate(WORDS))


def zipped(text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", text)
    return packed.getvalue()


def letters(form: str, between: str = "") -> str:
    """Return every letter of the quotation in this form."""
    return between.join(form.format(letter=letter, code=ord(letter)) for letter in QUOTE)


UPSIDE_DOWN = str.maketrans(
    "abcdefghijklmnopqrtuvwyz",
    "\u0250q\u0254p\u01dd\u025f\u0183\u0265\u1d09\u027e\u029el\u026fuodb\u0279\u0287n\u028c\u028d\u028ez",
)
TRICKS: dict[str, tuple[str, str | bytes]] = {
    # Turned.
    "bdo": ("a.md", f'<bdo dir="rtl">{QUOTE[::-1]}</bdo>'),
    "RLO": ("a.md", f"\u202e{QUOTE[::-1]}\u202c"),
    "each word in a bdo": ("a.md", " ".join(f"<bdo dir=rtl>{word[::-1]}</bdo>" for word in WORDS)),
    "last word first": (
        "a.md",
        f'<p style="flex-direction: row-reverse">{" ".join(WORDS[::-1])}</p>',
    ),
    # Parted.
    "no blanks": ("a.md", "".join(WORDS)),
    "no blanks, no apostrophe": ("a.md", "".join(WORDS).replace("’", "")),
    "camel case": ("a.md", "".join(word.title() for word in WORDS)),
    "letters apart": ("a.md", " ".join(QUOTE.replace(" ", ""))),
    "dots": ("a.md", QUOTE.replace(" ", "·")),
    "soft hyphens": ("a.md", "\u00ad".join(QUOTE)),
    "zero width": ("a.md", QUOTE.replace("a", "a\u200b").replace(" ", "\u2063")),
    "tags in every word": ("a.md", " ".join(f"<b>{word[:2]}</b>{word[2:]}" for word in WORDS)),
    "a block for each": ("a.md", each("<div>{word}</div>")),
    "a cell for each": ("a.md", each("<tr><td>{number}</td><td>{word}</td></tr>")),
    "numbered": ("a.md", each("{number}. {word}")),
    "escapes of Markdown": ("a.md", each("\\_{word}\\_").replace("\n", "\\ ")),
    "fenced code": ("a.md", "```\n" + each("{word}") + "\n```"),
    "comments": ("a.md", each("<!-- {word} -->")),
    "comments between": ("a.md", each("<!-- {word} --> something else")),
    "hidden between": ("a.md", each("{word}<span hidden>quite another thing</span>")),
    "not displayed between": ("a.md", each('{word}<i style="display: none">not this</i>')),
    "entities": ("a.md", "".join(f"&#x{ord(letter):x};" for letter in QUOTE)),
    "look-alikes": ("a.md", QUOTE.replace("a", "а").replace("o", "о").replace(" ", "")),
    # In what shows them otherwise.
    "title": ("a.md", f'<abbr title="{QUOTE}">x</abbr>'),
    "one attribute each": ("a.md", each('<i title="{word}">thing</i>')),
    "numbered attributes": ("a.md", f"<p {each('data-{number}={word}')}>thing</p>"),
    "aria-label among others": (
        "a.md",
        each('<i class="mark" aria-label="{word}" id="i{number}"></i>'),
    ),
    "placeholder": ("a.md", each('<input type="text" placeholder="{word}">')),
    "footnotes": ("a.md", each("thing[^{number}]\n\n[^{number}]: {word}\n")),
    "front matter": ("a.md", "---\n" + each("k{number}: {word}") + "\n---\n# Hello"),
    "front matter, a list": ("a.md", "---\nwords:\n" + each("  - {word}") + "\n---\n# Hello"),
    "content of a style": (
        "site/assets/x.css",
        each('.a{number}::before {{ content: "{word} "; }}'),
    ),
    "comments of a style": ("site/assets/x.css", each(".a{number} {{ color: red }} /* {word} */")),
    "escapes of a style": (
        "site/assets/x.css",
        'p::after { content: "' + "".join(f"\\{ord(letter):06x}" for letter in QUOTE) + '" }',
    ),
    "strings of a script": ("site/assets/x.js", each('words.push("{word}");')),
    "fields of a script": ("site/assets/x.js", "x = {" + each('w{number}: "{word}",') + "}"),
    "codes of letters": (
        "site/assets/x.js",
        f"String.fromCharCode({', '.join(str(ord(letter)) for letter in QUOTE)})",
    ),
    "a template": ("site/overrides/partials/x.html", each("{{# {word} #}}<p>thing</p>")),
    "JSON": ("site/assets/x.json", json.dumps({f"k{n}": word for n, word in enumerate(WORDS)})),
    # Packed.
    "Base64": ("a.md", f"![x](data:text/plain;base64,{base64.b64encode(QUOTE.encode()).decode()})"),
    "Base64 of a script": (
        "site/assets/x.js",
        f'atob("{base64.b64encode(QUOTE.encode()).decode()}")',
    ),
    "Base64 in pieces": (
        "site/assets/x.js",
        '"+"'.join(
            base64.b64encode(QUOTE.encode()).decode()[at : at + 22] for at in range(0, 99, 22)
        ),
    ),
    "Base64 of Base64": (
        "a.md",
        base64.b64encode(base64.b64encode(QUOTE.encode())).decode(),
    ),
    "Base64, backwards": ("a.md", base64.b64encode(QUOTE[::-1].encode()).decode()),
    "percent signs": ("a.md", f'<object data="data:text/html,{quote(QUOTE, safe="")}">'),
    "hexadecimal": ("site/assets/x.js", f'"{QUOTE.encode().hex()}"'),
    "Base64 of gzip": ("site/assets/x.js", base64.b64encode(gzip.compress(QUOTE.encode()))),
    "Base64 of zlib": ("site/assets/x.js", base64.b64encode(zlib.compress(QUOTE.encode()))),
    "Base64 for addresses": ("site/assets/x.js", base64.urlsafe_b64encode(QUOTE.encode("utf-16"))),
    "Base64 of each word": (
        "site/assets/x.js",
        json.dumps([base64.b64encode(word.encode()).decode() for word in WORDS]),
    ),
    "hexadecimal of each word": ("site/assets/x.js", json.dumps([w.encode().hex() for w in WORDS])),
    "Base32": ("site/assets/x.js", base64.b32encode(QUOTE.encode())),
    "octal": (
        "site/assets/x.js",
        "".join(f"\\{byte:03o}" for byte in QUOTE.encode("latin-1", "ignore")),
    ),
    "binary": ("site/assets/x.js", " ".join(f"{byte:08b}" for byte in QUOTE.encode())),
    "binary numbers": ("site/assets/x.js", letters("0b{code:b}", ",")),
    "a pattern": ("site/assets/x.js", "/" + r"\s".join(WORDS) + "/"),
    "quoted printable": ("site/content/x.eml", quopri.encodestring(QUOTE.encode(), quotetabs=True)),
    "quoted printable, all of it": (
        "site/content/x.eml",
        "".join(f"={byte:02X}" for byte in QUOTE.encode()),
    ),
    "rich text": (
        "site/content/x.rtf",
        "{\\rtf1 " + each("{{\\b {word}\\par}}").replace("’", "\\'92") + "}",
    ),
    "an archive behind other bytes": ("site/assets/x.bin", b"MZ" + bytes(99) + zipped(QUOTE)),
    "UTF-16 among other bytes": (
        "site/assets/x.bin",
        bytes(range(256)) * 20 + b"\1" + QUOTE.encode("utf-16-be") + bytes(range(256)),
    ),
    # Between other words, or in letters that look otherwise.
    "small letters above": ("a.md", each("<ruby>{word}<rt>hm</rt></ruby>")),
    "hidden by a class": ("a.md", each('{word} <i class="x">quite another thing</i>')),
    "shown by a class": ("a.md", each('<i>one thing</i> <i class="x">{word}</i> <b>more</b>')),
    "every second word": ("a.md", each("{word} w{number}")),
    "a column": ("a.md", each("| {word} | thing |")),
    "entities that are not seen": ("a.md", letters("{letter}", "&zwnj;")),
    "upside down": ("a.md", QUOTE.translate(UPSIDE_DOWN)[::-1]),
    "figures": ("a.md", QUOTE.translate(str.maketrans("aeost", "430$7"))),
    "tags of Unicode": ("a.md", "".join(chr(0xE0000 + ord(c)) for c in QUOTE if c.isascii())),
    # A title, too.
    "title without blanks": ("a.md", TITLE.replace(" ", "")),
    "title backwards": ("a.md", TITLE[::-1]),
}


@pytest.fixture
def unreleased_id(workspace: Workspace) -> str:
    story_id = filmed(workspace, TITLE)
    page = workspace.story(story_id).page
    content = page.read_text(encoding="utf-8")
    page.write_text(content.replace(f"Nobody asked {TITLE}.", SAID), encoding="utf-8")
    return story_id


def written(workspace: Workspace, name: str, text: str | bytes) -> str:
    name = name if "/" in name else f"site/content/{name}"
    path = workspace.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(text, str):
        text = f"Something before.\n{text}\nSomething after.\n".encode()
    path.write_bytes(text)
    return name


@pytest.mark.parametrize("trick", TRICKS)
def test_no_way_of_writing_them_hides_the_words(
    workspace: Workspace, unreleased_id: str, trick: str
) -> None:
    name = written(workspace, *TRICKS[trick])
    places = {each: list(_file_texts(workspace, each)) for each in _written_files(workspace)}

    findings = UnreleasedWords(workspace, ()).found_in(places)

    assert findings.pop(name, ()) == (unreleased_id,)
    assert not findings, "no other file is suspected"


@pytest.mark.parametrize("trick", ["bdo", "strings of a script", "Base64"])
def test_a_build_is_refused_and_says_which_file(
    run_cli: Cli, workspace: Workspace, unreleased_id: str, trick: str
) -> None:
    released(workspace, "Still shown")
    name = written(workspace, *TRICKS[trick])

    result = run_cli("site", "build")

    assert result.code == 4
    assert f"{name} ({unreleased_id})" in result.err
    assert "plastic" not in result.out + result.err


def shipped_texts() -> Iterator[tuple[str, list[str]]]:
    """Every text of the pages, the frame and the question sets that each library begins with."""
    fresh_workspace = template()
    for folder in (
        fresh_workspace.content,
        fresh_workspace.assets,
        fresh_workspace.overrides,
        fresh_workspace.questions,
    ):
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".md", ".html", ".css", ".js", ".yml", ".svg", ".xml"}:
                yield path.name, list(file_texts([path]))


def test_no_shipped_page_has_words_of_an_everyday_story(
    workspace: Workspace, unreleased_id: str
) -> None:
    assert UnreleasedWords(workspace, ()).found_in(dict(shipped_texts())) == {}


def test_everyday_words_in_a_row_are_nobodys(workspace: Workspace, unreleased_id: str) -> None:
    """Six of them, the same letters in other words, and words that a page asks anyway."""
    texts = [
        "They waited eleven hours on a chair, before anyone came.",
        "A plastic chair before anyone spoke.",
        "He said so. It was not as it is, and so it is to be.",
    ]
    assert UnreleasedWords(workspace, ()).found_in({"a page": texts}) == {}


def test_a_question_and_the_tag_after_it_are_nobodys(workspace: Workspace) -> None:
    """The list of questions that the library asks: each is a link, and an answer begins “A”."""
    story_id = filmed(workspace, TITLE)
    question = "Was there someone who made a difference?"
    page = workspace.story(story_id).page
    content = page.read_text(encoding="utf-8")
    said = f"{question} A porter gave us his sandwich."
    page.write_text(content.replace(f"Nobody asked {TITLE}.", said), encoding="utf-8")
    words = UnreleasedWords(workspace, ())
    for is_built in (False, True):
        link = {"a page": [f'<ul><li><a href="q.html">{question}</a></li></ul>']}
        assert words.found_in(link, is_built=is_built) == {}
        more = {"a page": [f"<p>{said}</p>"]}
        assert words.found_in(more, is_built=is_built) == {"a page": (story_id,)}


def test_letters_of_another_script_are_found_backwards_as_well(workspace: Workspace) -> None:
    story_id = filmed(workspace, TITLE)
    sentence = "Моя сестра ждала одиннадцать часов на пластиковом стуле пока никто не пришёл"
    page = workspace.story(story_id).page
    content = page.read_text(encoding="utf-8")
    page.write_text(content.replace(f"Nobody asked {TITLE}.", sentence), encoding="utf-8")

    findings = UnreleasedWords(workspace, ()).found_in({"a page": [sentence[::-1]]})

    assert findings == {"a page": (story_id,)}


def test_the_names_of_files_are_read_backwards_too(
    workspace: Workspace, unreleased_id: str
) -> None:
    name = f"{QUOTE[::-1].replace(' ', '-').replace('’', '')}.md"
    (workspace.content / name).write_text("# Nothing here\n", encoding="utf-8")

    findings = UnreleasedWords(workspace, ()).found_in({"name": [Path(name).name]})

    assert findings == {"name": (unreleased_id,)}
