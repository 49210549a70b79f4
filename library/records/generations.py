"""Earlier generations of the library, whole, beside it: `library.json.g000041`.

Each is a second name (a hard link) of the file that was current until the next was renamed over
it, so that keeping it costs no copy, and the current file is never missing in between.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from library.core import files
from library.core.errors import BadInput, CarerStoriesError, Damaged, NotFound
from library.core.sanitise import shell_quoted
from library.core.workspace import BEFORE_MIGRATION
from library.records import file_format, migrations, record_types

GENERATIONS_KEPT = 5
RESTORABLE = "library.json"
"""The database that `carer-stories restore` knows how to put back, together with its log."""
_NUMBER = re.compile(r"[0-9]{6,}")
# A file system without hard links, such as FAT, or too many of them.
_NO_HARD_LINK_ERRORS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def earlier_files(path: Path) -> dict[int, Path]:
    """Generation number → file, oldest first, whether whole or not. Raises DiskFailed."""
    return {number: name_of(path, number) for number in sorted(_numbers(path))}


def _numbers(path: Path) -> list[int]:
    """Return the numbers of the generations beside a file. Raises DiskFailed."""
    beginning = f"{path.name}.g"
    with files.translate_disk_errors(path.parent, "read"):
        try:
            names = os.listdir(path.parent)  # noqa: PTH208 - names alone, at every read
        except (FileNotFoundError, NotADirectoryError):
            return []
    endings = (name[len(beginning) :] for name in names if name.startswith(beginning))
    return [int(ending) for ending in endings if _NUMBER.fullmatch(ending)]


def all_earlier_files(path: Path) -> list[Path]:
    """Return every file that may hold records of before: beside `path`, or kept by a migration.

    Raises DiskFailed.
    """
    with files.translate_disk_errors(path.parent, "read"):
        aside = sorted(
            [*path.parent.glob(f"{path.name}.before-*"), *path.parent.glob(f"{path.name}.schema-*")]
        )
        migrated = sorted(
            [
                *path.parent.glob(f"{BEFORE_MIGRATION}*/*/{path.name}*"),
                *path.parent.parent.glob(f"{BEFORE_MIGRATION}*/*/{path.parent.name}/{path.name}*"),
            ]
        )
        return [*earlier_files(path).values(), *aside, *migrated, *files.leftovers_of(path)]


def name_of(path: Path, generation: int) -> Path:
    return path.with_name(f"{path.name}.g{generation:06d}")


def newest_intact(path: Path) -> int | None:
    """Return the newest generation beside `path` that can be restored."""
    for number, file in reversed(earlier_files(path).items()):
        with contextlib.suppress(
            OSError, file_format.DamagedFileError, file_format.OtherSchemaError
        ):
            if file_format.parse(file.read_bytes()).header.generation == number:
                return number
    return None


def earlier_entries(path: Path) -> Iterator[tuple[int, msgspec.Raw]]:
    """Yield the log’s line of every generation beside `path` that is whole, newest first."""
    for number, file in reversed(earlier_files(path).items()):
        with contextlib.suppress(OSError, CarerStoriesError):
            yield number, parse_file(file, file.read_bytes()).header.entry


def replace_current(path: Path, parts: Sequence[bytes | memoryview], earlier: Path | None) -> None:
    """Make `parts` the current file; give the one that was current the name `earlier` first.

    The rename is the one instant at which the library changes. Raises OSError: before the rename
    nothing has changed, after it everything has.
    """
    for leftover in files.leftovers_of(path):  # of a killed process: we hold its lock now
        files.system.unlink(leftover)
    temporary = files.temporary_beside(path)
    try:
        # In this order the current file is never missing, and the old one never without a name.
        _write(temporary, parts)
        if earlier is not None:
            _link_or_copy(path, earlier)
        files.system.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            files.system.unlink(temporary)
        raise
    files.fsync_folder(path.parent)


def keep_before_migration(path: Path, whole: file_format.ParsedFile) -> None:
    """Keep the file of an older schema, before it is written in today’s. Raises OSError."""
    name = f"{path.name}.schema-{whole.schema:04d}-g{whole.header.generation:06d}"
    _link_or_copy(path, path.with_name(name))


def schema_of(path: Path) -> int | None:
    """Return the schema in the first line, or None where it cannot be read."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        # The schema stands near the beginning of the first line.
        number = re.search(rb'"schema":(\d{1,9})\b', file.read(200))
        return int(number[1]) if number else None
    return None


