"""Pages made from an edition: pure, and the only place where story text becomes HTML.

    pages         every page of an edition, by its path
    story  library  training  standalone    the pages, one module for each part of the site
    metadata      what programs read: JSON-LD, link previews, the feed
    facets        the ways to choose a story
    facts  text   stories and typed text in words
    templating    the templates in `templates/`, and what they may use

Nothing here reads a clock or a setting, nor the disk but for the templates. Every word of a story
is encoded by `publish.render.templating` and is never Markdown.
"""
