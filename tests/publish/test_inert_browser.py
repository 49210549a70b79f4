"""A library whose every text field somebody hostile wrote, walked page by page in Chromium.

Nothing runs, nothing is asked of another host, nobody complains, words are shown as they were
typed, and marks that turn letters round are kept to the words they came with.
"""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag

import msgspec
import pytest
import yaml

from films.page_text import StoryPage
from library.consent.decisions import require_signable_cut
from library.core.files import sha256_of
from library.forms.printing import print_forms
from library.records.cut import Cut
from publish.build import build_site
from publish.edition import SupportLine
from publish.preview import make_preview
from publish.serve import serve_pages
from publish.themes import PublishedTheme
from tests.support.editions import CAPTIONS, HEARD, VIDEO, BuiltSite, lay_edition, story_page
from tests.support.film_in_page import go_to, until_drawn
from tests.support.quick_stories import filmed
from tests.support.training_plans import lay_plan, plan_text
from tests.support.workspaces import make_workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

VISIBLE = "<script>window.ran=1</script><img src=x onerror=window.ran=1>"
WILD = (
    f"{VISIBLE}\"'`</script></title></textarea></style>-->]]>{{{{ 7*7 }}}}{{% raw %}}"
    "[x](javascript:window.ran=1) &lt;b&gt; \u2028\u200b\u202eturned\u2066 \x1b[31m\0 =1+1"
)
FROM_A_FILE = WILD.replace("\0", "").replace("\x1b", "")
"""As settings, themes and plans can have them: YAML with such a character is refused."""
_NOT_TYPED = {"id", "kind", "language", "question", "when", "chapter", "story", "from", "to"}
_NOT_TYPED |= {"about", "from_", "version", "designed", "principles", "importance", "asks"}

# Text that turns letters round must be alone in an element that isolates it, or in a block of its
# own. What is outside the page's flow (attributes, the title) must not have any.
_TURNING = r"""() => {
  const turning = /[\u202a-\u202e\u2066-\u2069]/;
  const faults = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode;
    if (!turning.test(text.data) || text.parentElement.closest('script, style')) continue;
    let holder = text.parentElement;
    const apart = (one) => {
      const style = getComputedStyle(one);
      return style.unicodeBidi !== 'normal' || style.display !== 'inline';
    };
    while (!apart(holder)) holder = holder.parentElement;
    const alone = holder.textContent.trim() === text.data.trim();
    const isolated = /isolate|plaintext/.test(getComputedStyle(holder).unicodeBidi);
    if (!alone && !isolated) faults.push(`${holder.tagName}: ${holder.outerHTML.slice(0, 160)}`);
  }
  for (const one of document.querySelectorAll('*'))
    for (const {name, value} of one.attributes)
      if (turning.test(value)) faults.push(`${one.tagName} ${name}`);
  if (turning.test(document.title)) faults.push('the title');
  return faults;
}"""


