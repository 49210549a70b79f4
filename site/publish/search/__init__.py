"""Moments search: find the place in a story where a carer said it.

    cutting     a story's transcript in moments of about half a minute
    findable    what can be found: stories and pages, in pieces
    tokens      a text in words and their stems, as the browser does it too
    marshalling which word is in which piece, counted once for the whole library
    coding      numbers in signs that no word can be read from
    shards      all of it as small classic scripts, for http and file:// alike

Everything comes from the edition and from pages people wrote, so nothing that is not released can
be found. How it is read: `site/assets/js/search-*.js`. How it is laid out, and why: docs/site.md.
"""

from __future__ import annotations

from publish.search.documents import Findable, Piece, findable_page, findable_story
from publish.search.segments import Moment, moments
from publish.search.shards import moment_paths, search_files

__all__ = [
    "Findable",
    "Moment",
    "Piece",
    "findable_page",
    "findable_story",
    "moment_paths",
    "moments",
    "search_files",
]
