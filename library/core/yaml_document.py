"""Read YAML files that people write, and name every fault by line and field.

Every value is text, a list or a mapping: `yes`, `1:05` and `2026-01-31` stay what was typed, and so
does a text with a `#` in it (`yaml_as_typed` has the rules).
Anchors, aliases and tags are refused (a few lines of them can stand for gigabytes), and so are
nesting without end, lists without end, and a field given twice, of which YAML would silently keep
the last.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

import msgspec
import msgspec.inspect
import yaml
from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent

from library.core.errors import BadInput, NotFound
from library.core.files import translate_disk_errors
from library.core.sanitise import printable
from library.core.struct_file import explain
from library.core.unread_remarks import unread_remarks
from library.core.yaml_as_typed import (
    as_typed,
    is_indented_with_tab,
    with_line_indented,
    with_line_quoted,
)

T = TypeVar("T", bound=msgspec.Struct)
FieldPath = tuple[str | int, ...]
"""The position of a value: names of fields, and indexes in lists counted from 0."""

MAX_FILE_BYTES = 1_000_000
"""Bytes of a file that people write by hand."""
MAX_VALUES = 50_000
"""A file of a megabyte may hold half a million values, and would take minutes to read."""
_MAX_DEPTH = 12
OneWord = Annotated[str, msgspec.Meta(pattern=r"\A(?!\S+\s+#(?:\s|\Z))")]
"""A name from a set, or an address: after its first word ` # ` begins a remark, as for numbers."""
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
"""YAML refuses these characters as they are; within quotes it lets them be written as `\\0`."""
# Base loaders resolve no types: every scalar stays the text that was typed. That of libyaml takes a
# tenth of the time, and every command reads the settings; PyYAML may have been built without it.
_QUICK_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_STEP = re.compile(r"\[(\d+)\]|\.?([A-Za-z_]\w*)")
_PLAIN = (
    ("expected `array`, got `str`", "write a list here: each line begins with a hyphen"),
    ("expected `array`, got `object`", "write a list here: each entry begins with a hyphen"),
    (
        "expected `str`, got `array`",
        "write words here, not a list; if brackets belong to the words, use quotes",
    ),
    ("expected `str`, got `object`", "write words here; if there is a colon in them, use quotes"),
    ("expected `int`, got `str`", "write a whole number here"),
    ("expected `int | null`, got `str`", "write a whole number here"),
    ("expected `bool`, got `str`", "write true or false here"),
    ("expected `object`, got `str`", "this has fields of its own; write them indented below it"),
    ("expected `object`, got `array`", "this has fields of its own, and is no list"),
)


StandIn = Callable[[FieldPath, Any], str | None]
"""Path of a field that nothing fits, and the fields beside it → a value that does, or None."""


class YamlError(Exception):
    """A fault of the YAML itself, with its line (counted from 1)."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line, self.what = line, what


class Lines:
    """The line numbers of a document's fields."""

    def __init__(
        self,
        known: Mapping[FieldPath, int],
        unclear: Sequence[int] = (),
    ) -> None:
        self._known = dict(known)
        self.unclear = unclear
        """Lines in which a `#` was taken as text that may have been meant for a remark."""

    def of(self, path: FieldPath) -> int:
        """Return the line of a field, or of the nearest one around it."""
        while path and path not in self._known:
            path = path[:-1]
        return self._known.get(path, 1)

    def rename(self, path: FieldPath, name: str) -> None:
        """Find what lies below the field at `path` under another name of it as well."""
        length = len(path)
        below = {at: line for at, line in self._known.items() if at[:length] == path}
        for at, line in below.items():
            self._known.setdefault((*path[:-1], name, *at[length:]), line)


@dataclass(frozen=True)
class Problem:
    """One fault in a file: its line, its field, and what was expected there."""

    line: int
    field: str
    """As people find it: `questions 3 → ask`; empty for the file as a whole."""
    what: str

    def __str__(self) -> str:
        position = f"line {self.line}, {self.field}" if self.field else f"line {self.line}"
        return printable(f"{position}: {self.what}")


