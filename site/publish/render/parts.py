"""Parts that more than one page shows: support lines, whom to ask, themes, the posters."""

from __future__ import annotations

from collections.abc import Iterable

from library.core.languages import SPOKEN, direction, native_name
from publish.bundle import translation_tags
from publish.edition import Edition, LibraryWords, ReleasedStory
from publish.render import icons, text


def fragments(edition: Edition) -> dict[str, str]:
    """What pages written by people may ask for with `<!-- library:NAME -->`, as HTML."""
    return {
        "support": support_lines(edition.library),
        "contact": contact(edition.library),
        "title": text.bdi(edition.library.title),
        "trust": text.bdi(edition.library.trust),
        "edition": f"<p>{edition_line(edition)}</p>",
        "until": f"Please do not show this copy {until_when(edition)}." if edition.until else "",
    }


def until_when(edition: Edition) -> str:
    """As people read it: from that day on the gate would not release it either."""
    return f"on {text.day(edition.until)} or later" if edition.until else ""


def support_lines(library: LibraryWords) -> str:
    """Somebody to turn to; says so plainly where the trust has not named anyone yet."""
    if not library.support:
        return (
            "<p>Please speak to your line manager, your trust’s staff support service or your GP. "
            "In an emergency call 999.</p>"
        )
    items = "".join(
        '<li class="support-line">'
        f'<strong dir="auto">{text.html_text(line.name)}</strong>'
        f'<span class="support-contact" dir="auto">{text.html_text(line.contact)}</span>'
        + (f'<span dir="auto">{text.html_text(line.when)}</span>' if line.when else "")
        + f'<span class="quiet">Checked {text.day(line.checked)}</span></li>'
        for line in library.support
    )
    return f'<ul class="support-lines">{items}</ul>'


def contact(library: LibraryWords) -> str:
    if library.contact:
        return text.lines(library.contact)
    return "<p>Please ask the team that looks after this library in your trust.</p>"


def edition_line(edition: Edition) -> str:
    if edition.preview:
        made = f"A preview of one story, made on {text.day(edition.on)}"
        return f"{made}. Its code is {edition.preview.code}. It is not the staff’s library."
    count = text.counted(len(edition.stories), "story", "stories")
    return f"This edition of {text.day(edition.on)} holds {count}."


def heard_only(story: ReleasedStory) -> bool:
    """Whether the film shows a calm picture, and nobody is seen."""
    return story.picture == "voice-only"


def kind_word(story: ReleasedStory) -> str:
    return "Voice only" if heard_only(story) else "Film"


def kind_icon(story: ReleasedStory) -> str:
    return icons.SOUND if heard_only(story) else icons.FILM


def kind_and_length(story: ReleasedStory) -> str:
    """Film, 2 minutes; Voice only, 2 minutes"""
    return f"{kind_word(story)}, {text.length(story.page.duration)}"


SMALLER_FILMS = ("film-360.mp4", "film-720.mp4")


def has_file(story: ReleasedStory, name: str) -> bool:
    return name in story.files


def theme_ids(edition: Edition) -> dict[str, str]:
    """Each theme of the edition and its fragment name, in the order people read them."""
    themes = {theme for story in edition.stories for theme in story.page.themes if theme.strip()}
    ordered = sorted(themes, key=lambda theme: (text.theme_words(theme).casefold(), theme))
    ids: dict[str, str] = {}
    for number, theme in enumerate(ordered, start=1):
        name = f"theme-{text.slug(theme) or number}"
        ids[theme] = name if name not in ids.values() else f"{name}-{number}"
    return ids


_VOICE = {"disguised": "The voice has been disguised at the contributor’s wish."}
_PICTURE = {"voice-only": "The contributor chose to be heard and not seen."}


def shown_as(story: ReleasedStory) -> str:
    """What the contributor chose about voice and picture, where it is not the plain thing."""
    choices = [_VOICE.get(story.voice, ""), _PICTURE.get(story.picture, "")]
    return "".join(f"<p>{choice}</p>" for choice in choices if choice)


def take_away(story: ReleasedStory) -> str:
    """Print it, watch it smaller, hear it without the picture, its captions as a file."""
    captions = (
        f'<li><a href="{story.page.id}/captions.vtt" download>Captions as a file (WebVTT)</a></li>'
        if has_file(story, "captions.vtt")
        else ""
    ) + "".join(_translated(story, tag) for tag in translation_tags(story))
    printing = (
        '<li data-print hidden><button type="button">Print transcript and questions</button></li>'
        f'<li><a href="{story.page.id}/handout.html">Handout to print</a></li>'
    )
    sound = (
        f'<li><a href="{story.page.id}/audio.m4a">Listen without the picture</a></li>'
        if has_file(story, "audio.m4a")
        else ""
    )
    return f'<ul class="take-away">{printing}{_smaller_film(story)}{sound}{captions}</ul>'


def _translated(story: ReleasedStory, tag: str) -> str:
    name = f'<bdi lang="{tag}" dir="{direction(tag)}">{native_name(tag)}</bdi>'
    return f'<li><a href="{story.page.id}/captions.{tag}.vtt" download>Captions, {name}</a></li>'


def _smaller_film(story: ReleasedStory) -> str:
    """The smallest size there is, for a slow network or an old computer."""
    name = next((one for one in SMALLER_FILMS if has_file(story, one)), None)
    if name is None:
        return ""
    return f'<li><a href="{story.page.id}/{name}">Watch a smaller film, for a slow network</a></li>'


def caption_tracks(story: ReleasedStory, place: str) -> str:
    """The film’s own captions, on by themselves where there is no script; then translations.

    `place` leads from the page to the folder of the story’s files.
    """
    if not has_file(story, "captions.vtt"):
        return ""
    name = f"{place}/captions"
    own = (
        f'<track kind="captions" src="{name}.vtt" srclang="{SPOKEN}" label="{native_name(SPOKEN)}" '
        f'data-captions="{name}.js" default>'
    )
    others = "".join(
        f'\n<track kind="subtitles" src="{name}.{tag}.vtt" srclang="{tag}" '
        f'label="{native_name(tag)}" data-captions="{name}.{tag}.js">'
        for tag in translation_tags(story)
    )
    return own + others


def language_options(tags: Iterable[str]) -> str:
    """Languages of captions to choose from: the one that is spoken, then others by own name."""
    return "".join(
        f'<option value="{tag}" lang="{tag}" dir="{direction(tag)}">{native_name(tag)}</option>'
        for tag in (SPOKEN, *tags)
    )
