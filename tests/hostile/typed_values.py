"""Values made up from a type: records of the right form whose numbers and words are anybody's."""

from __future__ import annotations

import functools
import importlib
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from tests.hostile.mutations import NASTY, hostile, renamed
from tests.hostile.parsers import ParserUnderTest

_NUMBERS = st.one_of(
    st.integers(-3, 5_000), st.sampled_from((-(2**63), 2**63 - 1, 2**62, 10**12, -1, 0))
)
_WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ("", "\0", "\u202e", "cs-4k7m2q", "../x", "shown", "a" * 300, "{{ 1 }}", "2026-01-01")
    ),
)


@functools.cache
def of_type(kind: Any) -> st.SearchStrategy[Any]:
    """Plain values (as JSON has them) that decode as `kind`, or nearly."""
    return _of(inspect.type_info(kind), 0)


def _of(info: Any, depth: int) -> st.SearchStrategy[Any]:
    match info:
        case inspect.NoneType():
            return st.none()
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType():
            return _within(_NUMBERS, info)
        case inspect.FloatType():
            return st.floats(-1e6, 1e6)
        case inspect.StrType(pattern=str()):
            return st.one_of(st.from_regex(info.pattern), st.from_regex(info.pattern), _WORDS)
        case inspect.StrType():
            return _WORDS
        case inspect.DateType():
            return st.dates().map(str)
        case inspect.LiteralType():
            return st.sampled_from(info.values)
        case inspect.EnumType():
            return st.sampled_from([subclass.value for subclass in info.cls])
        case inspect.UnionType():
            return st.one_of(*(_of(member, depth) for member in info.types))
        case inspect.VarTupleType() | inspect.ListType():
            return st.lists(_of(info.item_type, depth + 1), max_size=max(0, 3 - depth))
        case inspect.TupleType():
            return st.tuples(*(_of(item, depth + 1) for item in info.item_types)).map(list)
        case inspect.DictType():
            values = _of(info.value_type, depth + 1)
            return st.dictionaries(_of(info.key_type, depth + 1), values, max_size=2)
        case inspect.StructType():
            return _of_struct(info, depth)
    return st.one_of(st.none(), _NUMBERS, _WORDS)


def _within(numbers: st.SearchStrategy[int], info: Any) -> st.SearchStrategy[int]:
    least = -(2**63) if info.ge is None else info.ge
    most = 2**63 - 1 if info.le is None else info.le
    return st.one_of(
        numbers.map(lambda value: min(max(value, least), most)), st.integers(least, most)
    )


def _of_struct(info: Any, depth: int) -> st.SearchStrategy[Any]:
    fields = {field.encode_name: _of(field.type, depth + 1) for field in info.fields}
    tag = {} if info.tag is None else {info.tag_field: st.just(info.tag)}
    required_names = {field.encode_name for field in info.fields if field.required}
    return st.fixed_dictionaries(
        tag | {name: fields[name] for name in required_names},
        optional={name: value for name, value in fields.items() if name not in required_names},
    )


def examples_of(parser: ParserUnderTest) -> st.SearchStrategy[bytes]:
    """Return examples to try this parser with."""
    if parser.kind is None:
        return hostile([renamed(example) for example in parser.examples()])
    module, _, name = parser.kind.partition(":")
    kind = getattr(importlib.import_module(module), name)
    right = of_type(kind)
    if parser.name == "known backups":
        right = st.lists(right, max_size=3)
    if parser.name == "journal":
        return st.lists(right, min_size=1, max_size=6).map(
            lambda events: b"".join(msgspec.json.encode(event) + b"\n" for event in events)
        )
    valid = right.map(msgspec.json.encode)
    return st.one_of(
        valid, valid, valid.flatmap(lambda value: hostile([value])), st.sampled_from(NASTY)
    )