@dataclass(frozen=True)
class YamlFile(Generic[T]):
    """A file as a record, or what keeps it from being one, with every fault that was found."""

    path: Path
    record: T | None
    problems: tuple[Problem, ...]
    lines: Lines
    values: Any = None
    """Every text as it was typed: lists, mappings and words."""
    draft: T | None = None
    """Of a file with faults, the record with something else in their place, to look further."""

    @property
    def stem(self) -> str:
        return self.path.stem

    def problem(self, path: FieldPath, what: str) -> Problem:
        """Return a fault of the field at `path`."""
        return Problem(self.lines.of(path), field_name(path), what)

    def with_problems_of_draft(self, problems: Iterable[Problem]) -> YamlFile[T]:
        """Return the same file with faults of its draft as well, in fields that had none.

        A field is left alone where what holds it, or what it holds, has a fault: a stand-in may be
        in its place. So is a line that is no YAML, which may be read otherwise.
        """
        lines = {problem.line for problem in self.problems if not problem.field}
        more = [
            problem
            for problem in problems
            if problem.line not in lines
            and not any(_is_within(problem.field, known.field) for known in self.problems)
        ]
        return self.with_problems([*self.problems, *more])

    def with_problems(self, problems: Iterable[Problem]) -> YamlFile[T]:
        """Return the same file with these faults, in the order of their lines."""
        ordered = tuple(sorted(problems, key=lambda problem: problem.line))
        return dataclasses.replace(self, problems=ordered)


def read_bytes(path: Path, *, shown_as: str) -> bytes:
    """Return the bytes of a file. Raises NotFound naming it `shown_as`, or DiskFailed."""
    with translate_disk_errors(path, "read"):
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise NotFound(
                f"There is no {shown_as}.", f"Check its name: it was looked for in {path.parent}."
            ) from None


def parse_yaml(
    data: bytes,
    path: Path,
    kind: type[T],
    *,
    fields: Iterable[str] = (),
    begins_with: str = "",
    largest: int = MAX_FILE_BYTES,
    stand_in: StandIn | None = None,
) -> YamlFile[T]:
    """Return `data` as a `kind` record, or with what is wrong. Never raises for what is in it.

    `fields` are all names of fields that may stand in it, for suggestions. `begins_with` says what
    a file of this kind begins with; without it, an empty file is a record of defaults. `largest`
    is in bytes. `stand_in` gives a value for a field that must be one of a few words.
    """
    if len(data) > largest:
        size = "a megabyte" if largest == MAX_FILE_BYTES else f"{largest // 1000} kilobytes"
        return _unreadable(path, 1, f"the file is larger than {size}")
    try:
        text = decoded(data)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return _unreadable(path, line, "this is not UTF-8 text; save it as UTF-8")
    faults, mended = _faults_of_yaml(text)
    values, lines = mended or (None, Lines({}))
    if faults and not isinstance(values, dict):
        tab = _tab_behind(faults, text)
        return YamlFile(path, None, (), Lines({})).with_problems((*faults, *tab))
    if begins_with and not isinstance(values, dict):
        return _unreadable(path, 1, begins_with)
    values = {} if values is None else values
    fitting = _Fitting(values, lines, fields, stand_in)
    record, problems = fitting.fit(kind)
    unread_remarks.note(path, (line for line in lines.unclear if line not in fitting.remark_lines))
    if problems or faults:
        # In a line that is no YAML nothing else is looked for: it may be read otherwise.
        tab = _tab_behind((*faults, *problems), text)
        whole = YamlFile(path, None, (*faults, *tab), lines, values, draft=record)
        return whole.with_problems_of_draft(problems)
    return YamlFile(path, record, (), lines, values)


def decoded(data: bytes) -> str:
    """Return the text of a file. Raises UnicodeDecodeError where it is no UTF-8."""
    # Notepad on Windows may begin UTF-8 with a mark, or write UTF-16 (“Unicode”).
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    return data.decode("utf-8-sig")


