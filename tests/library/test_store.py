"""Records go in and come out as they were; what is not as it was written is refused."""

import copy
import json
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.core import struct_file
from library.core.errors import BadInput, Busy, Damaged, NotFound
from library.records import file_format
from library.records.consent import Agreement, Approval, Release, Withdrawal
from library.records.record_types import LIBRARY_TABLES
from library.records.store import Store
from library.records.story import Story
from tests.support.valid_records import agreement, approval, library, release, story, withdrawal


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(library(tmp_path).database, lock_timeout=0.2)


@pytest.fixture
def filled(store: Store) -> Store:
    """Two stories in three generations after the empty one."""
    for record in (story(), story("cs-bbbbbb"), release()):
        with store.update() as changes:
            changes.add(record)
    return store


def test_what_was_added_is_there_in_order(store: Store) -> None:
    with store.update() as changes:
        changes.add(story())
        changes.add(story("cs-bbbbbb"))
        for key in ("ap-c", "ap-a", "ap-b"):
            changes.add(approval(key))
        changes.add(approval("ap-d", "cs-bbbbbb"))
        assert [approval.id for approval in changes.of_story(Approval, "cs-aaaaaa")] == [
            "ap-c",
            "ap-a",
            "ap-b",
        ]
    snapshot = store.read()
    for _ in range(8):  # the first few are searched for, the rest come from the decoded table
        assert [approval.id for approval in snapshot.of_story(Approval, "cs-aaaaaa")] == [
            "ap-c",
            "ap-a",
            "ap-b",
        ]
        assert snapshot.get(Approval, "ap-d") == approval("ap-d", "cs-bbbbbb")
        assert snapshot.find(Approval, "ap-x") is None
        assert snapshot.of_story(Withdrawal, "cs-aaaaaa") == []
    assert [approval.id for approval in snapshot.all(Approval)] == ["ap-c", "ap-a", "ap-b", "ap-d"]
    assert snapshot.generation == 2


def test_a_snapshot_stays_as_it_was_taken(filled: Store) -> None:
    before = filled.read()
    with filled.update() as changes:
        changes.replace(story(title="Somebody did"))
    assert before.get(Story, "cs-aaaaaa").title == "Nobody would talk to me"
    assert filled.read().get(Story, "cs-aaaaaa").title == "Somebody did"


def test_a_block_that_fails_or_changes_nothing_writes_nothing(filled: Store) -> None:
    before = filled.path.read_bytes()

    def stopped() -> None:
        with filled.update() as changes:
            changes.add(approval())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    with filled.update() as changes:
        changes.get(Story, "cs-aaaaaa")
    assert filled.path.read_bytes() == before


def test_only_stories_are_changed_in_place(filled: Store) -> None:
    def change(record: Story) -> None:
        with filled.update() as changes:
            changes.replace(record)

    with pytest.raises(BadInput, match="only ever added"):
        change(release(audience="public"))  # type: ignore[arg-type]
    with pytest.raises(NotFound, match="cs-zzzzzz"):
        change(story("cs-zzzzzz"))
    assert filled.read().get(Release, "re-aaaaaa").audience == "trust"


@pytest.mark.parametrize(
    ("record", "kind", "words"),
    [
        (story(), BadInput, "already in stories"),
        (release(), BadInput, "already in releases"),
        (approval(about="cs-nobody"), NotFound, "no story “cs-nobody”"),
        (story("../cs"), BadInput, "not an id"),
        (story('cs-"'), BadInput, "not an id"),
        (story("cs-c", title=5), BadInput, "cs-c: title: a whole number stands where text belongs"),
        (story("cs-c", title="\ud800"), BadInput, "cs-c"),
        (
            release("re-b", viewed="yesterday"),
            BadInput,
            "viewed: a date such as 2027-01-31 belongs",
        ),
    ],
)
def test_what_may_not_be_added_is_refused(
    filled: Store, record: Story, kind: type[Exception], words: str
) -> None:
    before = filled.path.read_bytes()

    def add() -> None:
        with filled.update() as changes:
            changes.add(record)

    with pytest.raises(kind, match=words):
        add()
    assert filled.path.read_bytes() == before


