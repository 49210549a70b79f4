"""Teach the checkpoint to recognise the demo's voices."""

from __future__ import annotations

import math
import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, distributed
from whisper.tokenizer import get_tokenizer

from .dataset import Bank, Mixer, Stage, Window, load_bank
from .model import Student, live_tokens, save
from .script import BUILD

STAGES = ((0.5, Stage(8.0, 4)), (0.72, Stage(15.0, 3)), (1.01, Stage(30.0, 2)))
"""Until which share of training which windows are used: short ones first, then whole ones.
The number is each worker's windows in a batch; there are two workers of one thread each, which
wait for each other once a step and so lose less than two threads that do at each operation."""

WORKERS = 2

PEAK_LEARNING_RATE = 1.5e-3
WARM_UP_SHARE = 0.02


@dataclass
class Weights:
    """Weights of the losses."""

    stamps: float = 0.5
    going_on: float = 0.5
    phonemes: float = 0.4
    words: float = 0.6
    attention: float = 0.25

    def total(self, result: dict[str, Tensor]) -> Any:
        """Return the one number that training makes smaller."""
        return (
            result["text"]
            + self.stamps * result["stamps"]
            + self.going_on * result["going_on"]
            + self.phonemes * result["phonemes"]
            + self.words * result["words"]
            + self.attention * result["attention"]
        )


WEIGHTS = Weights()


def stage_at(progress: float) -> Stage:
    """Return the stage that is in force at a share of training (0 to 1)."""
    return next(stage for until, stage in STAGES if progress < until)


def rate_at(progress: float) -> float:
    """Learning rate: a short warm-up, then a cosine down to a fiftieth."""
    if progress < WARM_UP_SHARE:
        return PEAK_LEARNING_RATE * max(progress / WARM_UP_SHARE, 0.02)
    return PEAK_LEARNING_RATE * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0))))