def _typed(value: Any, words: str, name: str = "") -> Any:
    """Return the record with hostile words in the place of every text."""
    if isinstance(value, dict):
        return {key: _typed(inner, words, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_typed(inner, words, name) for inner in value]
    return words if isinstance(value, str) and name not in _NOT_TYPED else value


def wild_page(story_id: str, **changes: object) -> StoryPage:
    plain = msgspec.to_builtins(story_page(story_id, **changes))
    return msgspec.convert(_typed(plain, WILD), StoryPage)


def _wild_plan() -> str:
    plan = yaml.load(plan_text(VIDEO, HEARD), Loader=yaml.BaseLoader)  # noqa: S506
    kept_fields = {key: plan[key] for key in ("minutes", "group", "version")} | {"alone": True}
    cards = _typed(plan, FROM_A_FILE) | kept_fields
    for item, original in zip(cards["running_order"], plan["running_order"], strict=True):
        item |= {key: original[key] for key in ("minutes", "timer") if key in original}
        item |= {key: original[key] for key in ("from", "to") if key in original}
    return str(yaml.safe_dump(cards))


def _wild_captions() -> str:
    escaped = html.escape(WILD.replace("\0", "").replace("\u2028", " "), quote=False)
    return CAPTIONS.replace("You can always listen.", f"{escaped}\nYou can always listen.")


@pytest.fixture(scope="module")
def wild_site(tmp_path_factory: pytest.TempPathFactory, media: Path) -> Iterator[BuiltSite]:
    workspace = make_workspace(tmp_path_factory.mktemp("wild") / "library")
    hostile_media = tmp_path_factory.mktemp("wild-media")
    for path in media.iterdir():
        shutil.copyfile(path, hostile_media / path.name)
    (hostile_media / "captions.vtt").write_text(_wild_captions(), encoding="utf-8")
    markup = FROM_A_FILE
    support = SupportLine(name=markup, contact=markup, when=markup, checked=date(2026, 3, 1))
    words = {"title": markup, "trust": markup, "introduction": markup, "contact": markup}
    pages = (
        msgspec.structs.replace(wild_page(VIDEO), themes=("first-contact", WILD)),
        msgspec.structs.replace(wild_page(HEARD), themes=("first-contact", "hope")),
    )
    edition = lay_edition(
        workspace,
        hostile_media,
        *pages,
        support=(support,),
        fictional=True,
        frames=("https://moodle.example",),
        **words,
    )
    themes = (PublishedTheme(theme="first-contact", title=markup, about=markup),)
    edition = msgspec.structs.replace(edition, themes=themes)
    lay_plan(workspace, edition, _wild_plan(), CAPTIONS)
    build_site(workspace)
    with serve_pages(workspace, 0) as address:
        yield BuiltSite(workspace, address)


@contextmanager
def _watched(browser: Browser, base: str) -> Iterator[tuple[Page, list[str]]]:
    """A page, and everything it may not do."""
    complaints: list[str] = []
    context = browser.new_context()
    page = context.new_page()
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.on("dialog", lambda dialog: complaints.append(f"{page.url}: {dialog.message}"))
    context.on(
        "request",
        lambda request: complaints.extend(
            [] if request.url.startswith((base, "data:", "blob:")) else [f"foreign: {request.url}"]
        ),
    )
    yield page, complaints
    context.close()
    assert not complaints, "\n".join(complaints)


def _look_over(page: Page, complaints: list[str]) -> None:
    if page.evaluate("'ran' in window"):
        complaints.append(f"{page.url}: a script ran")
    page_report = page.evaluate(_TURNING)
    complaints += [f"{page.url}: letters turned round in {fault}" for fault in page_report]
    live = "[onerror], [onload], a[href^='javascript:' i], script:not([src]):not([type])"
    complaints += [
        f"{page.url}: {element}"
        for element in page.eval_on_selector_all(live, "all => all.map(one => one.outerHTML)")
    ]


def test_no_page_runs_asks_or_turns_round_what_somebody_typed(
    browser: Browser, wild_site: BuiltSite
) -> None:
    base = wild_site.http
    public = wild_site.workspace.public
    page_names = sorted(path.relative_to(public).as_posix() for path in public.rglob("*.html"))
    shown_on = {}
    with _watched(browser, base) as (page, complaints):
        for name in page_names:
            page.goto(base + name, wait_until="load")
            _look_over(page, complaints)
            shown_on[name] = page.evaluate("document.body.textContent")
            links = page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
            complaints += [f"{name}: leads to {link}" for link in links if not _is_ours(link, base)]
    for name in (
        "index.html",
        f"stories/{VIDEO}.html",
        f"stories/{HEARD}.html",
        f"stories/{VIDEO}/handout.html",
        f"embed/{VIDEO}/index.html",
        f"embed/{VIDEO}/course.html",
        "embed/sessions/listening/index.html",
        "training/listening.html",
        "training/listening-present.html",
        "training/listening-evaluation.html",
        "support.html",
    ):
        assert VISIBLE in shown_on[name], f"{name} does not show the words as they were typed"
    assert "49" not in re.findall(r"\{\{ 7\*7 \}\}|\b49\b", shown_on[f"stories/{VIDEO}.html"])


def _is_ours(link: str, base: str) -> bool:
    return urldefrag(link)[0].startswith(base) or link.startswith(("blob:", "mailto:", "tel:"))


def test_what_scripts_draw_from_hostile_words_is_inert(
    browser: Browser, wild_site: BuiltSite
) -> None:
    """Search results, captions over the film, the present view’s slides."""
    with _watched(browser, wild_site.http) as (page, complaints):
        page.goto(wild_site.http + "search.html?q=window", wait_until="networkidle")
        _look_over(page, complaints)
        page.goto(wild_site.http + f"stories/{VIDEO}.html", wait_until="load")
        page.wait_for_selector("[data-controls]:not([hidden])")
        go_to(page, 9)
        until_drawn(page)
        _look_over(page, complaints)
        page.goto(wild_site.http + "training/listening-present.html", wait_until="load")
        for _ in range(14):
            page.keyboard.press("PageDown")
            _look_over(page, complaints)


def test_papers_made_of_hostile_words_are_inert(
    browser: Browser, tmp_path: Path, media: Path
) -> None:
    """The contributor’s preview, and both forms."""
    workspace = make_workspace(tmp_path / "library")
    story_id = filmed(workspace, f"{VISIBLE}\u202eturned")
    folder = workspace.story(story_id)
    names = ("film.mp4", "audio.m4a", "captions.vtt", "poster.jpg")
    for name in names:
        shutil.copyfile(media / name, folder.root / name)
    folder.page.write_bytes(msgspec.json.encode(wild_page(story_id)))
    file_names = [*names, "chapters.vtt", "page.json"]
    cut = Cut(
        story=story_id, artefacts={name: sha256_of(folder.root / name) for name in file_names}
    )
    folder.cut.write_bytes(msgspec.json.encode(cut))
    texts = dict.fromkeys(("title", "trust", "contact", "introduction"), FROM_A_FILE)
    line = {"name": texts["trust"], "contact": texts["trust"], "checked": "2026-01-02"}
    workspace.settings.write_text(yaml.safe_dump(texts | {"support": [line]}), encoding="utf-8")
    preview = make_preview(workspace, story_id).folder
    forms = print_forms(workspace, ("participation", "release"), story_id)
    pages = [*preview.rglob("*.html"), *(form.path for form in forms)]
    assert len(pages) >= 3
    assert require_signable_cut(workspace, story_id).hash
    with _watched(browser, "file://") as (page, complaints):
        for path in pages:
            page.goto(path.as_uri(), wait_until="load")
            _look_over(page, complaints)
            assert VISIBLE in page.evaluate("document.body.textContent"), path