def read_yaml(path: Path, kind: type[T], *, shown_as: str | None = None) -> T:
    """Return a short file (settings, themes, glossary, list of names) as a `kind` record.

    An empty file is a record of defaults. `shown_as` is how messages name the file. Raises
    NotFound, DiskFailed, or BadInput naming the file, the line, the field (counted from 1 in
    lists) and what was expected.
    """
    name = shown_as or printable(path.name)
    return record_of(read_bytes(path, shown_as=f"file {name}"), path, kind, shown_as=name)


def record_of(data: bytes, path: Path, kind: type[T], *, shown_as: str) -> T:
    """Return the bytes of a short file as a `kind` record. Raises BadInput, as `read_yaml` does."""
    file = parse_yaml(data, path, kind, fields=kind.__struct_fields__)
    if file.record is None:
        raise BadInput(f"{shown_as}, {ended(str(file.problems[0]))}", "Correct that and try again.")
    return file.record


class _Dumper(yaml.SafeDumper):
    """A writer that puts into quotes what the reader would take for quotes of Word, or mend."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # The reader also mends what begins with ` or @, as a word does behind which a line was broken.
    is_mended = text.startswith("“") or any(word[0] in "`@" for word in text.split())
    style = '"' if is_mended else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def dump_yaml(values: Any, **options: Any) -> str:
    """Return `values` as YAML that is read back word for word, in the order they have."""
    text: str = yaml.dump(values, Dumper=_Dumper, allow_unicode=True, sort_keys=False, **options)
    return text


def field_name(path: FieldPath) -> str:
    """Return a position in words, counted from 1 in lists: `questions 3 → ask`."""
    name = ""
    for step in path:
        name += f" {step + 1}" if isinstance(step, int) else (f" → {step}" if name else step)
    return name


def ended(sentence: str) -> str:
    """Return a sentence with a full stop, unless it ends with a question already."""
    return sentence if sentence.endswith("?") else f"{sentence}."


def _is_within(field: str, other: str) -> bool:
    """Return True for the same field, and for one that holds the other."""
    shorter, longer = sorted((field, other), key=len)
    return bool(shorter) and (longer == shorter or longer.startswith(f"{shorter} "))


def did_you_mean(typed: str, known: Iterable[str]) -> str:
    """Return `; did you mean “ask”?` where one of the known words is near, else nothing."""
    others = [name for name in known if name != typed]
    near = difflib.get_close_matches(typed.lower(), others, n=1, cutoff=0.6)
    return f"; did you mean “{near[0]}”?" if near else ""


_Tree = tuple[Any, Lines]
"""Values of a document, and the lines of its fields."""


def read_tree(text: str) -> tuple[Any, Lines]:
    """Return the document's values and the lines of its fields. Raises YamlError."""
    repeated: list[YamlError] = []
    tree = _read_tree(text, repeated)
    if repeated:
        raise repeated[0]
    return tree


def _read_tree(text: str, repeated: list[YamlError]) -> _Tree:
    """Return the tree, with fields given twice as one. Each of those is added to `repeated`."""
    typed = as_typed(text)
    try:
        root = _compose(typed.text, _QUICK_LOADER)
    except yaml.YAMLError:
        root = _compose_or_explain(typed.text)
    known: dict[FieldPath, int] = {}
    values = _value(root, (), known, repeated) if root else None
    return values, Lines(known, typed.unclear_lines)


_MAX_FAULTS = 100
"""Faults of a file that are told at once: finding each means reading the whole again."""


def _faults_of_yaml(text: str) -> tuple[tuple[Problem, ...], _Tree | None]:
    """Return the faults for which this is no YAML, and the values without them, or None.

    Each is put in quotes to find the next, and what is wrong with the fields.
    """
    faults: dict[int, Problem] = {}
    while len(faults) < _MAX_FAULTS:
        repeated: list[YamlError] = []
        try:
            tree = _read_tree(text, repeated)
            twice = (Problem(error.line, "", printable(error.what)) for error in repeated)
            return (*faults.values(), *islice(twice, _MAX_FAULTS)), tree
        except YamlError as error:
            if error.line in faults:
                break
            is_tab = is_indented_with_tab(_line_of(text, error.line))
            what = _TAB if is_tab else error.what
            faults[error.line] = Problem(error.line, "", printable(what))
            mend = with_line_indented if is_tab else with_line_quoted
            mended = mend(text, error.line)
            if mended == text:
                break
            text = mended
    return tuple(faults.values()), None