def has_copies(path: Path) -> bool:
    """Return True where the first line says that copies are entered; every command asks."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        return re.search(rb'"copies":[1-9]', file.read(2000)) is not None
    return False


def prune(path: Path) -> None:
    """Remove all but the newest. Not being able to is no error: they are only more than enough."""
    with contextlib.suppress(OSError):
        for file in list(earlier_files(path).values())[:-GENERATIONS_KEPT]:
            files.system.unlink(file)


def _write(temporary: Path, parts: Sequence[bytes | memoryview]) -> None:
    handle = files.system.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with files.closing(handle):
        for part in parts:
            files.write_all(handle, part)
        files.system.fsync(handle)


def _link_or_copy(path: Path, earlier: Path) -> None:
    if earlier.exists():
        if earlier.samefile(path):  # the process before us was killed between link and rename
            return
        files.system.unlink(earlier)
    try:
        files.system.link(path, earlier)
    except OSError as error:
        if error.errno not in _NO_HARD_LINK_ERRORS:
            raise
        files.write_atomic(earlier, path.read_bytes())


def read(path: Path) -> file_format.ParsedFile:
    """Return the current file, every byte accounted for.

    Raises NotFound where no library was made yet, DiskFailed, BadInput for another schema, and
    Damaged naming the newest whole generation for anything that is not as it was written.
    """
    # Listed first: a writer can only make the file we then read newer than what we listed.
    newest = max(_numbers(path), default=0)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        if newest:
            raise damaged(path, "it is missing, although earlier generations are there") from None
        raise no_library(path) from None
    except OSError as error:
        raise files.refusal(path, error, "read") from error
    whole = parse_file(path, data)
    if whole.header.generation < newest:
        older = f"it is generation {whole.header.generation}, older than {newest} beside it"
        raise damaged(path, older)
    return whole


def parse_file(path: Path, data: bytes) -> file_format.ParsedFile:
    """Return the parsed file of these bytes. Raises Damaged or BadInput."""
    try:
        whole = file_format.parse(data)
    except file_format.OtherSchemaError as error:
        raise _other_schema(path, error.schema) from error
    except file_format.DamagedFileError as error:
        raise damaged(path, record_types.diagnose(data) or str(error)) from error
    # A table that we do not know is of a later version.
    unknown = set(whole.tables) - set(record_types.TABLES.values())
    if unknown:
        raise _other_schema(path, migrations.SCHEMA + 1)
    return whole


def current_number(path: Path) -> int:
    """Return the number of the file that is to be replaced, as far as it can be read."""
    with contextlib.suppress(OSError):
        number = re.search(rb'"generation":(\d{1,18})\b', path.read_bytes()[:4096])
        return int(number[1]) if number else 0
    return 0


def damaged(path: Path, how: str) -> Damaged:
    """Return the refusal of a file, with the way back to the newest generation that is whole."""
    newest = newest_intact(path)
    if newest is None:
        step = f"Restore {path.parent} from your last backup."
    elif path.name != RESTORABLE:
        step = f"Generation {newest} beside it is whole: copy {name_of(path, newest).name} over it."
    else:
        step = (
            f"Generation {newest} beside it is whole: carer-stories restore --generation {newest}. "
            "The audit log says what was decided after it."
        )
    return Damaged(f"{path} cannot be used: {how}.", step)


def _other_schema(path: Path, schema: int) -> CarerStoriesError:
    age, step = (
        ("a newer", "Install the newest carer-stories, then run this again; nothing was changed.")
        if schema > migrations.SCHEMA
        else ("an older", "Open it once with the version that wrote it and update from there.")
    )
    return BadInput(
        f"{path} is of {age} version of carer-stories (schema {schema}; this one has "
        f"{migrations.SCHEMA}).",
        step,
    )


def no_library(path: Path) -> NotFound:
    folder = path.parent.parent
    # Not in the program's own folder, where one would be swept away with what was built there.
    is_program = (folder / "carer_stories.py").is_file()
    return NotFound(
        f"There is no library in {path.parent} yet.",
        "Go into yours, or make one in a folder of its own: carer-stories init FOLDER"
        if is_program
        else f"Make one with: carer-stories init {shell_quoted(folder)}",
    )