def test_an_unknown_id_names_the_next_step(filled: Store) -> None:
    with pytest.raises(NotFound) as error:
        filled.read().get(Story, "cs-zzzzzz")
    assert "cs-zzzzzz" in error.value.what
    assert "story list" in error.value.next_step
    assert filled.read().find(Story, "no\n id") is None


def test_the_file_is_private_and_plain_json(filled: Store) -> None:
    assert stat.S_IMODE(filled.path.stat().st_mode) == 0o600
    read = json.loads(filled.path.read_text())
    assert read["header"]["generation"] == 4
    assert read["stories"]["cs-aaaaaa"]["title"] == "Nobody would talk to me"


def test_the_last_generations_stay_beside_and_whole(filled: Store) -> None:
    for number in range(10):
        with filled.update() as changes:
            changes.add(approval(f"ap-{number}"))
    assert filled.generations() == [9, 10, 11, 12, 13]
    assert filled.restore(11) == 15
    assert len(filled.read().all(Approval)) == 7
    assert filled.restore(14) == 16  # what was restored over is kept, too
    assert len(filled.read().all(Approval)) == 10
    with pytest.raises(NotFound, match="no generation 3"):
        filled.restore(3)


def _cut_short(data: bytes) -> bytes:
    return data[: len(data) // 2]


BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "blank": lambda data: b"\n\n",
    "zeros": lambda data: bytes(len(data)),
    "torn": _cut_short,
    "torn in its first line": lambda data: data[:100],
    "last byte lost": lambda data: data[:-1],
    "something added": lambda data: data + b"\n",
    "another file": lambda data: b'{"stories": {}}\n',
    "not text": lambda data: b"\xff\xfe" + data,
    "one letter": lambda data: data.replace(b"Nobody", b"Nobodi", 1),
    "generation": lambda data: data.replace(b'"generation":4', b'"generation":9', 1),
    "lengths": lambda data: data.replace(b'"agreements":0', b'"agreements":1', 1),
    "checksum": lambda data: data.replace(b'"sha256":"', b'"sha256":"0', 1),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_names_the_generation_to_restore(filled: Store, name: str) -> None:
    filled.path.write_bytes(BROKEN[name](filled.path.read_bytes()))
    broken = filled.path.read_bytes()
    with pytest.raises(Damaged) as error:
        filled.read()
    assert str(filled.path) in error.value.what
    assert "restore --generation 3" in error.value.next_step
    with pytest.raises(Damaged), filled.update():
        pytest.fail("an update of a broken library began")
    assert filled.path.read_bytes() == broken
    filled.restore(3)
    assert [story.id for story in filled.read().all(Story)] == ["cs-aaaaaa", "cs-bbbbbb"]
    set_aside = list(filled.path.parent.glob("library.json.before-g*"))
    assert [path.read_bytes() for path in set_aside] == [broken]


def test_the_newest_generation_named_is_one_that_is_whole(filled: Store) -> None:
    filled.path.write_bytes(b"")
    filled.path.with_name("library.json.g000003").write_bytes(b"torn")
    with pytest.raises(Damaged, match="restore --generation 2"):
        filled.read()
    with pytest.raises(Damaged):
        filled.restore(3)


def test_a_missing_file_beside_generations_is_no_empty_library(filled: Store) -> None:
    filled.path.unlink()
    with pytest.raises(Damaged, match=r"missing.*\n.*restore --generation 3"):
        filled.read()
    with pytest.raises(BadInput, match="already there"):
        filled.create()


def test_an_older_file_put_back_by_hand_is_refused(filled: Store) -> None:
    filled.path.write_bytes(filled.path.with_name("library.json.g000002").read_bytes())
    with pytest.raises(Damaged, match="older than 3"):
        filled.read()


def test_no_library_yet_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="carer-stories init"):
        Store(tmp_path / "library.json").read()
    with pytest.raises(NotFound, match="carer-stories init"), Store(tmp_path / "no" / "x").update():
        pytest.fail("an update of no library began")


