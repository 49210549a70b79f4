"""The index as files: classic scripts, each calling one function, small enough to read at once.

    search/index.js             what there is, and which list is in which file
    search/words-57.js          words with the same first letters, and the number of each one’s list
    search/terms-12.js          lists of stems whose words follow each other in the alphabet
    search/pairs-3.js           lists of neighbours of common words
    search/page-4-0.js          the texts of a page
    stories/<id>/moments-2.js   the texts of ten moments, with the story that they are of

A browser loads a script in the same way from a server and from a stick. Every file names the build
it is of: one that was kept from an earlier build is seen to be.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain

from films.page_text import StoryPage
from publish.search.documents import STORY, Passage, SearchDocument
from publish.search.inverted_index import (
    InvertedIndex,
    PostingList,
    build_index,
    numbers_as_text,
)
from publish.search.segments import moments
from publish.search.tokens import COMMON

_PASSAGES_PER_FILE = 10
"""Passages in one file of texts: what one result costs to show."""
_SHARD_BYTES = 24_000
"""Bytes of lists in one file; a longer list has one of its own."""
_CALL = "carerStoriesIndex"


def search_files(documents: Iterable[SearchDocument]) -> dict[str, str]:
    """Return the index of all documents, as files by their path in the site."""
    # Stories first: files name them by their number, pages are numbered on.
    ordered = sorted(documents, key=lambda document: document.kind != STORY)
    stories = sum(document.kind == STORY for document in ordered)
    themes = sorted({theme for document in ordered for theme in document.themes})
    index = build_index(ordered)
    terms, pairs = _cut(index.lists), _cut(index.pairs)
    parts: dict[str, object] = {
        f"search/words-{number}": " ".join(f"{word} {stem}" for word, stem in words)
        for number, words in enumerate(index.words)
        if words
    }
    parts.update((f"search/terms-{number}", _shard(lists)) for number, lists in enumerate(terms))
    parts.update((f"search/pairs-{number}", _shard(lists)) for number, lists in enumerate(pairs))
    for number, document in enumerate(ordered):
        parts.update(_texts(document, _texts_stem(document, number - stories)))
    parts["search/index"] = {
        "stories": " ".join(_story_id(story) for story in ordered[:stories]),
        "pages": [page.path for page in ordered[stories:]],
        "passages": numbers_as_text([len(document.passages) for document in ordered]),
        "themes": themes,
        "themed": numbers_as_text(_themes_of_stories(ordered[:stories], themes)),
        "texts": _PASSAGES_PER_FILE,
        "common": " ".join(sorted(COMMON)),
        "buckets": numbers_as_text(
            _steps([number for number, words in enumerate(index.words) if words])
        ),
        "lists": _stem_count(index),
        "terms": numbers_as_text(_steps([lists[0].key for lists in terms])),
        "pairs": numbers_as_text(_steps([lists[0].key for lists in pairs])),
    }
    return _as_scripts(parts)


def moment_paths(page: StoryPage) -> list[str]:
    """Return the paths of the files of texts that a story has in the site."""
    return [f"stories/{page.id}/moments-{number}.js" for number in range(_text_file_count(page))]


@lru_cache(maxsize=4096)
def _text_file_count(page: StoryPage) -> int:
    # Cached: a build asks when it lists what may be under `stories/`, and again when it checks.
    return -(-(1 + len(moments(page))) // _PASSAGES_PER_FILE)


def _as_scripts(parts: Mapping[str, object]) -> dict[str, str]:
    texts = {
        name: json.dumps(part, ensure_ascii=False, separators=(",", ":"))
        for name, part in parts.items()
    }
    stamp = _stamp(texts)
    return {f"{name}.js": f'{_CALL}("{stamp}","{name}",{text});\n' for name, text in texts.items()}


def _stamp(texts: Mapping[str, str]) -> str:
    """Return the mark of this build: signs that are no word and no number, like the lists."""
    sha = hashlib.sha256()
    for name, text in sorted(texts.items()):
        sha.update(name.encode() + b"\0" + text.encode() + b"\0")
    # Ten bytes: two builds have the same stamp by chance once in 2^80.
    return numbers_as_text(list(sha.digest()[:10]))


def _story_id(story: SearchDocument) -> str:
    return story.path.removeprefix("stories/").removesuffix(".html")


def _texts_stem(document: SearchDocument, page_number: int) -> str:
    if document.kind == STORY:
        return document.path.removesuffix(".html") + "/moments-"
    return f"search/page-{page_number}-"


def _texts(document: SearchDocument, stem: str) -> Iterator[tuple[str, object]]:
    """Yield the files of texts; each names its story, so that one file is enough for a result."""
    for first in range(0, len(document.passages), _PASSAGES_PER_FILE):
        passages = document.passages[first : first + _PASSAGES_PER_FILE]
        speakers = list(
            dict.fromkeys(
                utterance.speaker for passage in passages for utterance in passage.utterances
            )
        )
        questions = list(dict.fromkeys(passage.question for passage in passages))
        yield (
            f"{stem}{first // _PASSAGES_PER_FILE}",
            {
                "title": document.title,
                "kind": document.kind,
                "note": document.note,
                "content": document.content_note,
                "speakers": speakers,
                "under": questions,
                "passages": [_passage(passage, speakers, questions) for passage in passages],
            },
        )


def _passage(passage: Passage, speakers: list[str], questions: list[str]) -> list[object]:
    """Return where it is, the number of its question, and who said what.

    Where: seconds, rounded down as the player’s links are, or a part of a page.
    """
    spoken = chain.from_iterable(
        (speakers.index(utterance.speaker), utterance.text) for utterance in passage.utterances
    )
    return [passage.anchor or passage.start // 1000, questions.index(passage.question), *spoken]


def _themes_of_stories(stories: Sequence[SearchDocument], themes: Sequence[str]) -> list[int]:
    """Return for each story how many themes it has, and which."""
    number_of = {theme: number for number, theme in enumerate(themes)}
    numbers: list[int] = []
    for story in stories:
        known = [number_of[theme] for theme in story.themes if theme in number_of]
        numbers += [len(known), *known]
    return numbers


def _stem_count(index: InvertedIndex) -> int:
    return index.lists[-1].key // 2 + 1 if index.lists else 0


def _steps(numbers: list[int]) -> list[int]:
    return [number - before for before, number in zip([0, *numbers], numbers, strict=False)]


def _cut(lists: Sequence[PostingList]) -> list[list[PostingList]]:
    shards: list[list[PostingList]] = []
    size = _SHARD_BYTES
    for entry in lists:
        if size + len(entry.data) > _SHARD_BYTES:
            shards.append([])
            size = 0
        shards[-1].append(entry)
        size += len(entry.data) + 3  # and its number and length
    return shards


def _shard(lists: Sequence[PostingList]) -> str:
    """Return how many lists; of each its number, counted on, and its length; then the lists."""
    keys = _steps([entry.key for entry in lists])
    # `search/index.js` says at which number each file begins.
    keys[0] = 0
    head = [len(lists)]
    for key, entry in zip(keys, lists, strict=True):
        head += [key, len(entry.data)]
    return numbers_as_text(head) + b"".join(entry.data for entry in lists).decode()
