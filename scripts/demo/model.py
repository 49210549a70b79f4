"""The shape of our checkpoint, and how it is run in training and written to disk.

It is openai-whisper's own model, English only, width 128. Of the 51,864 rows of its vocabulary
only those are live that the demo can need: its words' tokens, the special tokens and the 1,501
time stamps. All the others are one constant row that gives a logit of -40: one dimension of the
decoder's last layer norm is fixed at 1, and the dead rows are -40 there and 0 elsewhere.
"""

from __future__ import annotations

import io
import math
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn
from whisper.model import ModelDimensions, Whisper
from whisper.tokenizer import get_tokenizer

WIDTH, HEADS = 128, 4
FIXED = 0
"""The dimension of the last layer norm that is always 1."""

DEAD_LOGIT = -40.0

DIMENSIONS = ModelDimensions(
    n_mels=80,
    n_audio_ctx=1500,
    n_audio_state=WIDTH,
    n_audio_head=HEADS,
    n_audio_layer=4,
    n_vocab=51864,
    n_text_ctx=448,
    n_text_state=WIDTH,
    n_text_head=HEADS,
    n_text_layer=2,
)


def live_tokens(words: list[str]) -> list[int]:
    """Return the tokens that can be said: of ``words`` as written, special ones, time stamps."""
    tokenizer = get_tokenizer(False)
    live = {tokenizer.eot, tokenizer.sot, tokenizer.no_speech, tokenizer.no_timestamps}
    live |= set(range(tokenizer.timestamp_begin, tokenizer.timestamp_begin + 1501))
    for mark in (".", ",", "?"):
        live |= set(tokenizer.encode(mark))
    for word in words:
        for form in (word, word[0].upper() + word[1:], word[0].lower() + word[1:]):
            live |= set(tokenizer.encode(" " + form))
    return sorted(live)