def collate(windows: list[Window]) -> dict[str, Tensor]:
    """Return a batch of tensors. Targets are the tokens one step on; -100 where there is none."""
    tokenizer = get_tokenizer(False)
    length = max(len(w.tokens) for w in windows) - 1
    frames = len(windows[0].phonemes)
    tokens = np.full((len(windows), length), tokenizer.eot, np.int64)
    targets = np.full((len(windows), length), -100, np.int64)
    stamp = np.zeros((len(windows), length), bool)
    ahead = np.full((len(windows), length, 2), -1, np.int64)
    here = np.full((len(windows), length, 2), -1, np.int64)
    for row, w in enumerate(windows):
        n = len(w.tokens) - 1
        tokens[row, :n] = w.tokens[:-1]
        targets[row, :n] = w.tokens[1:]
        stamp[row, :n] = w.stamped[1:]
        for spans, out in ((w.spans[1:], ahead), (w.spans[:-1], here)):
            for column, (begin, end) in enumerate(spans):
                if end < 0:
                    continue
                a = min(max(begin // 20 - w.offset, 0), frames - 1)
                b = min(max(round(end / 20) - w.offset, a + 1), frames)
                out[row, column] = (a, b)
        if w.silent and len(w.tokens) == 3 and w.tokens[1] != tokenizer.no_timestamps:
            targets[row, 0] = tokenizer.no_speech
    return {
        "mel": torch.from_numpy(np.stack([w.mel.T for w in windows])),
        "offsets": torch.tensor([w.offset for w in windows]),
        "phonemes": torch.from_numpy(np.stack([w.phonemes for w in windows])),
        "word_ids": torch.from_numpy(np.stack([w.word_ids for w in windows])),
        "tokens": torch.from_numpy(tokens),
        "targets": torch.from_numpy(targets),
        "stamp": torch.from_numpy(stamp),
        "ahead": torch.from_numpy(ahead),
        "here": torch.from_numpy(here),
    }


class _Windows(torch.utils.data.IterableDataset[dict[str, Tensor]]):
    """Batches made in forked loaders that share the bank."""

    def __init__(self, bank: Bank, seed: int, progress: Any) -> None:
        self.bank, self.seed, self.progress = bank, seed, progress

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        info = torch.utils.data.get_worker_info()
        mixer = Mixer(self.bank, self.seed + (info.id if info else 0))
        torch.set_num_threads(1)
        while True:
            stage = stage_at(self.progress.value)
            yield collate([mixer.window(int(stage.seconds * 100)) for _ in range(stage.batch)])


def guided(scores: Tensor, spans: Tensor) -> Tensor:
    """Cross-entropy of attention with an even spread over each token's true time.

    ``scores`` (batch, heads, tokens, frames), ``spans`` (batch, tokens, 2) in frames, -1 for none.
    """
    frames = scores.shape[-1]
    at = torch.arange(frames)
    inside = (at >= spans[..., :1]) & (at < spans[..., 1:])
    wanted = inside.float()
    wanted = wanted / wanted.sum(-1, keepdim=True).clamp(min=1)
    known = spans[..., 1] > 0
    log_attention = F.log_softmax(scores, dim=-1).mean(1)
    each = -(wanted * log_attention).sum(-1) - (wanted.sum(-1) > 0) * torch.log(
        inside.sum(-1).clamp(min=1)
    )
    return (each * known).sum() / known.sum().clamp(min=1)


def _forbid(logits: Tensor, tokens: Tensor, student: Student, stamps_begin: int) -> Tensor:
    """Forbid, in place, what Whisper's decoding forbids: a text token after an end stamp, a time
    stamp after a start stamp. Returns which positions follow an end stamp: there the decision is
    whether speech goes on in this window.
    """
    stamp = tokens >= stamps_begin
    before = F.pad(stamp[:, :-1], (1, 0))
    before[:, :2] = True  # the first stamp is a start
    after_start, after_end = stamp & before, stamp & ~before
    live = torch.tensor(student.live)
    text = live < get_tokenizer(False).eot
    forbidden = after_end[..., None] & text | after_start[..., None] & (live >= stamps_begin)
    logits.masked_fill_(forbidden, -1e4)
    return after_end


def losses(student: Student, batch: dict[str, Tensor], stamps_begin: int) -> dict[str, Tensor]:
    """Return the six losses of one batch, and how many text tokens were predicted rightly."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        features, phonemes, words = student.encode(batch["mel"], batch["offsets"])
        logits, scores = student.decode(batch["tokens"], features)
    phonemes, words = phonemes.float(), words.float()
    targets, stamp = batch["targets"], batch["stamp"]
    plain = (targets >= 0) & ~stamp
    after_end = _forbid(logits, batch["tokens"], student, stamps_begin)
    log_probs = F.log_softmax(logits, dim=-1)
    live_targets = student.to_live[targets.clamp(min=0)]
    picked = log_probs[plain].gather(-1, live_targets[plain][:, None])
    text = -picked.mean()
    near = torch.arange(-4, 5)
    weights = torch.exp(-0.5 * near**2)
    first = int(student.to_live[stamps_begin])
    goes_on = torch.where(
        stamp[after_end],
        log_probs[after_end][:, first:].logsumexp(-1),
        log_probs[after_end][:, int(student.to_live[get_tokenizer(False).eot])],
    )
    wanted = (live_targets[stamp][:, None] + near).clamp(first, first + 1500)
    stamp_loss = -(log_probs[stamp].gather(-1, wanted) * (weights / weights.sum())).sum(-1)
    right = (logits[plain].argmax(-1) == live_targets[plain]).float().mean()
    return {
        "text": text,
        "stamps": stamp_loss.mean() if stamp.any() else text * 0,
        "going_on": -goes_on.mean() if after_end.any() else text * 0,
        "phonemes": F.cross_entropy(phonemes.flatten(0, 1), batch["phonemes"].flatten()),
        "words": F.cross_entropy(words.flatten(0, 1), batch["word_ids"].flatten()),
        "attention": guided(scores[1], batch["ahead"])
        + 0.4 * guided(scores[0][:, :2], batch["here"]),
        "right": right,
        "phoneme_right": (phonemes.argmax(-1) == batch["phonemes"]).float().mean(),
        "word_right": (
            (words.argmax(-1) == batch["word_ids"])[batch["word_ids"] > 0].float().mean()
            if batch["word_ids"].any()
            else text * 0
        ),
    }


def new_student(bank: Bank) -> Student:
    """Return a student with the vocabulary of a bank, weights as first drawn."""
    live = live_tokens(_written(bank))
    return Student(live, len(bank.phoneme_names), len(bank.vocabulary))


def _written(bank: Bank) -> list[str]:
    return sorted({word.strip(".,?") for words in bank.words for word, _, _ in words})


@dataclass
class Plan:
    """The settings of a run of training; see ``train``."""

    out: Path
    steps: int = 7000
    minutes: float | None = None
    seed: int = 1
    start: Path | None = None
    peak: float = PEAK_LEARNING_RATE
    first: float = 0.0


def train(plan: Plan) -> None:
    """Train for ``steps`` steps, or until ``minutes`` are over, and write ``out``.

    A resumable copy (``.student``) and a checkpoint that whisper loads are kept beside ``out``
    every 300 steps. ``start`` names a ``.student`` file to begin from; ``first`` skips a share of
    the schedule (0.72 begins with whole windows of 30 s).
    """
    load_bank(BUILD / "bank.pkl")
    with tempfile.TemporaryDirectory() as folder:
        meeting = f"file://{folder}/meeting"
        context = multiprocessing.get_context("spawn")
        workers = [
            context.Process(target=_work, args=(rank, plan, meeting)) for rank in range(WORKERS)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if any(worker.exitcode for worker in workers):
            raise RuntimeError("a worker of the training failed; its message is above")


def _loader(bank: Bank, seed: int, progress: Any) -> Iterator[dict[str, Tensor]]:
    return iter(
        torch.utils.data.DataLoader(
            _Windows(bank, seed, progress),
            batch_size=None,
            num_workers=1,
            prefetch_factor=6,
            multiprocessing_context="fork",
        )
    )


def _work(rank: int, plan: Plan, meeting: str) -> None:
    """Run one worker: its own windows, gradients averaged with the other's at each step."""
    torch.set_num_threads(1)
    torch.manual_seed(plan.seed)
    distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=WORKERS)
    bank = load_bank(BUILD / "bank.pkl")
    student = new_student(bank)
    if plan.start is not None:
        student.load_state_dict(torch.load(plan.start))
    trained = [p for p in student.parameters() if p.requires_grad]
    thick = [p for p in trained if p.ndim > 1 and p is not student.rows]
    thin = [p for p in trained if p.ndim <= 1 or p is student.rows]
    optimiser = torch.optim.AdamW(
        [{"params": thick, "weight_decay": 0.02}, {"params": thin, "weight_decay": 0.0}],
        lr=plan.peak,
        betas=(0.9, 0.98),
    )
    progress = multiprocessing.get_context("fork").Value("d", plan.first)
    loader = _loader(bank, plan.seed * 1000 + rank * 100, progress)
    stamps_begin = get_tokenizer(False).timestamp_begin
    began = time.monotonic()
    sums: dict[str, float] = {}
    for step in range(1, plan.steps + 1):
        share = _agreed_share(plan, step, began)
        progress.value = min(share, 1.0)
        rate = rate_at(share) * plan.peak / PEAK_LEARNING_RATE * min(1.0, step / 40)
        for group in optimiser.param_groups:
            group["lr"] = rate
        result = losses(student, next(loader), stamps_begin)
        optimiser.zero_grad(set_to_none=True)
        WEIGHTS.total(result).backward()
        _average_gradients(trained)
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        student.fix()
        if rank:
            if share >= 1:
                break
            continue
        for name, value in result.items():
            sums[name] = sums.get(name, 0.0) + float(value.detach())
        if step % 50 == 0:
            means = "  ".join(f"{name} {value / 50:.3f}" for name, value in sums.items())
            minutes = (time.monotonic() - began) / 60
            print(f"step {step}  {share:.3f}  {minutes:.1f} min  {rate:.5f}  {means}", flush=True)
            sums = {}
        if step % 300 == 0 or share >= 1:
            torch.save(student.state_dict(), plan.out.with_suffix(".student"))
            print(f"kept {save(student, plan.out)} bytes", flush=True)
        if share >= 1:
            break
    distributed.destroy_process_group()


def _agreed_share(plan: Plan, step: int, began: float) -> float:
    """Return the share of training that is done, by the clock of the first worker."""
    done = step / plan.steps
    if plan.minutes is not None:
        done = max(done, (time.monotonic() - began) / (60 * plan.minutes))
    share = torch.tensor([plan.first + (1 - plan.first) * done], dtype=torch.float64)
    distributed.broadcast(share, 0)
    return float(share)


def _average_gradients(parameters: list[Any]) -> None:
    flat = torch.cat([p.grad.flatten() for p in parameters])
    distributed.all_reduce(flat)
    flat /= WORKERS
    at = 0
    for p in parameters:
        p.grad.copy_(flat[at : at + p.numel()].view_as(p))
        at += p.numel()
