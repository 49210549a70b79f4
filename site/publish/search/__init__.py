"""The search: find the moment in a story where a carer said it.

    tokens          a text in words and their stems, as the browser does it too
    segments        a story's transcript in moments of about half a minute
    documents       what can be found: stories, plans and pages, in passages
    word_list       words that are looked for besides those typed: interviews/search-words.yml
    thesaurus       words that lead to a word of the library, from related_words.txt
    document_index  which word is in which passage of one document, and where
    kept_indexes    those of stories, for the next build
    inverted_index  those of all documents joined to that of the library
    signs           numbers as signs that no word can be read from
    word_buckets    the library's words with what is looked for besides them, by their first letters
    shards          all of it as small classic scripts, for http and file:// alike

Everything comes from the edition and from pages people wrote, so nothing that is not released can
be found. How it is read: `site/assets/js/search-*.js`. How it is laid out, and why:
docs/reference/search.md.
"""