_MISPLACED = ("this field is missing", "there is no field of that name")


def _tab_behind(faults: Sequence[Problem], text: str) -> tuple[Problem, ...]:
    """Return the first line that a tab indents, where fields are not where they were meant to be.

    It counts as two spaces, which often is right; whoever typed it sees four or eight.
    """
    is_misplaced = any(not fault.field or fault.what.startswith(_MISPLACED) for fault in faults)
    if not is_misplaced or any(fault.what == _TAB for fault in faults):
        return ()
    lines = enumerate(text.splitlines(), start=1)
    first = next((number for number, line in lines if is_indented_with_tab(line)), None)
    what = "there is a tab, which counts as two spaces; indent with spaces"
    return (Problem(first, "", what),) if first else ()


def _compose(text: str, loader: Any) -> yaml.Node | None:
    """Return the root of the document's tree. Raises YamlError, or PyYAML's YAMLError."""
    _check_events(text, loader)  # first: composing builds the whole tree, however large
    root: yaml.Node | None = yaml.compose(text, Loader=loader)
    return root


def _compose_or_explain(text: str) -> yaml.Node | None:
    """Read again what the quick parser refused: this one names faults in words that we know."""
    try:
        return _compose(text, yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        # Quotes and brackets that are not closed are mended where they begin.
        is_open = "quoted scalar" in (error.context or "")
        mark = error.context_mark if is_open else error.problem_mark or error.context_mark
        raise YamlError(_line(mark), _in_words(error)) from None
    except yaml.YAMLError:
        raise YamlError(1, "there is a character in it that cannot be read") from None


def _unreadable(path: Path, line: int, what: str) -> YamlFile[Any]:
    return YamlFile(path, None, (Problem(line, "", printable(what)),), Lines({}))


_YES, _NO = frozenset({"yes", "y", "on", "true"}), frozenset({"no", "n", "off", "false"})
_STAND_INS: tuple[Any, ...] = ("", "1", "true", [], {})
"""Values in place of a wrong one, of every type, so that the faults behind it are found."""


class _Fitting:
    """The values of a file on their way into a record, with each fault that is in them."""

    def __init__(
        self, values: Any, lines: Lines, fields: Iterable[str], stand_in: StandIn | None
    ) -> None:
        self._root = {"": values}  # so that the whole has a place as well
        self._lines, self._fields, self._stand_in = lines, tuple(fields), stand_in
        self._problems: list[Problem] = []
        self._replaced: dict[FieldPath, int] = {}
        """Of each path that has a stand-in, how many were tried."""
        self._made: set[FieldPath] = set()
        """Fields that were given another name, which may be as unknown there."""
        self.remark_lines: set[int] = set()
        """Lines whose remark was left out, since what stands before it can have none in it."""

    def fit(self, kind: type[T]) -> tuple[T | None, tuple[Problem, ...]]:
        """Return the record, with something else in place of each fault, and all its faults."""
        record: T | None = None
        while len(self._problems) < _MAX_FAULTS:
            try:
                # Not strict: every value is text here, and “24” is to become a number.
                record = msgspec.convert(self._root[""], kind, strict=False)
            except msgspec.ValidationError as error:
                if not self._mended(error) and not self._passed_over(error, kind):
                    break
            else:
                break
        else:
            last = max(problem.line for problem in self._problems)
            what = f"there may be more: only the first {_MAX_FAULTS} are told at once"
            self._problems.append(Problem(last, "", what))
        return record, tuple(sorted(self._problems, key=lambda problem: problem.line))

    def _mended(self, error: msgspec.ValidationError) -> bool:
        """Put a value into the form that is plainly meant; return False where none is."""
        path, message = _path_of(error), str(error)
        value = self._at(path)
        meant = _meant(message, value)
        if meant is None or path in self._replaced:
            return False
        if isinstance(value, str) and " #" in value:
            self.remark_lines.add(self._lines.of(path))
        self._put(path, meant)
        return True

    def _passed_over(self, error: msgspec.ValidationError, kind: Any) -> bool:
        """Note the fault and put something in its place; return False where nothing fits."""
        problem = _misfit(error, self._lines, self._fields, kind)
        path, message = _path_of(error), str(error).partition(" - at `")[0]
        if unknown := re.search(r"unknown field `(.*)`", message):
            if (*path, unknown[1]) in self._made:
                self._at(path).pop(unknown[1])
                return True
            self._problems.append(problem)
            return self._rename(path, unknown[1])
        if missing := re.search(r"missing required field `(.*)`", message):
            path = (*path, missing[1])
        if path not in self._replaced:
            self._problems.append(problem)
        tried = self._replaced.get(path, 0)
        self._replaced[path] = tried + 1
        if tried > len(_STAND_INS) or not path:
            return False
        if tried == len(_STAND_INS):
            beside = self._parent(path)
            value = self._stand_in(path, beside) if self._stand_in else None
            if value is not None:
                return self._put(path, value)
            # Without a field that may be left out, what it is by default takes its place.
            return isinstance(beside, dict) and beside.pop(path[-1], None) is not None
        return self._put(path, _STAND_INS[tried])

    def _parent(self, path: FieldPath) -> Any:
        at: Any = self._root
        for step in ("", *path)[:-1]:
            try:
                at = at[step]
            except (KeyError, IndexError, TypeError):
                return None
        return at

    def _at(self, path: FieldPath) -> Any:
        try:
            return self._parent(path)[("", *path)[-1]]
        except (KeyError, IndexError, TypeError):
            return None

    def _put(self, path: FieldPath, value: Any) -> bool:
        parent: Any = self._parent(path)
        step: Any = ("", *path)[-1]
        is_field = isinstance(parent, dict)
        is_entry = isinstance(parent, list) and isinstance(step, int) and step < len(parent)
        if not is_field and not is_entry:
            return False
        parent[step] = value
        return True

    def _rename(self, path: FieldPath, name: str) -> bool:
        """Take a field away; where another is plainly meant, its value goes there."""
        fields = self._at(path)
        if not isinstance(fields, dict) or name not in fields:
            return False
        value = fields.pop(name)
        near = difflib.get_close_matches(name.lower(), self._fields, n=1, cutoff=0.6)
        if near and near[0] != name:
            self._made.add((*path, near[0]))
            fields.setdefault(near[0], value)
            self._lines.rename((*path, name), near[0])
        return True


def _meant(message: str, value: Any) -> Any:
    """Return what `value` plainly means where another type is expected; None if nothing."""
    if isinstance(value, str) and "xpected `bool`" in message:
        word = value.partition(" #")[0].strip().casefold()
        return "true" if word in _YES else "false" if word in _NO else None
    is_other_type = "length" not in message and (
        "Expected `str" not in message or "matching regex" in message
    )
    if isinstance(value, str) and " #" in value and is_other_type:
        # Whatever is no text cannot have a remark in it.
        return value.partition(" #")[0].strip()
    if isinstance(value, dict) and len(value) == 1 and "xpected `str" in message:
        ((name, text),) = value.items()
        return f"{name}: {text}" if isinstance(text, str) else None  # “- Remember: take time”
    return None


_BOUND = re.compile(r"expected `(?:int|float)(?: \| null)?` (>=|<=|>|<) (-?[\d.]+)")
_BOUNDS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}


