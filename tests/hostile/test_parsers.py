"""Any bytes give a right result or a refusal that says what and where; nothing else changes.

`HOSTILE=2000 .venv/bin/pytest tests/hostile/test_parsers.py` tries so many for each parser.
"""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from library.core.workspace import Workspace
from tests.hostile.mutations import renamed
from tests.hostile.parser_property import check_parser
from tests.hostile.parsers import BY_NAME, PARSERS, TESTED_ELSEWHERE
from tests.hostile.typed_values import examples_of
from tests.support.workspaces import make_workspace

ROOT = Path(__file__).resolve().parents[2]
TRIES = int(os.environ.get("HOSTILE", "0"))
_IN_SUITE, _COSTLY_IN_SUITE = 40, 15


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_workspace(tmp_path_factory.mktemp("hostile") / "library")


@pytest.mark.parametrize("name", BY_NAME)
def test_what_is_right_is_taken(library: Workspace, name: str) -> None:
    parser = BY_NAME[name]
    for data in parser.examples():
        data = renamed(data) if "hostile" in parser.path else data
        assert check_parser(parser, library, data), data[:200]


@pytest.mark.parametrize("name", BY_NAME)
def test_any_bytes_are_read_rightly_or_refused(library: Workspace, name: str) -> None:
    parser = BY_NAME[name]
    examples = examples_of(parser)
    tries = TRIES or (_COSTLY_IN_SUITE if parser.costly else _IN_SUITE)

    @settings(
        max_examples=tries,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],  # shrinking what is long takes longer than reading it
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(examples)
    def try_bytes(data: bytes) -> None:
        check_parser(parser, library, data)

    try_bytes()


_PLACE = '{"port": %s, "token": "%s", "started": "%s"}'
_HEAD = "---\ntitle: A form\nversion: 1\nlanguage: en-GB\n---\n"
FOUND = (
    ("settings", "review_months: 0x_"),
    ("themes", "2020-99-99"),
    ("themes", '"\\ud800"'),
    ("settings", '"\\ud800": a'),
    ("question set", 'id: hostile\n"\\ud800": a'),
    ("training plan", 'id: hostile\n"\\ud800": a'),
    ("glossary", "terms: " + "[" * 5_000),
    ("names list", "!!bool x"),
    ("settings", "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]"),
    ("settings", 'title: "\\0"'),
    ("question set", "[" + "a," * 200_000),
    ("form", "---\n" + "- " * 20_000),
    ("form", _HEAD + '{{ "x" * 10**10 }}'),
    ("form", _HEAD + '{{ "x".center(10**10) }}'),
    ("form", _HEAD + '{{ "x" | center(10**10) }}'),
    ("form", _HEAD + "{% for a in 'xxxxxxxxxx' %}a{% endfor %}"),
    ("form", _HEAD + "{{ " + "(" * 20_000),
    ("marks", "<a>" * 20_000),
    ("editor’s copy", "[" * 200_000),
    ("editor’s copy", "[[a|b" * 40_000 + "]]"),
    ("marks", "0:01 " + "9" * 5_000),
    ("database", '{"header":' + "[" * 200_000),
    ("database", '{"a":' * 200_000 + "\n\n"),
    ("manifest, for status", '{"x":' + "[" * 200_000),
    ("cut", '{"story":"a","artefacts":{},"recipe":{"reel":"' + "[" * 200_000 + '"}}'),
    ("station’s place", _PLACE % (8080, "t" * 43, "2026-01-01")),
    ("station’s place", _PLACE % (-1, "t" * 43, "2026-01-01T00:00:00Z")),
)
"""Bytes at which a parser failed when these tests were new: another exception, a sentence without
end, or no end at all."""


@pytest.mark.parametrize(("name", "text"), FOUND, ids=lambda text: text[:30] if text else "")
def test_what_was_found_stays_mended(library: Workspace, name: str, text: str) -> None:
    check_parser(BY_NAME[name], library, text.encode())


# None forgotten

_DECODES = {
    "decode": ("msgspec.json", "_DECODER", "_STAMP", "_HEADER"),
    "load_if_present": ("struct_file",),
    "load_if_readable": ("struct_file",),
    "Decoder": ("msgspec.json",),
    "convert": ("msgspec",),
    "loads": ("json",),
    "load": ("yaml", "struct_file"),
    "safe_load": ("yaml",),
    "read_tree": ("tree",),
    "read_yaml": ("",),
    "fromstring": ("", "ElementTree"),
    "reader": ("csv",),
    "ZipFile": ("zipfile",),
    "open": ("Image", "av"),
}
"""Calls that turn bytes into something: their name, and whose they are."""


def _parsing_modules() -> set[str]:
    modules_found = set()
    for folder, package in (
        ("library", "library"),
        ("capture", "capture"),
        ("transcribe", "transcribe"),
        ("site/films", "films"),
        ("site/publish", "publish"),
        ("site/delivery", "delivery"),
        ("site/stewardship", "stewardship"),
    ):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if any(_decodes(node) for node in ast.walk(ast.parse(path.read_text("utf-8")))):
                inside = path.relative_to(ROOT / folder).with_suffix("").parts
                modules_found.add(
                    ".".join([package, *(module for module in inside if module != "__init__")])
                )
    return modules_found


def _decodes(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    function_name = ast.unparse(node.func)
    owner, _, name = function_name.rpartition(".")
    if "w" in [ast.literal_eval(arg) for arg in node.args[1:2] if isinstance(arg, ast.Constant)]:
        return False  # an archive that is written
    return name in _DECODES and owner in _DECODES[name]


def test_every_parser_is_in_the_table() -> None:
    """A module that decodes something is in the table, or has a reason why it needs none."""
    covered = {module for parser in PARSERS for module in parser.modules} | TESTED_ELSEWHERE.keys()
    unknown = sorted(_parsing_modules() - covered)
    assert not unknown, f"tests/hostile/parsers.py does not know these parsers: {unknown}"


def test_no_parser_that_is_gone_is_in_the_table() -> None:
    for module in {
        module for parser in PARSERS for module in parser.modules
    } | TESTED_ELSEWHERE.keys():
        is_in_site = module.startswith(("films", "publish", "delivery", "stewardship"))
        module_path = ROOT.joinpath("site" if is_in_site else "", *module.split("."))
        assert (
            module_path.with_suffix(".py").is_file() or (module_path / "__init__.py").is_file()
        ), module
