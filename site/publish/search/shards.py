"""The index as files: classic scripts, each calling one function, small enough to be read at once.

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
from publish.search.documents import STORY, Findable, Piece
from publish.search.inverted_index import Entry, Marshalled, marshalled
from publish.search.number_codec import written
from publish.search.segments import moments
from publish.search.tokens import COMMON

TEXTS = 10
"""Pieces in one file of texts: what one result costs to show."""
SHARD = 24_000
"""Bytes of lists in one file; a longer list has one of its own."""
_CALL = "carerStoriesIndex"


def search_files(found: Iterable[Findable]) -> dict[str, str]:
    """The index of everything in `found`, as files by their path in the site."""
    ordered = sorted(found, key=lambda one: one.kind != STORY)
    stories = sum(one.kind == STORY for one in ordered)
    themes = sorted({theme for one in ordered for theme in one.themes})
    index = marshalled(ordered)
    terms, pairs = _cut(index.lists), _cut(index.pairs)
    parts: dict[str, object] = {
        f"search/words-{number}": " ".join(f"{word} {stem}" for word, stem in words)
        for number, words in enumerate(index.words)
        if words
    }
    parts.update((f"search/terms-{number}", _shard(one)) for number, one in enumerate(terms))
    parts.update((f"search/pairs-{number}", _shard(one)) for number, one in enumerate(pairs))
    for number, one in enumerate(ordered):
        parts.update(_texts(one, _texts_of(one, number - stories)))
    parts["search/index"] = {
        "stories": " ".join(_id(one) for one in ordered[:stories]),
        "pages": [one.path for one in ordered[stories:]],
        "pieces": written([len(one.pieces) for one in ordered]),
        "themes": themes,
        "themed": written(_themed(ordered[:stories], themes)),
        "texts": TEXTS,
        "common": " ".join(sorted(COMMON)),
        "buckets": written(_steps([number for number, words in enumerate(index.words) if words])),
        "lists": _lists_in(index),
        "terms": written(_steps([one[0].key for one in terms])),
        "pairs": written(_steps([one[0].key for one in pairs])),
    }
    return _as_scripts(parts)


def moment_paths(page: StoryPage) -> list[str]:
    """The files of texts that a story has in the site."""
    return [f"stories/{page.id}/moments-{number}.js" for number in range(_files(page))]


@lru_cache(maxsize=4096)
def _files(page: StoryPage) -> int:
    """Kept, because a build asks more than once."""
    return -(-(1 + len(moments(page))) // TEXTS)


def _as_scripts(parts: Mapping[str, object]) -> dict[str, str]:
    texts = {
        name: json.dumps(part, ensure_ascii=False, separators=(",", ":"))
        for name, part in parts.items()
    }
    stamp = _stamp(texts)
    return {f"{name}.js": f'{_CALL}("{stamp}","{name}",{text});\n' for name, text in texts.items()}


def _stamp(texts: Mapping[str, str]) -> str:
    """Which build this is: signs that are no word and no number, like those of the lists."""
    sha = hashlib.sha256()
    for name, text in sorted(texts.items()):
        sha.update(name.encode() + b"\0" + text.encode() + b"\0")
    return written(list(sha.digest()[:10]))


def _id(story: Findable) -> str:
    return story.path.removeprefix("stories/").removesuffix(".html")


def _texts_of(one: Findable, page_number: int) -> str:
    if one.kind == STORY:
        return one.path.removesuffix(".html") + "/moments-"
    return f"search/page-{page_number}-"


def _texts(one: Findable, stem: str) -> Iterator[tuple[str, object]]:
    """Each file says of what it is, so that a moment can be shown from its file alone."""
    for first in range(0, len(one.pieces), TEXTS):
        some = one.pieces[first : first + TEXTS]
        speakers = list(dict.fromkeys(said.speaker for piece in some for said in piece.said))
        under = list(dict.fromkeys(piece.under for piece in some))
        yield (
            f"{stem}{first // TEXTS}",
            {
                "title": one.title,
                "kind": one.kind,
                "note": one.note,
                "content": one.content_note,
                "speakers": speakers,
                "under": under,
                "pieces": [_piece(piece, speakers, under) for piece in some],
            },
        )


def _piece(piece: Piece, speakers: list[str], under: list[str]) -> list[object]:
    """Where: seconds, rounded down as the player’s links are, or a part of a page. Then the
    question, and who said what."""
    said = chain.from_iterable((speakers.index(one.speaker), one.text) for one in piece.said)
    return [piece.anchor or piece.start // 1000, under.index(piece.under), *said]


def _themed(stories: Sequence[Findable], themes: Sequence[str]) -> list[int]:
    """For each story how many themes it has, and which."""
    place = {theme: number for number, theme in enumerate(themes)}
    numbers: list[int] = []
    for story in stories:
        known = [place[theme] for theme in story.themes if theme in place]
        numbers += [len(known), *known]
    return numbers


def _lists_in(index: Marshalled) -> int:
    """How many stems there are."""
    return index.lists[-1].key // 2 + 1 if index.lists else 0


def _steps(numbers: list[int]) -> list[int]:
    return [one - before for before, one in zip([0, *numbers], numbers, strict=False)]


def _cut(entries: Sequence[Entry]) -> list[list[Entry]]:
    shards: list[list[Entry]] = []
    size = SHARD
    for entry in entries:
        if size + len(entry.data) > SHARD:
            shards.append([])
            size = 0
        shards[-1].append(entry)
        size += len(entry.data) + 3  # and its number and length
    return shards


def _shard(entries: Sequence[Entry]) -> str:
    """How many lists; of each its number, counted on, and how long it is; then the lists."""
    keys = _steps([entry.key for entry in entries])
    keys[0] = 0
    head = [len(entries)]
    for key, entry in zip(keys, entries, strict=True):
        head += [key, len(entry.data)]
    return written(head) + b"".join(entry.data for entry in entries).decode()