def _bound(what: str) -> str:
    """Return in words that a number lies beyond what may be written; else nothing."""
    if bound := _BOUND.search(what):
        return f"write a whole number of {_BOUNDS[bound[1]]} {bound[2]}"
    return "write a smaller number" if "out of range" in what else ""


def _path_of(error: msgspec.ValidationError) -> FieldPath:
    at = str(error).partition(" - at `")[2]
    return tuple(
        int(step[1]) if step[1] else step[2]
        for step in _STEP.finditer(at.rstrip("`").removeprefix("$"))
    )


def _misfit(
    error: msgspec.ValidationError, lines: Lines, known: Iterable[str], kind: Any
) -> Problem:
    """Return msgspec's message as a fault of the field it is about."""
    message = str(error).partition(" - at `")[0]
    path = _path_of(error)
    plain = explain(msgspec.ValidationError(message))
    what = printable(message[:1].lower() + message[1:])
    if unknown := re.search(r"unknown field `(.*)`", what):
        path = (*path, unknown[1])
        # Elsewhere in the file there may be one.
        is_elsewhere = unknown[1] in set(known)
        advice = "" if is_elsewhere else did_you_mean(unknown[1], known)
        what = f"there is no field of that name{' here' if is_elsewhere else ''}{advice}"
    elif missing := re.search(r"missing required field `(.*)`", what):
        path, what = (*path, missing[1]), "this field is missing"
    elif other := re.search(r"invalid enum value (.*)", what, re.DOTALL):
        what = _one_of(other[1].strip("'"), _choices_at(kind, path)) or plain
    else:
        mend = next((mend for raw, mend in _PLAIN if raw in what), None)
        what = mend or _bound(what) or plain
    return Problem(lines.of(path), field_name(path), what)