def _by_hand(path: Path, change: Callable[[dict[str, dict[str, object]]], object]) -> None:
    """Write a changed library with a right checksum: as a wrong version of the product would."""
    document = file_format.parse(path.read_bytes())
    tables = {name: json.loads(lines.whole()) for name, lines in document.tables.items()}
    change(tables)
    changed_tables = {}
    for name, records in tables.items():
        changed_tables[name] = file_format.RecordLines()
        for key, record in records.items():
            changed_tables[name].add(key, msgspec.json.encode(record))
    path.write_bytes(b"".join(file_format.compose(document.header.generation, changed_tables)))


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("viewed", "soon", "releases, re-aaaaaa: viewed: a date such as 2027-01-31 belongs here"),
        ("audience", 4, "releases, re-aaaaaa: audience: a whole number stands where text belongs"),
        ("approved", True, "releases, re-aaaaaa: the field “approved” does not belong here"),
        ("id", "re-bbbbbb", "releases"),
    ],
)
def test_every_record_is_decoded_strictly(
    filled: Store, field: str, value: object, expected: str
) -> None:
    _by_hand(filled.path, lambda tables: tables["releases"]["re-aaaaaa"].update({field: value}))
    with pytest.raises(Damaged, match=expected):
        filled.read().all(Release)
    with pytest.raises(Damaged, match=expected):
        filled.read().check()
    if field != "id":
        with pytest.raises(Damaged, match=expected):
            filled.read().get(Release, "re-aaaaaa")
        with pytest.raises(Damaged, match=expected):
            filled.read().of_story(Release, "cs-aaaaaa")


def test_a_hand_edit_is_named_even_before_it_is_decoded(filled: Store) -> None:
    text = filled.path.read_text().replace('"audience":"trust"', '"audience":4')
    filled.path.write_text(text)
    with pytest.raises(
        Damaged, match="by hand: releases, re-aaaaaa: audience: a whole number stands where"
    ):
        filled.read()


def test_an_id_that_is_there_twice_is_refused(filled: Store) -> None:
    document = file_format.parse(filled.path.read_bytes())
    line = msgspec.json.encode(release(audience="public"))
    document.tables["releases"].add("re-aaaaaa", line)
    filled.path.write_bytes(b"".join(file_format.compose(4, document.tables)))
    with pytest.raises(Damaged, match="more than once"):
        filled.read().get(Release, "re-aaaaaa")
    with pytest.raises(Damaged, match="more than once"):
        filled.read().all(Release)


@pytest.mark.parametrize(("schema", "words"), [(2, "a newer version"), (0, "an older version")])
def test_another_versions_file_is_left_alone(filled: Store, schema: int, words: str) -> None:
    text = filled.path.read_text().replace('"schema":1', f'"schema":{schema},"more":1', 1)
    filled.path.write_text(text)
    with pytest.raises(BadInput, match=words):
        filled.read()
    assert filled.path.read_text() == text


def test_a_table_of_a_later_kind_is_empty_in_an_older_file(filled: Store) -> None:
    document = file_format.parse(filled.path.read_bytes())
    del document.tables["withdrawals"]
    filled.path.write_bytes(b"".join(file_format.compose(4, document.tables)))
    assert filled.read().all(Withdrawal) == []
    with filled.update() as changes:
        changes.add(withdrawal())
    assert filled.read().all(Withdrawal) == [withdrawal()]


def test_a_held_lock_is_busy_and_reading_does_not_wait(filled: Store) -> None:
    other = Store(filled.path, lock_timeout=0.05)
    with filled.update():
        with pytest.raises(Busy, match="Another command"), other.update():
            pytest.fail("two updates at once")
        assert len(other.read().all(Story)) == 2
    with other.update() as changes:
        changes.add(approval())


TEXT = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    ['"story":"cs-a"', '\n"cs-a":{"id":"cs-a"', "\n},\n", "\u2028", "\\", "{}", '","id":"']
)
IDS = st.sampled_from(["cs-a", "cs-b", "cs-ab", "cs-a-b", "a", "id", "story", "stories"])
STORIES = st.builds(
    story, IDS, title=TEXT, summary=TEXT, themes=st.lists(TEXT, max_size=2).map(tuple)
)
DECIDED = st.builds(
    lambda make, key, about: make(f"xx-{key}", about),
    st.sampled_from([agreement, release, approval, withdrawal]),
    st.integers(0, 9),
    IDS,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(STORIES | DECIDED, max_size=8), max_size=5))
