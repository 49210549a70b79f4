"""Write the search index as small script files, each of which calls one function with its data.

    search/index.js             what there is, and which list is in which file
    search/words-57.js          words with the same first letters, the number of each one’s list,
                                and what else is looked for (`word_buckets`)
    search/short.js             what staff write short, each with its words in full
    search/related-9.js         which of these words others lead to, from the `thesaurus`
    search/terms-12.js          the passages of stems whose words follow each other in the alphabet
    search/places-7.js          the positions of these stems in their passages
    search/pairs-3.js           lists of neighbours of common words
    search/page-4-0.js          the texts of a page
    stories/<id>/moments-2.js   the texts of ten moments, with the story that they are of

A browser loads a classic script from a stick just as from a server. Every file names its build, the
texts of a story a mark of their own that `index.js` has as well, so that one cached from an earlier
build is recognised.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, groupby

import numpy as np

from films.page_text import StoryPage
from publish.render.facts import is_interviewer
from publish.search.document_index import Vocabulary, index_document
from publish.search.documents import STORY, Passage, SearchDocument
from publish.search.inverted_index import PostingLists, SaidWords, join_indexes
from publish.search.kept_indexes import StoryIndex
from publish.search.segments import moments
from publish.search.signs import Numbers, encode_numbers, numbers_as_text
from publish.search.thesaurus import KEY_BITS, related_files, word_number
from publish.search.tokens import ASKING_WORDS, EVERYDAY_WORDS, STOP_WORDS, stem
from publish.search.word_buckets import asking_phrases, word_buckets
from publish.search.word_list import WordList, phrase_key, short_forms

_PASSAGES_PER_FILE = 10
"""Passages in one file of texts: a result loads one such file."""
_TERM_BYTES, _PLACE_BYTES, _PAIR_BYTES = 8_000, 8_000, 16_000
"""Bytes of lists in one file; a longer list has a file of its own. Those of passages are read for
every word of a question and for what else is looked for, others for words that stand together."""
_HEAD_BYTES = 3
"""Signs that the number and length of a list take, mostly."""
_BUILD_MARK_BYTES = 10
"""Of the mark of a build: two have the same by chance once in 2^80."""
_STORY_MARK_BYTES = 5
"""Of the mark of a story's texts: those of a thousand stories are read before the first search."""
_NO_WORDS = WordList()
_LOADER_FUNCTION = "carerStoriesIndex"
"""The function of the page that every file calls."""


def search_files(
    documents: Iterable[SearchDocument | StoryIndex],
    word_list: WordList = _NO_WORDS,
    *,
    vocabulary: Vocabulary | None = None,
    keep: Callable[[StoryIndex], object] = lambda _story: None,
) -> dict[str, str]:
    """Return the index of all documents, as files by their path in the site.

    A story may come as its index, by the same `vocabulary`; the files of its texts are then left
    out. `keep` is called with the index of every other one.
    """
    vocabulary = vocabulary or Vocabulary()
    stories: list[StoryIndex] = []
    pages: list[SearchDocument] = []
    of_stories: dict[str, str] = {}
    for document in documents:
        if isinstance(document, StoryIndex):
            stories.append(document)
        elif document.kind == STORY:
            story, scripts = _index_story(document, vocabulary)
            keep(story)
            stories.append(story)
            of_stories.update(scripts)
        else:
            pages.append(document)
    themes = sorted({theme for story in stories for theme in story.themes})
    # Stories first: files name them by their number, pages are numbered on.
    indexes = [story.index for story in stories]
    indexes += [index_document(page.passages, vocabulary) for page in pages]
    index = join_indexes(indexes, vocabulary)
    families = {
        "terms": _encoded_shards(index.passages, _TERM_BYTES),
        "places": _encoded_shards(index.places, _PLACE_BYTES),
        "pairs": _encoded_shards(index.pairs, _PAIR_BYTES),
    }
    passages = [one.passages for one in indexes]
    words, related = _word_files(index.said, word_list, sum(passages))
    contents: dict[str, object] = {f"search/words-{number}": part for number, part in words.items()}
    contents.update((f"search/related-{number}", part) for number, part in enumerate(related))
    for family, (shards, _) in families.items():
        contents.update((f"search/{family}-{number}", shard) for number, shard in enumerate(shards))
    for number, page in enumerate(pages):
        contents.update(_text_files(page, _text_path_start(page, number)))
    about_all: dict[str, object] = {
        "stories": " ".join(map(_story_id, stories)),
        "pages": [page.path for page in pages],
        "passages": numbers_as_text(passages),
        "marks": " ".join(story.mark for story in stories),
        "moments": numbers_as_text([*chain.from_iterable(story.moments for story in stories)]),
        "themes": themes,
        "themed": numbers_as_text(_themes_of_stories(stories, themes)),
        "texts": _PASSAGES_PER_FILE,
        "common": " ".join(sorted(STOP_WORDS)),
        "asking": " ".join(ASKING_WORDS),
        "everyday": numbers_as_text(_differences(_everyday_numbers())),
        "asked": "|".join(asking_phrases(word_list)),
        "short": len(word_list.short) > 0,
        "support": [phrase_key(text) for text in word_list.support],
        "buckets": numbers_as_text(_differences(sorted(words))),
        "lists": len(index.said.counts),
        "related": len(related),
    }
    about_all.update(
        (family, numbers_as_text(_differences(keys))) for family, (_, keys) in families.items()
    )
    contents["search/index"] = about_all
    if word_list.short:
        contents["search/short"] = "|".join(chain.from_iterable(short_forms(word_list).items()))
    return _as_scripts(contents) | of_stories