def _one_of(typed: str, choices: Sequence[str]) -> str:
    """Return which words may stand where something else was typed; empty where none are known."""
    words = [choice for choice in choices if choice]
    if not words:
        return ""
    nothing = ", or nothing" if "" in choices else ""
    return f"“{typed}” cannot stand here; write {' or '.join(words)}{nothing}"


def _choices_at(kind: Any, path: FieldPath) -> tuple[str, ...]:
    """Return the words of which a field of a record takes one, from A to Z."""
    kinds = [msgspec.inspect.type_info(kind)]
    for step in path:
        kinds = [inner for each in kinds for inner in _kinds_within(each, step)]
    # Of a value in a dictionary, msgspec names no more than the dictionary.
    reached = [each for outer in kinds for each in _plain_kinds(outer)]
    kinds += [each.value_type for each in reached if isinstance(each, msgspec.inspect.DictType)]
    plain = (each for outer in kinds for each in _plain_kinds(outer))
    words = (each.values if isinstance(each, msgspec.inspect.LiteralType) else () for each in plain)
    return tuple(dict.fromkeys(str(word) for each in words for word in each))


def _kinds_within(kind: msgspec.inspect.Type, step: str | int) -> list[msgspec.inspect.Type]:
    """Return the types that the field or entry `step` of a value of `kind` may have."""
    within: list[msgspec.inspect.Type] = []
    for each in _plain_kinds(kind):
        if isinstance(each, msgspec.inspect.StructType):
            within += [field.type for field in each.fields if field.encode_name == step]
        elif isinstance(each, msgspec.inspect.DictType):
            within.append(each.value_type)
        elif isinstance(each, msgspec.inspect.TupleType) and isinstance(step, int):
            within += each.item_types[step : step + 1]
        elif isinstance(each, msgspec.inspect.CollectionType):
            within.append(each.item_type)
    return within


def _plain_kinds(kind: msgspec.inspect.Type) -> Iterator[msgspec.inspect.Type]:
    """Yield a type, or each of those of which it is a choice."""
    for each in kind.types if isinstance(kind, msgspec.inspect.UnionType) else (kind,):
        if isinstance(each, msgspec.inspect.Metadata):
            yield from _plain_kinds(each.type)
        else:
            yield each


def _line_of(text: str, number: int) -> str:
    lines = text.split("\n")
    return lines[number - 1] if number <= len(lines) else ""


def _line(mark: Any) -> int:
    return int(mark.line) + 1 if mark else 1