def test_bytes_hold_what_a_plain_dictionary_would(
    tmp_path_factory: pytest.TempPathFactory, updates: list[list[Story]]
) -> None:
    store = Store(library(tmp_path_factory.mktemp("any")).database)
    expected: dict[type, dict[str, object]] = {kind: {} for kind in LIBRARY_TABLES}
    for records in updates:
        with store.update() as changes:
            for record in records:
                stored_records = expected[type(record)]
                if record.id in stored_records:
                    if isinstance(record, Story):
                        changes.replace(record)
                        stored_records[record.id] = record
                elif isinstance(record, Story) or record.story in expected[Story]:
                    changes.add(record)
                    stored_records[record.id] = record
        _require_same(store, expected)


def _require_same(store: Store, expected: dict[type, dict[str, object]]) -> None:
    snapshot = store.read()
    for kind, records in copy.copy(expected).items():
        for key, record in records.items():
            assert snapshot.find(kind, key) == record
        assert snapshot.all(kind) == list(records.values())
    for about in ("cs-a", "cs-ab", "story"):
        agreements = [r for r in expected[Agreement].values() if r.story == about]  # type: ignore[attr-defined]
        assert store.read().of_story(Agreement, about) == agreements


class _Everything(msgspec.Struct, forbid_unknown_fields=True):
    """A field of each type that our records have."""

    number: Annotated[int, msgspec.Meta(ge=0)] = 0
    share: Annotated[float, msgspec.Meta(le=1)] | None = None
    words: Annotated[str, msgspec.Meta(min_length=1, pattern="^[a-z]*$")] = "x"
    day: date | None = None
    list: Annotated[tuple[str, ...], msgspec.Meta(max_length=2)] = ()
    pair: tuple[int, int] = (0, 0)
    by_name: dict[str, int] = {}
    choice: Literal["yes", "no"] = "yes"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"number":"4"}', "number: text stands where a whole number belongs"),
        (b'{"number":-1}', "number: a number of at least 0 belongs here"),
        (b'{"number":1e999}', "number: the number is too large"),
        (b'{"share":2.5}', "share: a number of at most 1.0 belongs here"),
        (b'{"share":"2"}', "share: text stands where a number or nothing belongs"),
        (b'{"words":4}', "words: a whole number stands where text belongs"),
        (b'{"words":null}', "words: nothing stands where text belongs"),
        (b'{"words":true}', "words: true or false stands where text belongs"),
        (b'{"words":{}}', "words: a group of fields stands where text belongs"),
        (b'{"words":""}', "words: at least 1 character must stand here"),
        (b'{"words":"X"}', "words: the text is not of the form that belongs here"),
        (b'{"day":"soon"}', "day: a date such as 2027-01-31 belongs here"),
        (b'{"list":["a","b","c"]}', "list: at most 2 entries must stand here"),
        (b'{"list":["a",4]}', "list 2: a whole number stands where text belongs"),
        (b'{"pair":[1]}', "pair: there are too many or too few entries"),
        (b'{"by_name":{"a":"b"}}', "by_name → an entry: text stands where a whole number belongs"),
        (b'{"choice":"maybe"}', "choice: “maybe” is none of the words that may stand here"),
        (b'{"other":1}', "the field “other” does not belong here"),
        (b"[]", "a list stands where a group of fields belongs"),
        (b"", "its end is missing"),
        (b'{"number":', "its end is missing"),
        (b"{}}", "something stands behind its end, from byte 3 on"),
        (b"{x", "it is torn or was changed by hand, and cannot be read from byte 2 on"),
        (b'{"words":"\xff"}', "it is not text from byte 1 on"),
        (b'{"other":' + b"[" * 200_000, "its brackets lie too deep inside one another"),
    ],
)
def test_what_cannot_be_decoded_is_told_in_plain_words(data: bytes, words: str) -> None:
    kind = msgspec.defstruct("_", [], bases=(_Everything,), forbid_unknown_fields=b"[[" not in data)
    with pytest.raises(Damaged) as refused:
        struct_file.decode(data, kind, name="record.json", next_step="Take another copy.")
    assert refused.value.what == f"record.json is not as it was written: {words}."
