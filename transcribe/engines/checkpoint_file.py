"""Reads a Whisper checkpoint (`.pt`) as arrays, without PyTorch and without running any of it.

Such a file is a zip: `data.pkl` is a program for Python's pickle machine that names the tensors,
and each tensor's numbers lie in an entry of their own. The few instructions that PyTorch writes are
carried out here by hand, and a name in them stands for itself: nothing is imported or called. What
is named must be exactly the weights of a Whisper model of the shape that the file gives itself,
before any number is read.
"""

from __future__ import annotations

import io
import pickletools
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from library.core.errors import BadInput, NoRoom
from library.core.files import translate_disk_errors

_MAX_PROGRAM_BYTES = 1_500_000
"""Of `data.pkl`: that of the largest Whisper model has 250,000."""
_LARGEST = {
    "n_mels": 512, "n_audio_ctx": 6_000, "n_audio_state": 4_096, "n_audio_head": 128,
    "n_audio_layer": 128, "n_vocab": 200_000, "n_text_ctx": 4_096, "n_text_state": 4_096,
    "n_text_head": 128, "n_text_layer": 128,
}  # fmt: skip
"""Each size that a model states of itself, and the largest that is believed."""
_NUMBERS: dict[str, Any] = {
    "HalfStorage": np.dtype("<f2"),
    "FloatStorage": np.dtype("<f4"),
    "DoubleStorage": np.dtype("<f8"),
    "BFloat16Storage": np.dtype("<u2"),
}
"""PyTorch's names of number formats. numpy has no bfloat16: it is the upper half of a float32."""
_FAULTS = (
    KeyError, IndexError, ValueError, TypeError, AttributeError, EOFError, OverflowError,
    NotImplementedError, RuntimeError, zlib.error, zipfile.BadZipFile,
)  # fmt: skip
"""Raised by `zipfile`, `pickletools` and numpy for files that are not what they seem."""


@dataclass(frozen=True)
class _PickledName:
    """A class or function that the program names: only compared, never looked up."""

    path: str


@dataclass(frozen=True)
class _StoredNumbers:
    """An entry of the zip with the numbers of a tensor."""

    entry: str
    kind: str
    count: int


@dataclass(frozen=True)
class _NamedTensor:
    """A tensor that the program describes."""

    numbers: _StoredNumbers
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_checkpoint_file(path: Path) -> tuple[dict[str, int], dict[str, Any]]:
    """Return a model's shape by Whisper's names, and its weights as float32 arrays by theirs.

    Raises BadInput for a file that is no Whisper model or not a whole one, NoRoom where memory
    does not suffice, DiskFailed where it cannot be read.
    """
    try:
        with translate_disk_errors(path), path.open("rb") as file, zipfile.ZipFile(file) as packed:
            (program,) = (name for name in packed.namelist() if name.endswith("/data.pkl"))
            folder = program.removesuffix("data.pkl")
            if packed.getinfo(program).file_size > _MAX_PROGRAM_BYTES:
                raise ValueError(program)
            dims, tensors = _contents(_carry_out(packed.read(program)))
            shapes = dict(_shapes(dims))
            if {name: tensor.shape for name, tensor in tensors.items()} != shapes:
                raise ValueError(program)
            weights = {
                name: _numbers_of(packed, folder, tensors[name]).astype(np.float32)
                for name in shapes
            }
            return dims, weights
    except MemoryError as error:
        raise NoRoom(
            f"The model {path.name} does not fit into this machine’s memory.",
            "Use a smaller one with --model, for example base or small.",
        ) from error
    except _FAULTS as error:
        raise BadInput(
            f"{path} is not a Whisper model, or not a whole one.",
            "Copy it again, or choose another with --model.",
        ) from error


def _contents(checkpoint: Any) -> tuple[dict[str, int], dict[str, _NamedTensor]]:
    dims, tensors = checkpoint["dims"], checkpoint["model_state_dict"]
    for name, largest in _LARGEST.items():
        if type(dims[name]) is not int or not 0 < dims[name] <= largest:
            raise ValueError(name)
    if len(dims) != len(_LARGEST) or dims["n_audio_state"] != dims["n_text_state"]:
        raise ValueError("dims")
    for name, tensor in tensors.items():
        if type(tensor) is not _NamedTensor:
            raise ValueError(name)
    return dims, tensors


