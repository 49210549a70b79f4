"""The conventions of `CONTRIBUTING.md` that a program can check, over all the product."""

from __future__ import annotations

import ast
import gc
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from tests.support.command_line import ROOT

PACKAGES = ("library", "capture", "transcribe", "site")
TESTS_AND_TOOLS = ("tests", "benchmarks", "scripts")
RIDDLES = re.compile(
    r"(What|Where|Whether|When|Why|Who|How|Those|Nothing|The (very )?same|All that)\b"
)
"""First words of a docstring that poses a question instead of saying what the thing is."""
MOST_LATE_IMPORTS = 59
"""Imports inside functions, outside command lines: each is a heavy library, and says so."""

ENCODERS = {
    "library/core/templating.py",
    "library/forms/placeholders.py",
    "site/publish/render/text.py",
}
"""Modules that mark text as HTML: each encodes it in the same line."""
WRITES_XML = {"library/formats/ohms.py", "transcribe/formats/ttml.py"}
READS_PAGES = {
    "library/forms/agreed_forms.py",
    "site/publish/build_receipt.py",
    "transcribe/formats/caption_dialects.py",
}
"""Modules that look for elements in what was written."""
SHOWN_WHERE_ASKED = {"carer_stories.py", "library/core/unforeseen.py"}
"""Modules that show a fault as the program says it: with --verbose alone."""
ELEMENT = re.compile(
    r"</?(a|b|body|br|code|div|dl|dt|h[1-6]|head|html|li|main|meta|p|script|section|span|strong|"
    r"style|svg|table|td|th|title|tr|ul)( [^<>]*)?/?>"
)


COMMAND_LEFT_OPEN = re.compile(r"carer-stories [^\n(]*(?:--[\w-]+ \W?…|…$)")
"""A command to type that has dots where something must be written: nobody can run it."""


def product() -> list[Path]:
    modules = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return sorted([*modules, ROOT / "carer_stories.py"])


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def trees() -> Iterator[dict[Path, ast.Module]]:
    gc.disable()  # it looks through all trees again and again, and none of them is garbage
    yield {path: parsed(path) for path in product()}
    gc.enable()


@pytest.fixture(scope="module")
def nodes(trees: dict[Path, ast.Module]) -> dict[Path, list[ast.AST]]:
    """The nodes of each module, listed once: a walk takes longer than reading the file."""
    return {path: list(ast.walk(tree)) for path, tree in trees.items()}


def is_command_line(path: Path) -> bool:
    return path.name in {"cli.py", "carer_stories.py"} or path.parent.name == "cli"


def definitions(
    within: ast.AST,
) -> Iterator[ast.Module | ast.ClassDef | ast.FunctionDef]:
    """Yield a module, and each class and function in it; expressions hold none, and are left."""
    if isinstance(within, ast.Module | ast.ClassDef | ast.FunctionDef):
        yield within
    for parts in ("body", "orelse", "handlers", "finalbody", "cases"):
        statements = getattr(within, parts, [])
        for statement in statements if isinstance(statements, list) else []:
            yield from definitions(statement)


def test_a_docstring_says_what_the_thing_is(trees: dict[Path, ast.Module]) -> None:
    """Of a module, class or function, and of a field or a constant, which has it below itself."""
    others = [path for folder in TESTS_AND_TOOLS for path in (ROOT / folder).rglob("*.py")]
    riddles = [
        f"{path.relative_to(ROOT)}: {docstring.splitlines()[0]}"
        for path, tree in chain(trees.items(), ((path, parsed(path)) for path in others))
        for node in definitions(tree)
        for statement in node.body
        if isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(docstring := statement.value.value, str)
        and RIDDLES.match(docstring)
    ]
    assert not riddles, "\n".join(riddles)


def test_every_module_says_what_it_is_for(trees: dict[Path, ast.Module]) -> None:
    assert [path for path, tree in trees.items() if not ast.get_docstring(tree)] == []


def test_a_class_name_has_one_meaning(trees: dict[Path, ast.Module]) -> None:
    names = Counter(
        node.name
        for tree in trees.values()
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in names.items() if count > 1] == []


def late_imports(tree: ast.AST, *, inside: bool = False) -> Iterator[ast.stmt]:
    for node in ast.iter_child_nodes(tree):
        if inside and isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        yield from late_imports(node, inside=inside or isinstance(node, ast.FunctionDef))