def _index_story(
    story: SearchDocument, vocabulary: Vocabulary
) -> tuple[StoryIndex, dict[str, str]]:
    """Return the index of a story, and the files of its texts."""
    mark, scripts = _as_marked_scripts(dict(_text_files(story, _text_path_start(story, 0))))
    index = index_document(story.passages, vocabulary)
    moments_of = tuple(_moments_of_answers(story))
    return StoryIndex(story.path, tuple(story.themes), moments_of, mark, index), scripts


@lru_cache(maxsize=4)  # the desk and `upkeep` build again and again, mostly of the same words
def _word_files(
    said: SaidWords, word_list: WordList, passages: int
) -> tuple[Mapping[int, list[str]], list[list[str]]]:
    """Return the buckets of words and the files of related words of so many passages."""
    stems = {root: number for number, root in enumerate(said.roots)}
    return word_buckets(said, word_list), related_files(said, stems, word_list, passages)


def moment_paths(page: StoryPage) -> list[str]:
    """Return the paths of the files of texts that a story has in the site."""
    return [f"stories/{page.id}/moments-{number}.js" for number in range(_text_file_count(page))]


@lru_cache(maxsize=4096)
def _text_file_count(page: StoryPage) -> int:
    # Cached: a build asks when it lists what may be under `stories/`, and again when it checks.
    return -(-(1 + len(moments(page))) // _PASSAGES_PER_FILE)


def _as_marked_scripts(contents: Mapping[str, object]) -> tuple[str, dict[str, str]]:
    """Return the texts of one story as scripts, and before them the mark that each of them names.

    Not the build's: a story's files stay as they are while others come and go.
    """
    texts = {name: _encoded(part) for name, part in contents.items()}
    mark = _build_mark(texts, _STORY_MARK_BYTES)
    return mark, {
        f"{name}.js": f'{_LOADER_FUNCTION}("{mark}","{name}",{text});\n'
        for name, text in texts.items()
    }


def _encoded(part: object) -> str:
    return json.dumps(part, ensure_ascii=False, separators=(",", ":"))


def _as_scripts(contents: Mapping[str, object]) -> dict[str, str]:
    texts = {name: _encoded(part) for name, part in contents.items()}
    build_mark = _build_mark(texts, _BUILD_MARK_BYTES)
    return {
        f"{name}.js": f'{_LOADER_FUNCTION}("{build_mark}","{name}",{text});\n'
        for name, text in texts.items()
    }


def _build_mark(texts: Mapping[str, str], length: int) -> str:
    """Return a short mark, a hash of these files in the signs of `numbers_as_text`."""
    sha = hashlib.sha256()
    for name, text in sorted(texts.items()):
        sha.update(name.encode() + b"\0" + text.encode() + b"\0")
    return numbers_as_text(list(sha.digest()[:length]))


def _story_id(story: StoryIndex) -> str:
    return story.path.removeprefix("stories/").removesuffix(".html")


def _text_path_start(document: SearchDocument, page_number: int) -> str:
    if document.kind == STORY:
        return document.path.removesuffix(".html") + "/moments-"
    return f"search/page-{page_number}-"


def _text_files(document: SearchDocument, path_start: str) -> Iterator[tuple[str, object]]:
    """Yield path and content of each file of texts.

    Each file names its story, so that one is enough to show a result.
    """
    for first in range(0, len(document.passages), _PASSAGES_PER_FILE):
        passages = document.passages[first : first + _PASSAGES_PER_FILE]
        speakers = list(
            dict.fromkeys(
                utterance.speaker for passage in passages for utterance in passage.utterances
            )
        )
        questions = list(dict.fromkeys(passage.question for passage in passages))
        yield (
            f"{path_start}{first // _PASSAGES_PER_FILE}",
            {
                "title": document.title,
                "kind": document.kind,
                "note": document.note,
                "content": document.content_note,
                "review": document.review.isoformat() if document.review else "",
                "speakers": speakers,
                "asks": [at for at, speaker in enumerate(speakers) if is_interviewer(speaker)],
                "under": questions,
                "passages": [_encode_passage(passage, speakers, questions) for passage in passages],
            },
        )


def _encode_passage(passage: Passage, speakers: list[str], questions: list[str]) -> list[object]:
    """Return a passage as a list: position, number of its question, then speaker and text in turn.

    The position is in whole seconds, rounded down as in the player’s links, or an anchor of a page.
    """
    spoken = chain.from_iterable(
        (speakers.index(utterance.speaker), utterance.text) for utterance in passage.utterances
    )
    return [passage.anchor or passage.start // 1000, questions.index(passage.question), *spoken]


@lru_cache(maxsize=1)
def _everyday_numbers() -> list[int]:
    """Return the number of each stem of everyday talk: one of the words may be a hidden name."""
    return sorted({word_number(stem(word)) & ((1 << KEY_BITS) - 1) for word in EVERYDAY_WORDS})


def _moments_of_answers(story: SearchDocument) -> list[int]:
    """Return how many moments each answer of a story has; its first passage is none."""
    return [
        len(list(moments_of_answer))
        for _, moments_of_answer in groupby(story.passages[1:], lambda passage: passage.question)
    ]


def _themes_of_stories(stories: Sequence[StoryIndex], themes: Sequence[str]) -> list[int]:
    """Return for each story its number of themes, followed by their numbers."""
    number_of = {theme: number for number, theme in enumerate(themes)}
    numbers: list[int] = []
    for story in stories:
        known = [number_of[theme] for theme in story.themes if theme in number_of]
        numbers += [len(known), *known]
    return numbers


def _differences(numbers: list[int]) -> list[int]:
    """Return each number less the one before it, which takes fewer signs."""
    return [number - before for before, number in zip([0, *numbers], numbers, strict=False)]


def _encoded_shards(lists: PostingLists, most: int) -> tuple[list[str], list[int]]:
    """Return the lists in files of `most` bytes, and the key of the first list of each.

    A file is a text: the number of lists; the key and length of each; then the lists. Each key is
    written as its difference from the one before; the first is 0, as it is in `search/index.js`.
    """
    lengths = np.diff(lists.ends, prepend=0)
    begins = _shard_begins(lengths, most)
    steps = np.diff(lists.keys, prepend=0)
    steps[begins] = 0
    in_shard = np.diff(begins, append=len(steps))
    pairs = np.stack((steps, lengths), axis=1).ravel()
    heads, at = encode_numbers(np.insert(pairs, 2 * begins, in_shard))
    texts = []
    for number, (first, count) in enumerate(zip(begins.tolist(), in_shard.tolist(), strict=True)):
        head = heads[at[number + 2 * first] : at[number + 1 + 2 * (first + count)]]
        start = lists.ends[first - 1] if first else 0
        texts.append((head + lists.signs[start : lists.ends[first + count - 1]]).decode())
    return texts, lists.keys[begins].tolist()


def _shard_begins(lengths: Numbers, most: int) -> Numbers:
    """Return the first list of each file, for lists of these lengths."""
    # With the number and length of each.
    ends = np.cumsum(lengths + _HEAD_BYTES)
    begins = [0] if len(ends) else []
    while begins and begins[-1] < len(ends):
        before = ends[begins[-1] - 1] if begins[-1] else 0
        following = int(np.searchsorted(ends, before + most + _HEAD_BYTES, side="right"))
        begins.append(max(following, begins[-1] + 1))
    return np.asarray(begins[:-1], dtype=np.int64)