def _shapes(dims: Mapping[str, int]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the name and shape of every weight of a model."""
    width = dims["n_audio_state"]
    yield "encoder.positional_embedding", (dims["n_audio_ctx"], width)
    yield "encoder.conv1.weight", (width, dims["n_mels"], 3)
    yield "encoder.conv1.bias", (width,)
    yield "encoder.conv2.weight", (width, width, 3)
    yield "encoder.conv2.bias", (width,)
    for number in range(dims["n_audio_layer"]):
        yield from _block(f"encoder.blocks.{number}", width, ("attn",))
    yield from _norm("encoder.ln_post", width)
    yield "decoder.token_embedding.weight", (dims["n_vocab"], width)
    yield "decoder.positional_embedding", (dims["n_text_ctx"], width)
    for number in range(dims["n_text_layer"]):
        yield from _block(f"decoder.blocks.{number}", width, ("attn", "cross_attn"))
    yield from _norm("decoder.ln", width)


def _block(
    name: str, width: int, attentions: tuple[str, ...]
) -> Iterator[tuple[str, tuple[int, ...]]]:
    for attention in attentions:
        for part in ("query", "key", "value", "out"):
            yield f"{name}.{attention}.{part}.weight", (width, width)
            if part != "key":
                yield f"{name}.{attention}.{part}.bias", (width,)
        yield from _norm(f"{name}.{attention}_ln", width)
    yield f"{name}.mlp.0.weight", (4 * width, width)
    yield f"{name}.mlp.0.bias", (4 * width,)
    yield f"{name}.mlp.2.weight", (width, 4 * width)
    yield f"{name}.mlp.2.bias", (width,)
    yield from _norm(f"{name}.mlp_ln", width)


def _norm(name: str, width: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{name}.weight", (width,)
    yield f"{name}.bias", (width,)


def _numbers_of(packed: zipfile.ZipFile, folder: str, tensor: _NamedTensor) -> Any:
    """Return the numbers of a tensor whose shape is known to be right."""
    stored = tensor.numbers
    dtype = _NUMBERS[stored.kind]
    entry = packed.getinfo(f"{folder}data/{stored.entry}")
    last = tensor.offset + sum(
        (size - 1) * stride for size, stride in zip(tensor.shape, tensor.strides, strict=True)
    )
    # A view that reached past its numbers would show whatever lies there in memory.
    if min(tensor.offset, *tensor.strides) < 0 or last >= stored.count:
        raise ValueError(stored.entry)
    if entry.file_size != stored.count * dtype.itemsize:
        raise ValueError(stored.entry)
    numbers = np.frombuffer(packed.read(entry), dtype)
    if stored.kind == "BFloat16Storage":
        numbers = (numbers.astype(np.uint32) << 16).view(np.float32)
    steps = tuple(stride * numbers.itemsize for stride in tensor.strides)
    return np.lib.stride_tricks.as_strided(
        numbers[tensor.offset :], tensor.shape, steps, writeable=False
    )


# The program


class _Mark:
    """The mark on the stack from which the next instruction takes all that lies above."""


def _carry_out(program: bytes) -> Any:
    """Return what the program makes. Raises one of `_FAULTS` for an instruction not known here."""
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    argument: Any
    for instruction, argument, _ in pickletools.genops(io.BytesIO(program)):
        name = instruction.name
        if name in ("PROTO", "FRAME"):
            continue
        if name == "STOP":
            return stack.pop()
        if name in ("BINPUT", "LONG_BINPUT"):
            memo[argument] = stack[-1]
        elif name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(memo[argument])
        else:
            _step(stack, name, argument)
    raise EOFError


_CONSTANTS: dict[str, Any] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_GIVEN = frozenset(
    {"BINUNICODE", "SHORT_BINUNICODE", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"}
)


def _step(stack: list[Any], name: str, argument: Any) -> None:
    if name in _GIVEN:
        stack.append(argument)
    elif name in _CONSTANTS:
        stack.append(_CONSTANTS[name])
    elif name == "MARK":
        stack.append(_Mark)
    elif name == "EMPTY_DICT":
        stack.append({})
    elif name == "GLOBAL":
        stack.append(_PickledName(argument.replace(" ", ".")))
    elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
        _pack(stack, int(name[-1]))
    elif name == "TUPLE":
        _pack(stack, _above_mark(stack))
        del stack[-2]
    elif name == "SETITEM":
        _enter(stack, 2)
    elif name == "SETITEMS":
        count = _above_mark(stack)
        del stack[-count - 1]
        _enter(stack, count)
    elif name == "BUILD":
        stack.pop()  # remarks of PyTorch's own on a dictionary
    elif name == "BINPERSID":
        stack.append(_stored(stack.pop()))
    elif name == "REDUCE":
        arguments = stack.pop()
        stack.append(_made(stack.pop(), arguments))
    else:
        raise ValueError(name)


def _above_mark(stack: list[Any]) -> int:
    """Return how many things lie above the topmost mark. Raises ValueError without one."""
    for count, thing in enumerate(reversed(stack)):
        if thing is _Mark:
            return count
    raise ValueError("mark")


def _pack(stack: list[Any], count: int) -> None:
    if count > len(stack):
        raise IndexError
    parts = tuple(stack[len(stack) - count :])
    del stack[len(stack) - count :]
    stack.append(parts)


def _enter(stack: list[Any], count: int) -> None:
    """Enter the `count` topmost things into the dictionary below, as names and their values."""
    entries = [stack.pop() for _ in range(count)][::-1]
    for name, entry in zip(entries[::2], entries[1::2], strict=True):
        # Nothing but text: to hash what refers to itself would take for ever.
        if type(name) is not str or type(stack[-1]) is not dict:
            raise ValueError("dictionary")
        stack[-1][name] = entry


def _stored(described: Any) -> _StoredNumbers:
    word, kind, entry, _device, count = described
    module, _, name = kind.path.rpartition(".")
    if (word, module) != ("storage", "torch") or name not in _NUMBERS:
        raise ValueError(name)
    if type(entry) is not str or type(count) is not int:
        raise ValueError(name)
    return _StoredNumbers(entry, name, count)


def _made(maker: Any, arguments: Any) -> Any:
    if maker == _PickledName("collections.OrderedDict") and arguments == ():
        return {}
    if maker == _PickledName("torch._utils._rebuild_parameter"):
        return arguments[0]
    if maker != _PickledName("torch._utils._rebuild_tensor_v2"):
        raise ValueError(str(maker))
    numbers, offset, shape, strides = arguments[:4]
    if type(numbers) is not _StoredNumbers:
        raise ValueError("storage")
    for number in (offset, *shape, *strides):
        if type(number) is not int:
            raise ValueError("shape")
    return _NamedTensor(numbers, offset, tuple(shape), tuple(strides))