_TAB = "there is a tab; indent with spaces, as far as the lines it belongs to"
_IN_WORDS = (
    (
        "mapping values are not allowed",
        'there is a colon in the text; put the whole text in “"” quotes',
    ),
    (
        "expected ',' or",
        'text in brackets needs “"” quotes; or begin a line for each with a hyphen',
    ),
    ("found character '\\t'", _TAB),
    ("sequence entries are not", "the hyphen of a list must begin its line"),
    ("mapping keys are not", "a text cannot begin with “?”; put it in quotes"),
    (
        "could not find expected ':'",
        "there is no colon behind the name of a field; a text that goes on here must be indented",
    ),
    ("found unexpected end of stream", "the quotes that begin here are not closed"),
    ("found unexpected document separator", "the quotes that begin here are not closed"),
    ("found unknown escape", 'a backslash within “"” quotes must be written twice'),
    ("expected escape sequence", 'a backslash within “"” quotes must be written twice'),
    (
        "expected <block end>",
        "this does not fit what is above it: indent it as far as the lines it belongs to",
    ),
    (
        "expected '<document start>'",
        "this does not fit what is above it: indent it as far as the lines it belongs to",
    ),
    ("invalid indentation or unclosed", "a bracket is not closed; or put the text in quotes"),
)
"""Words of PyYAML, and ours for somebody who does not know YAML."""


def _in_words(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    plain = (ours for theirs, ours in _IN_WORDS if theirs in problem)
    return next(plain, 'this line cannot be read as it stands; put its text in “"” quotes')


def _check_events(text: str, loader: Any) -> None:
    """Refuse what would grow without end, before any of it is built in memory."""
    depth = count = 0
    for event in yaml.parse(text, Loader=loader):
        line = _line(event.start_mark)
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            raise YamlError(line, "& and * stand for other text in YAML; put it in quotes")
        count += isinstance(event, NodeEvent)
        if count > MAX_VALUES:
            raise YamlError(line, f"there are more than {MAX_VALUES:,} values up to here")
        if isinstance(event, NodeEvent) and getattr(event, "tag", None) not in (None, "!"):
            raise YamlError(line, "! has a meaning of its own in YAML; put the text in quotes")
        if isinstance(event, CollectionStartEvent):
            depth += 1
        elif isinstance(event, CollectionEndEvent):
            depth -= 1
        if depth > _MAX_DEPTH:
            raise YamlError(line, "lists within lists go too deep here")


def _value(
    node: yaml.Node,
    path: FieldPath,
    known: dict[FieldPath, int],
    repeated: list[YamlError],
    first: int = 0,
) -> Any:
    """Return what a node holds; `first` is the index of a list’s first entry."""
    # It goes no deeper than `_check_events` lets through.
    known.setdefault(path, _line(node.start_mark))
    if isinstance(node, yaml.SequenceNode):
        return [
            _value(item, (*path, index), known, repeated)
            for index, item in enumerate(node.value, first)
        ]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, known, repeated)
    return _text(node)


def _text(node: yaml.Node) -> str:
    if _NOT_TEXT.search(node.value):
        raise YamlError(_line(node.start_mark), "there is a character in it that no page can show")
    return str(node.value)


def _mapping(
    node: yaml.MappingNode,
    path: FieldPath,
    known: dict[FieldPath, int],
    repeated: list[YamlError],
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in node.value:
        line = _line(key.start_mark)
        if not isinstance(key, yaml.ScalarNode):
            raise YamlError(line, "the name of a field must be a word")
        _text(key)
        if key.value in values:
            first = known[(*path, key.value)]
            repeated.append(YamlError(line, f"“{key.value}” is given twice, first in line {first}"))
            before = values[key.value]
            length = len(before) if isinstance(before, list) else 0
            more = _value(value, (*path, key.value), known, repeated, length)
            # Both as one, so that what is wrong in either is found.
            if isinstance(before, list) and isinstance(more, list):
                before += more
            elif isinstance(before, dict) and isinstance(more, dict):
                values[key.value] = more | before
            continue
        known[(*path, key.value)] = line
        values[key.value] = _value(value, (*path, key.value), known, repeated)
    return values
