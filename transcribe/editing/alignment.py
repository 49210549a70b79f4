"""Which words of a text are which of the recording: the alignment that editing rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Block(NamedTuple):
    """Literal words `a`…`b` stand against the text's tokens `c`…`d`."""

    same: bool
    a: int
    b: int
    c: int
    d: int


def align(literal: Sequence[str], edited: Sequence[str]) -> list[Block]:
    """Alternating runs of same and changed words that cover both sides."""
    from rapidfuzz.distance import Levenshtein

    blocks: list[Block] = []
    for step in Levenshtein.opcodes(literal, edited):
        same = step.tag == "equal"
        block = Block(same, step.src_start, step.src_end, step.dest_start, step.dest_end)
        if blocks and not same and not blocks[-1].same:
            before = blocks.pop()
            block = Block(False, before.a, block.b, before.c, block.d)
        blocks.append(block)
    return blocks