class Student(nn.Module):
    """The model while it learns: Whisper's own blocks, a small vocabulary, two helper heads.

    The helpers name, for each encoder frame of 20 ms, the phoneme and the word that is heard.
    They are thrown away afterwards.
    """

    def __init__(self, live: list[int], phonemes: int, words: int) -> None:
        super().__init__()
        self.whisper = Whisper(DIMENSIONS)
        self.live = live
        self.to_live = torch.full((DIMENSIONS.n_vocab,), -1, dtype=torch.long)
        self.to_live[torch.tensor(live)] = torch.arange(len(live))
        self.rows = nn.Parameter(torch.randn(len(live), WIDTH) * 0.05)
        self.phoneme_head = nn.Linear(WIDTH, phonemes)
        self.word_head = nn.Linear(WIDTH, words + 1)
        decoder = self.whisper.decoder
        with torch.no_grad():
            decoder.positional_embedding.zero_()
            decoder.positional_embedding[:256] = torch.randn(256, WIDTH) * 0.02
            decoder.token_embedding.weight.zero_()
        decoder.token_embedding.weight.requires_grad_(False)
        _begin_well(self)
        self.fix()

    @torch.no_grad()
    def fix(self) -> None:
        """Hold the fixed dimension of the last layer norm at 1; call after each step."""
        self.whisper.decoder.ln.weight[FIXED] = 0.0
        self.whisper.decoder.ln.bias[FIXED] = 1.0

    def encode(self, mel: Tensor, offsets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features, phoneme logits and word logits of (batch, 80, frames) slices.

        ``offsets`` says at which of the 1,500 encoder positions each slice begins, so that short
        slices teach all positions.
        """
        encoder: Any = self.whisper.encoder
        x = F.gelu(encoder.conv1(mel))
        x = F.gelu(encoder.conv2(x)).permute(0, 2, 1)
        at = offsets[:, None] + torch.arange(x.shape[1])[None]
        x = x + encoder.positional_embedding[at]
        heard = x
        for index, block in enumerate(encoder.blocks):
            x = x + _self_attention(block.attn, block.attn_ln(x))
            x = x + block.mlp(block.mlp_ln(x))
            if index == 1:
                heard = x
        x = encoder.ln_post(x)
        return x, self.phoneme_head(F.layer_norm(heard, (WIDTH,))), self.word_head(x)

    def decode(self, tokens: Tensor, features: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Logits over the live tokens, and each layer's cross-attention scores before softmax."""
        decoder: Any = self.whisper.decoder
        x = F.embedding(self.to_live[tokens], self.rows)
        x = x + decoder.positional_embedding[: tokens.shape[1]]
        scores = []
        for block in decoder.blocks:
            x = x + block.attn(block.attn_ln(x), mask=decoder.mask)[0]
            seen, score = _cross_attention(block.cross_attn, block.cross_attn_ln(x), features)
            x = x + seen
            scores.append(score)
            x = x + block.mlp(block.mlp_ln(x))
        with torch.autocast("cpu", enabled=False):
            return decoder.ln(x.float()) @ self.rows.T, scores

    @torch.no_grad()
    def state_dict_for_whisper(self) -> dict[str, Tensor]:
        """Return the weights as openai-whisper expects them, in half precision."""
        state = {name: value.clone() for name, value in self.whisper.state_dict().items()}
        table = torch.zeros(DIMENSIONS.n_vocab, WIDTH)
        table[:, FIXED] = DEAD_LOGIT
        table[torch.tensor(self.live)] = self.rows
        state["decoder.token_embedding.weight"] = table
        return {name: value.half() for name, value in state.items()}


def _cross_attention(attention: Any, x: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
    """Whisper's cross-attention, with its scores kept so that they can be taught."""
    batch, length, width = x.shape
    size = width // HEADS
    q = attention.query(x).view(batch, length, HEADS, size).transpose(1, 2)
    k = attention.key(features).view(batch, -1, HEADS, size).transpose(1, 2)
    v = attention.value(features).view(batch, -1, HEADS, size).transpose(1, 2)
    scores = (q @ k.transpose(-1, -2)) * size**-0.5
    seen = (F.softmax(scores, dim=-1) @ v).transpose(1, 2).reshape(batch, length, width)
    return attention.out(seen), scores.float()


def _self_attention(attention: Any, x: Tensor) -> Tensor:
    """Whisper's self-attention of the encoder; in single precision, where it is fastest here."""
    batch, length, width = x.shape
    size = width // HEADS
    q, k, v = (
        part(x).float().view(batch, length, HEADS, size).transpose(1, 2)
        for part in (attention.query, attention.key, attention.value)
    )
    seen = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, length, width)
    out: Tensor = attention.out(seen)
    return out


NEARBY = ((-2, 2, -5, 5), (-3, 3, -8, 8), (-6, 6, -14, 14), (-10, 10, -22, 22))
"""Frames of 20 ms by which each encoder head looks aside when training begins."""


@torch.no_grad()
def _begin_well(student: Student) -> None:
    """Start from attention that looks at places, which otherwise takes hours to be found.

    A sine and cosine of a position turn into those of a neighbouring one by a rotation, so a head
    whose query is the rotated position and whose key is the position looks a fixed way aside.
    Encoder heads begin so; time stamps begin as the code of their own place; and the decoder
    begins by looking where the token just read says, and from there a little further.
    """
    whisper: Any = student.whisper
    for layer, block in enumerate(whisper.encoder.blocks):
        for head, aside in enumerate(NEARBY[layer]):
            _look_aside(block.attn, head, aside, first=3 * layer, gain=1.4)
    code = whisper.encoder.positional_embedding
    first = int(student.to_live[get_tokenizer(False).timestamp_begin])
    student.rows[first : first + 1500] = 0.1 * code
    first_attention, second_attention = (block.cross_attn for block in whisper.decoder.blocks)
    for head in (0, 1):
        _look_aside(first_attention, head, 4, first=2 + 12 * head, gain=1.4)
        _carry_place(first_attention, head, first=2 + 12 * head)
    for head in range(HEADS):
        _look_aside(second_attention, head, 10, first=2 + 4 * head, gain=1.4)


def _rates() -> Tensor:
    """Radians a frame of Whisper's position code: 64, each with a sine and a cosine."""
    half = WIDTH // 2
    return torch.exp(-math.log(10000) / (half - 1) * torch.arange(half))


def _look_aside(attention: Any, head: int, aside: int, *, first: int, gain: float) -> None:
    half, size = WIDTH // 2, WIDTH // HEADS
    attention.query.weight[head * size : (head + 1) * size] *= 0.2
    attention.key.weight[head * size : (head + 1) * size] *= 0.2
    for number in range(size // 2):
        rate = first + number
        angle = float(_rates()[rate]) * aside
        sine, cosine = head * size + 2 * number, head * size + 2 * number + 1
        attention.key.weight[sine, rate] += gain
        attention.key.weight[cosine, half + rate] += gain
        attention.query.weight[sine, rate] += gain * math.cos(angle)
        attention.query.weight[sine, half + rate] += gain * math.sin(angle)
        attention.query.weight[cosine, half + rate] += gain * math.cos(angle)
        attention.query.weight[cosine, rate] -= gain * math.sin(angle)


def _carry_place(attention: Any, head: int, *, first: int) -> None:
    """Let a head hand on the place it looks at."""
    half, size = WIDTH // 2, WIDTH // HEADS
    for number in range(size // 2):
        for row, column in ((2 * number, first + number), (2 * number + 1, half + first + number)):
            attention.value.weight[head * size + row, column] += 0.8
            attention.out.weight[column, head * size + row] += 0.8


def save(student: Student, path: Path) -> int:
    """Write the checkpoint in openai-whisper's format, deflated; returns its size in bytes."""
    raw = io.BytesIO()
    torch.save(
        {"dims": asdict(DIMENSIONS), "model_state_dict": student.state_dict_for_whisper()}, raw
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(raw) as plain, zipfile.ZipFile(path, "w") as packed:
        for name in plain.namelist():
            entry = zipfile.ZipInfo(name, date_time=(2020, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, plain.read(name), compresslevel=9)
    return path.stat().st_size
