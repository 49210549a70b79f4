"""What only a preview has: the page its contributor opens first, its banner, terms still open."""

from __future__ import annotations

from publish.edition import Edition, ReleasedStory
from publish.render import icons, text
from publish.render.cards import card
from publish.render.document import Document
from publish.render.parts import contact, kind_and_length, shown_as, take_away

BANNER = "preview-banner"
"""Class of the element that must be on every page of a preview."""


def preview_line(edition: Edition) -> str:
    """The banner’s words as HTML; empty for the staff’s library."""
    if edition.preview is None:
        return ""
    return (
        "<strong>For viewing before you decide.</strong> Nobody is shown this unless you agree. "
        f'<span class="preview-of">Code <b>{edition.preview.code}</b>, '
        f"made on {text.day(edition.on)}</span>"
    )


def start_page(edition: Edition) -> Document:
    """How to view it, what may be asked, whom to ask, and the way in."""
    (story,) = edition.stories
    page = story.page
    title = text.plain(page.title)
    body = f"""<div class="library preview">
<header class="welcome">
<p class="eyebrow">Your story, before you decide</p>
<h1 dir="auto">{text.html_text(page.title)}</h1>
<div class="lede"><p>This is your story exactly as staff would see it: the film, the
captions and the words on the page. Watch it first. Then decide, in your own time.</p></div>
<p><a class="way-in" href="stories/{page.id}.html">{icons.PLAY}<span>Watch your story</span></a></p>
<p class="welcome-facts">{kind_and_length(story)}</p>
</header>
{_code(edition)}
<div class="preview-parts">
{_HOW_TO_VIEW}
{_WHAT_TO_ASK}
{_whom_to_ask(edition)}
</div>
<section class="shelf" aria-labelledby="list-title">
<h2 id="list-title">How it would stand in the library</h2>
<p>Staff would see this card among the other stories, and choose your story by it.</p>
<ul class="cards">{card(story)}</ul>
</section>
</div>"""
    return Document(title=title, description=f"{title}: to view before you decide", body=body)


def _code(edition: Edition) -> str:
    code = edition.preview.code if edition.preview else ""
    return f"""<section class="preview-code" aria-labelledby="code-title">
<div><h2 id="code-title">The code of this version</h2>
<p class="code">{code}</p></div>
<p>When you have decided, we ask you for this code. It makes sure that what you agree to is what you
have seen. If anything is changed after today, you are shown the new version, and it has a new
code.</p>
</section>"""


_HOW_TO_VIEW = """<section aria-labelledby="view-title">
<h2 id="view-title">How to view it</h2>
<ul>
<li>Choose “Watch your story”. Go on to the end, with the captions on, as often as you like.</li>
<li>Take your time. You may watch it alone or with somebody you trust, and you can stop at any
point. <a href="support.html">Where to find support</a></li>
<li>Read the words below the film too: they are shown to staff with it.</li>
<li>Ask yourself of everybody you speak about: could they be recognised, and would they mind?</li>
<li>It needs no internet, and nothing is sent anywhere. If it does not play, tell us, and we will
show it to you.</li>
<li>Please keep this copy to yourself until you have decided.</li>
</ul>
</section>"""


_WHAT_TO_ASK = """<section aria-labelledby="ask-title">
<h2 id="ask-title">What you can ask for</h2>
<ul>
<li><strong>Changes</strong>: a word that was misheard, the title, the name you are shown under, the
summary.</li>
<li><strong>Cuts</strong>: any sentence, name or detail can be left out, of picture, sound, captions
and words.</li>
<li><strong>To be heard and not seen.</strong></li>
<li><strong>Limits</strong>: you choose who may see it, and for how long.</li>
<li><strong>More time</strong>, or to see it again after a change.</li>
<li><strong>To say no.</strong> You need give no reason, and nobody will be shown it.</li>
</ul>
<p class="preview-promise">Whatever you decide, nobody’s care is ever affected: not that of the
person you care for, and not your own. And if you say yes, you can still change your mind later.</p>
</section>"""


def _whom_to_ask(edition: Edition) -> str:
    return f"""<section aria-labelledby="whom-title">
<h2 id="whom-title">Whom to ask</h2>
<p>To ask for a change, to ask a question, or to say what you have decided:</p>
<div class="contact">{contact(edition.library)}</div>
</section>"""


def undecided_terms(story: ReleasedStory, edition: Edition) -> str:
    """Where the library’s page says what was agreed, the preview says what is to be decided."""
    return f"""<section class="terms" aria-labelledby="terms-title">
<h2 id="terms-title">How this story may be used</h2>
<dl>
<div><dt>Who it is for</dt><dd>You decide</dd></div>
<div><dt>Released</dt><dd>Not released</dd></div>
<div><dt>Agreement is looked at again by</dt><dd>You decide</dd></div>
</dl>
{shown_as(story)}
<p>Here staff will read whom you agreed to show it to, and that they must not copy it or pass it on.
<a href="../index.html#ask-title">What you can ask for</a></p>
<div class="contact">{contact(edition.library)}</div>
{take_away(story)}
</section>"""


def open_me(edition: Edition) -> str:
    """The one file beside the folder `pages`: a whole page, which works wherever it is opened.

    Somebody who opens it inside a zip, where the folder cannot be reached, reads here what to do.
    """
    (story,) = edition.stories
    title = text.html_text(text.plain(story.page.title))
    styles = "".join(
        f'<link rel="stylesheet" href="pages/assets/css/{name}.css">\n'
        for name in ("type", "frame", "library")
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; \
img-src 'self'; font-src 'self'; form-action 'none'; base-uri 'none'">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex, nofollow">
<meta name="color-scheme" content="light dark">
<title>{title}: to view before you decide</title>
{styles}</head>
<body>
<aside class="{BANNER}" aria-label="Preview"><p>{preview_line(edition)}</p></aside>
<main class="page open-me">
<h1 dir="auto">{title}</h1>
<p><a class="way-in" href="pages/index.html">Open your preview</a></p>
<p>Does nothing happen, or is “not found” all you see? Then this page was opened inside a zip file.
Close it, choose “Extract all” for the zip file, and open this page again in the folder that
appears.</p>
</main>
</body>
</html>
"""