def test_imports_stand_at_the_top_but_for_heavy_libraries(trees: dict[Path, ast.Module]) -> None:
    late = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in trees.items()
        if not is_command_line(path)
        for node in late_imports(tree)
    ]
    assert len(late) <= MOST_LATE_IMPORTS, late


def test_a_function_is_not_hidden_behind_a_module_of_its_name(
    trees: dict[Path, ast.Module],
) -> None:
    """`from package import name` would give the one or the other, whichever was imported first."""
    hidden = [
        f"{path.relative_to(ROOT)}: {name}"
        for path, tree in trees.items()
        if path.name == "__init__.py"
        for name in defined_in(tree)
        if (path.parent / f"{name}.py").is_file()
    ]
    assert hidden == []


def defined_in(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)


def test_html_is_written_in_templates_alone(nodes: dict[Path, list[ast.AST]]) -> None:
    written = [
        f"{name}:{node.lineno}"
        for path, parts in nodes.items()
        if (name := path.relative_to(ROOT).as_posix()) not in ENCODERS | WRITES_XML | READS_PAGES
        for node in parts
        if is_markup(node)
    ]
    assert written == []


def is_markup(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        called = node.func
        return isinstance(called, ast.Name) and called.id == "Markup" and bool(node.args)
    text = node.value if isinstance(node, ast.Constant) else ""
    return isinstance(text, str) and ELEMENT.search(text) is not None


def test_a_next_step_begins_with_a_capital_or_with_what_is_typed(
    nodes: dict[Path, list[ast.AST]],
) -> None:
    small = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {text}"
        for path, parts in nodes.items()
        for node in parts
        for text in beginnings_of_next_steps(node)
        if text[:1].islower() and not text.startswith(("carer-stories ", "cd "))
    ]
    assert small == []


def beginnings_of_next_steps(node: ast.AST) -> Iterator[str]:
    """Yield the beginning of each next step that a call or a text prints."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        position = {"say_next": 0, "say_result": 2}.get(node.func.id)
        steps = node.args[position : position + 1] if position is not None else []
        for step in steps:
            alternatives = [step.body, step.orelse] if isinstance(step, ast.IfExp) else [step]
            yield from map(beginning_of, alternatives)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from re.findall(r"(?:^|[\n.] *)Next: (.+)", node.value)


def beginning_of(text: ast.expr) -> str:
    first = text.values[0] if isinstance(text, ast.JoinedStr) else text
    return str(first.value) if isinstance(first, ast.Constant) else ""


def test_no_sentence_holds_what_a_program_says_of_its_faults() -> None:
    """It may quote a story, and helps nobody: `library.core.unforeseen` says it in words."""
    raw = re.compile(r"\{type\(\w+\)\.__name__|\{error!")
    raw_lines = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in product()
        if path.relative_to(ROOT).as_posix() not in SHOWN_WHERE_ASKED
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if raw.search(line)
    ]
    assert raw_lines == []


def test_no_template_leaves_words_of_people_as_they_are() -> None:
    templates = [path for package in PACKAGES for path in (ROOT / package).rglob("templates/*")]
    assert len(templates) > 30
    for path in templates:
        unsafe = re.search(r"\|\s*safe\b|autoescape", path.read_text(encoding="utf-8"))
        assert unsafe is None, path


def test_a_commit_is_held_to_what_make_lint_checks() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    lint = makefile[makefile.index("\nlint:") : makefile.index("\nbench:")]
    for tool in ("ruff check", "ruff format --check", "mypy", "oxlint"):
        assert tool in lint, tool
        assert tool in hooks, tool
    assert "importlinter" in lint
    assert "lint-imports" in hooks


def test_the_glossary_names_files_that_exist() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:library|capture|transcribe|site)/[\w/.]+)`", text)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_no_command_to_type_has_dots_for_what_must_be_written(
    nodes: dict[Path, list[ast.AST]],
) -> None:
    left_open = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, parts in nodes.items()
        for node in parts
        if isinstance(node, ast.JoinedStr | ast.Constant)
        for text in [_text_of(node)]
        if COMMAND_LEFT_OPEN.search(text)
    ]
    assert left_open == []


def _text_of(node: ast.JoinedStr | ast.Constant) -> str:
    """The text of a string, with a letter for each value that is filled in."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values
    )
