"""Sealing: what goes in comes out, and not one bit can be changed, cut or moved unseen."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.backup.encryption import SEGMENT_BYTES, DecryptionError, Encrypted
from library.backup.manifests import BackupRun, InvalidRunError, decode_run, encode_run
from library.backup.paths import is_safe

SEALER = Encrypted(bytes(range(32)), "bk-222222")


def _sealed(data: bytes, about: str = "object", sealer: Encrypted = SEALER) -> bytes:
    return b"".join(sealer.encrypt([data], about))


def _opened(data: bytes, about: str = "object", sealer: Encrypted = SEALER) -> bytes:
    return b"".join(sealer.decrypt([data], about))


@given(st.lists(st.binary(max_size=200)))
def test_any_pieces_come_out_as_they_went_in(pieces: list[bytes]) -> None:
    encrypted = list(SEALER.encrypt(pieces, "object"))
    joined = b"".join(encrypted)
    assert len(joined) == SEALER.stored_size(sum(map(len, pieces)))
    assert b"".join(SEALER.decrypt([bytes([byte]) for byte in joined], "object")) == b"".join(
        pieces
    )


@pytest.mark.parametrize(
    "size",
    [
        0,
        1,
        SEGMENT_BYTES - 1,
        SEGMENT_BYTES,
        SEGMENT_BYTES + 1,
        2 * SEGMENT_BYTES,
        2 * SEGMENT_BYTES + 7,
    ],
)
def test_lengths_about_the_edge_of_a_piece(size: int) -> None:
    data = bytes(size)
    encrypted = _sealed(data)
    assert len(encrypted) == SEALER.stored_size(size)
    assert _opened(encrypted) == data


@given(st.binary(max_size=64), st.data())
def test_not_one_bit_can_be_changed(data: bytes, chosen: st.DataObject) -> None:
    encrypted = bytearray(_sealed(data))
    at = chosen.draw(st.integers(0, len(encrypted) * 8 - 1))
    encrypted[at // 8] ^= 1 << at % 8
    with pytest.raises(DecryptionError):
        _opened(bytes(encrypted))


@given(st.binary(max_size=64), st.data())
def test_nothing_can_be_cut_off_or_added(data: bytes, chosen: st.DataObject) -> None:
    encrypted = _sealed(data)
    length = chosen.draw(st.integers(0, len(encrypted) - 1))
    for damaged in (encrypted[:length], encrypted + b"\0"):
        with pytest.raises(DecryptionError):
            _opened(damaged)


def test_whole_pieces_cannot_be_left_out_or_exchanged() -> None:
    encrypted = _sealed(bytes(SEGMENT_BYTES) + b"\1" * SEGMENT_BYTES + b"\2" * 10)
    head, step = 40, SEGMENT_BYTES + 16
    first, second, last = (
        encrypted[head : head + step],
        encrypted[head + step : head + 2 * step],
        b"",
    )
    last = encrypted[head + 2 * step :]
    start = encrypted[:head]
    for damaged in (start + first + second, start + first + last, start + second + first + last):
        with pytest.raises(DecryptionError):
            _opened(damaged)


def test_another_key_another_backup_and_another_purpose_do_not_fit() -> None:
    encrypted = _sealed(b"her words")
    for sealer in (Encrypted(bytes(32), "bk-222222"), Encrypted(bytes(range(32)), "bk-333333")):
        with pytest.raises(DecryptionError):
            _opened(encrypted, sealer=sealer)
        assert sealer.check() != SEALER.check()
        assert sealer.name_of("a" * 64) != SEALER.name_of("a" * 64)
    with pytest.raises(DecryptionError):
        _opened(encrypted, about="run 2026-11-23T101500Z")
    assert _sealed(b"the same") != _sealed(b"the same"), "equal contents would be seen"


@given(st.binary(max_size=300))
def test_any_bytes_are_a_run_or_are_refused_as_none(data: bytes) -> None:
    with pytest.raises(InvalidRunError):
        decode_run(data, "2026-11-23T101500Z")


@given(st.data())
def test_a_run_that_was_changed_is_no_run(chosen: st.DataObject) -> None:
    run = BackupRun(
        id="2026-11-23T101500Z",
        made="2026-11-23T10:15:00Z",
        version="1",
        library="ours",
        generation=3,
        log_lines=2,
        log_head="a" * 64,
        folders={"interviews": 0o700},
        files=(),
    )
    data = bytearray(encode_run(run))
    at = chosen.draw(st.integers(0, len(data) - 1))
    data[at] ^= chosen.draw(st.integers(1, 255))
    try:
        read = decode_run(bytes(data), run.id)
    except InvalidRunError:
        return
    assert encode_run(read) == encode_run(run), "only what says nothing may differ"


def test_a_run_of_an_earlier_version_holds_though_fields_were_added_since() -> None:
    run = BackupRun(
        id="2026-11-23T101500Z",
        made="2026-11-23T10:15:00Z",
        version="1",
        library="ours",
        generation=3,
        log_lines=2,
        log_head="a" * 64,
        folders={},
        files=(),
    )
    unsigned = encode_run(run).replace(b' "log_begins": "",\n', b"")
    unsigned = re.sub(rb'"sha256": "[0-9a-f]{64}"', b'"sha256": ""', unsigned)
    digest = hashlib.sha256(unsigned).hexdigest().encode()
    earlier = unsigned.replace(b'"sha256": ""', b'"sha256": "' + digest + b'"')
    assert b"log_begins" not in earlier
    assert decode_run(earlier, run.id).generation == 3


@given(st.text())
def test_a_path_that_is_safe_stays_below_its_folder(path: str) -> None:
    from pathlib import Path

    if is_safe(path):
        assert Path("/a/b", path).is_relative_to("/a/b")
        assert ".." not in Path(path).parts
