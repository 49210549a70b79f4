"""The desk in a real browser: from a transcript to an approved cut, without a text editor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from library.consent.withdrawals import record_withdrawal
from library.core.workspace import StoryFolder, Workspace
from stewardship.desk.desk_page import RunningDesk, running_desk
from tests.support.browser import launch_chromium
from tests.support.command_line import CommandResult
from tests.support.page_checks import by_tab_alone, faults_in_all_forms
from tests.support.tone_story import LONG, PITCH, START, WORDS, edit, toned_story

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Cli = Callable[..., CommandResult]
SOON = 15_000
"""Milliseconds in which whatever is waited for comes on the slowest machine."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    opened = launch_chromium()
    yield opened
    opened.close()


@pytest.fixture
def story(workspace: Workspace) -> StoryFolder:
    return toned_story(workspace)


@contextmanager
def desk_window(browser: Browser, desk: RunningDesk, story: StoryFolder) -> Iterator[Page]:
    """A window of its own on a story. Afterwards: the page met no error of its own."""
    errors: list[str] = []
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    context.set_default_timeout(SOON)
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(desk.address.link_to(story.root.name))
    page.locator(".cm-content").wait_for()
    page.locator("[data-analysed]").wait_for()
    yield page
    context.close()
    assert errors == []


def wait_until(page: Page, expression: str) -> None:
    """Wait for a condition; the page's policy forbids what Playwright would wait with."""
    for _ in range(SOON // 50):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{expression} never came true")


def until_saved(page: Page, story: StoryFolder, what: str) -> str:
    """Return the text of `transcript.md` once it holds what was done."""
    for _ in range(SOON // 50):
        text = story.editors_copy.read_text(encoding="utf-8")
        if what in text and page.locator("#saved").text_content() == "Saved":
            return text
        page.wait_for_timeout(50)
    raise AssertionError(f"{what} was never saved: {text}")


def wait_until_file_is(page: Page, story: StoryFolder, text: str) -> None:
    for _ in range(SOON // 50):
        if story.editors_copy.read_text(encoding="utf-8") == text:
            return
        page.wait_for_timeout(50)
    raise AssertionError("The file never became:\n" + text)


def put_caret_into(page: Page, word: str) -> None:
    page.get_by_role("textbox", name=re.compile("Transcript of")).evaluate(
        """(content, word) => {
          const walk = document.createTreeWalker(content, NodeFilter.SHOW_TEXT);
          while (walk.nextNode()) {
            const at = walk.currentNode.data.indexOf(word);
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(walk.currentNode, at + 1);
            range.collapse(true);
            getSelection().removeAllRanges();
            getSelection().addRange(range);
            // The editor learns of it now, however busy the machine is.
            document.dispatchEvent(new Event("selectionchange"));
            return;
          }
          throw new Error(`${word} is not in view`);
        }""",
        word,
    )
    page.wait_for_timeout(50)


def test_from_a_transcript_to_an_approved_cut(
    workspace: Workspace, story: StoryFolder, run_cli: Cli, browser: Browser
) -> None:
    name = story.root.name
    with running_desk(workspace) as desk, desk_window(browser, desk, story) as page:
        put_caret_into(page, "knew")
        page.keyboard.press("End")
        page.keyboard.type(" Truly.")
        until_saved(page, story, "Never. Truly.")
        put_caret_into(page, "Daniel")
        page.keyboard.press("Alt+r")
        page.get_by_label("What is shown instead").fill("my son")
        page.keyboard.press("Enter")
        until_saved(page, story, "[[Daniel|my son]]")
        page.get_by_role("tab", name="Mark").click()
        page.get_by_role("button", name="10 ms earlier").first.focus()
        for _ in range(3):  # faster than the text is looked through, and the button stays
            page.keyboard.press("Enter")
        until_saved(page, story, "[[Daniel|my son]]{-30,}")
        put_caret_into(page, "ever")
        page.keyboard.press("Alt+x")
        until_saved(page, story, "~~ever~~")
        to_answer = page.get_by_role("tab", name="To answer")
        while (left := to_answer.inner_text()) != "To answer (0)":
            page.keyboard.press("Alt+n")
            page.locator("[role=tabpanel] button kbd").first.click()
            wait_until(page, f"document.getElementById('tab-doubts').textContent !== '{left}'")
        assert faults_in_all_forms(page, "desk") == []
        page.get_by_role("tab", name="Finish").click()
        page.get_by_role("button", name="Listen to the next one").click()
        page.get_by_role("button", name="Nothing is left of it").click()
        page.get_by_text("You listened to it").wait_for()
        page.get_by_role("tab", name="Finish").click()
        page.get_by_role("button", name="Apply the edit").click()
        page.get_by_text(f"the checked transcript of {name} are written").wait_for()
        page.get_by_text("Nothing is left").wait_for()
    assert "Daniel" not in story.captions.read_text(encoding="utf-8")
    assert run_cli("people", "complete", name, "--nobody", "nobody else is in it").code == 0
    assert run_cli("film", name, "--for", "trust").code == 0
    cut = run_cli("status", name, "--json")
    code = re.search(r'"cut": ?"([0-9a-f]{8})', cut.out)
    assert code, cut.out
    signed = run_cli(
        *("signoff", name, "--cut", code[1], "--audience", "trust"),
        *("--witness", "carer-volunteer", "--yes"),
    )
    assert signed.code == 0, signed.err
    approved = run_cli("approve", name, "--description", "not-needed", "--yes")
    assert approved.code == 0, approved.err


def test_it_plays_from_the_word_and_marks_what_is_said(
    workspace: Workspace, story: StoryFolder, browser: Browser
) -> None:
    with running_desk(workspace) as desk, desk_window(browser, desk, story) as page:
        page.locator(".cm-line", has_text="Nobody asked").click(position={"x": 330, "y": 12})
        wait_until(page, "!document.querySelector('video').paused")
        page.keyboard.press("Escape")
        put_caret_into(page, "knew")
        page.keyboard.press("Control+Enter")
        wait_until(page, "!document.querySelector('video').paused")
        page.keyboard.type("x")  # playing goes on while somebody types
        wait_until(page, f"document.querySelector('video').currentTime > {START[5] / 1000 + 0.3}")
        assert page.evaluate("document.querySelector('video').paused") is False
        page.keyboard.press("Escape")
        wait_until(page, "document.querySelector('video').paused")
        second = page.evaluate("document.querySelector('video').currentTime * 1000")
        said = [word for word, start in zip(range(10), START, strict=True) if start <= second][-1]
        text = page.locator(".desk-said").inner_text()
        assert text.replace("x", "").startswith(("knew", "Nobody", "ever", "did")[said - 5])


def click_on(page: Page, word: str) -> None:
    """Click into the middle of a word, as with a mouse."""
    box = page.locator(".cm-content").evaluate(
        """(content, word) => {
          const walk = document.createTreeWalker(content, NodeFilter.SHOW_TEXT);
          while (walk.nextNode()) {
            const at = walk.currentNode.data.indexOf(word);
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(walk.currentNode, at);
            range.setEnd(walk.currentNode, at + word.length);
            const { x, y, width, height } = range.getBoundingClientRect();
            return [x + width / 2, y + height / 2];
          }
          throw new Error(`${word} is not in view`);
        }""",
        word,
    )
    page.mouse.click(*box)


def test_a_click_plays_the_word_and_marks_land_there(
    workspace: Workspace, story: StoryFolder, browser: Browser
) -> None:
    with running_desk(workspace) as desk, desk_window(browser, desk, story) as page:
        click_on(page, "ever")
        wait_until(page, f"document.querySelector('video').currentTime > {START[7] / 1000 + 0.1}")
        page.keyboard.press("Escape")
        page.keyboard.press("Alt+Enter")  # the caret is inside a word
        until_saved(page, story, "knew. Nobody\n\n[00:08] Carer: ever did.")
        click_on(page, "did")  # where a paragraph ends, too
        wait_until(page, f"document.querySelector('video').currentTime > {START[8] / 1000 + 0.1}")
        page.keyboard.press("Escape")
        page.keyboard.press("Alt+m")
        page.get_by_text("Marked at 0:09: it is among “To answer”.").wait_for()
        page.locator("[role=tab]", has_text="To answer (2)").wait_for()
        until_saved(page, story, "ever did. (?note: marked at the desk) Never.")
        page.keyboard.press("Alt+n")
        page.get_by_role("heading", name="“Daniel”: is this a name").wait_for()
        page.keyboard.press("n")
        page.get_by_role("heading", name="marked at the desk").wait_for()
        page.keyboard.press("y")
        page.locator("[role=tab]", has_text="To answer (0)").wait_for()
        until_saved(page, story, "ever did. Never.")
        page.keyboard.press("Alt+t")
        page.keyboard.press("Control+Home")
        page.keyboard.press("Alt+j")
        page.locator("#told", has_text="There is no paragraph before this one").wait_for()
        page.keyboard.press("Control+a")
        page.keyboard.press("Delete")
        page.locator(".cm-content", has_not_text="Nobody asked").wait_for()
        page.keyboard.press("Control+z")  # and the folded note folds no more than itself
        page.locator(".cm-content", has_text="Nobody asked").wait_for()


def test_a_pedal_gets_a_key(workspace: Workspace, story: StoryFolder, browser: Browser) -> None:
    with running_desk(workspace) as desk, desk_window(browser, desk, story) as page:
        page.get_by_role("button", name="Keys").click()
        page.get_by_role("button", name="Play or pause: Esc").click()
        page.keyboard.press("F6")
        page.get_by_role("button", name="Play or pause: F6").wait_for()
        page.get_by_role("button", name="Slower: F8").click()
        page.keyboard.press("Control+z")
        page.get_by_text("“Ctrl + z” is needed for editing.").wait_for()
        page.keyboard.press("Escape")  # nothing is asked for now: it closes the dialog
        page.locator("dialog").wait_for(state="detached")
        page.keyboard.press("F6")
        wait_until(page, "!document.querySelector('video').paused")
    # At another port: a browser keeps nothing from one to the other.
    with running_desk(workspace) as desk, desk_window(browser, desk, story) as page:
        page.locator("button[title='Play (F6)']").wait_for()


def test_it_needs_no_mouse_and_says_things_once(
    workspace: Workspace, story: StoryFolder, browser: Browser
) -> None:
    story.editors_copy.write_text("[00:01] Ruth: Nobody asked [[Daniel|my son]].\n", "utf-8")
    with running_desk(workspace) as desk, desk_window(browser, desk, story) as page:
        page.locator(".brand").click()
        stops, unreached = by_tab_alone(page)
        assert unreached == []
        assert [stop for stop in stops if not (stop.ring or stop.name.startswith("DIV"))] == []
        page.locator(".cm-content").focus()
        put_caret_into(page, "Daniel")
        page.get_by_role("tab", name="Mark").click()
        earlier = page.get_by_role("group", name="Begins").get_by_role("button").first
        earlier.focus()
        for moved in ("{-10,}", "{-20,}"):
            page.keyboard.press("Enter")
            until_saved(page, story, moved)
            wait_until(page, "document.activeElement.textContent === '10 ms earlier'")
        # A clock or “Saved” that is read out at every change talks over the recording.
        assert page.get_by_role("timer").inner_text().endswith("of 0:13")
        assert page.locator("#saved").get_attribute("aria-live") == "off"


def test_another_program_and_another_window(
    workspace: Workspace, story: StoryFolder, browser: Browser
) -> None:
    """Whoever else writes is noticed; both texts are shown, and neither is lost."""
    with running_desk(workspace) as desk, desk_window(browser, desk, story) as page:
        text = story.editors_copy.read_text(encoding="utf-8")
        story.editors_copy.write_text(text.replace("Nobody asked", "No one asked"), "utf-8")
        page.get_by_text("The text was changed outside the desk").wait_for()
        assert page.locator(".cm-mergeView").inner_text().count("asked") == 2
        page.get_by_role("button", name="Take what is in the file").click()
        page.locator(".cm-content", has_text="No one asked").wait_for()
        page.locator(".cm-content").click()
        page.keyboard.press("Control+z")
        until_saved(page, story, "Nobody asked")
        with desk_window(browser, desk, story) as other:
            other.get_by_text("Here you can look and listen.").wait_for()
            # The first answer after it is lost on the way.
            lost = iter([True])
            other.route(
                f"**/api/stories/{story.root.name}",
                lambda route: route.abort() if next(lost, False) else route.continue_(),
            )
            other.get_by_label("A sentence for the other window").fill("Lunch, Ruth?")
            other.get_by_role("button", name="Correct it here instead").click()
            page.get_by_text("and says: “Lunch, Ruth?”").wait_for()
            other.locator(".cm-content:not([aria-readonly=true])").wait_for()
            put_caret_into(other, "Never")
            other.keyboard.press("End")
            other.keyboard.type(" Ever.")
            until_saved(other, story, "Never. Ever.")
        page.locator(".cm-content", has_text="Never. Ever.").wait_for()


def test_what_is_no_text_is_left_alone_and_a_story_taken_back_leaves_the_page(
    workspace: Workspace, story: StoryFolder, browser: Browser
) -> None:
    with running_desk(workspace) as desk, desk_window(browser, desk, story) as page:
        text = story.editors_copy.read_text(encoding="utf-8")
        story.editors_copy.write_bytes(b"\xff\x00\xfe")
        page.get_by_text("not plain text in UTF-8").wait_for()
        marked = text.replace("Daniel", "<img src=x onerror=alert(1)>")
        story.editors_copy.write_text(marked, encoding="utf-8")
        # Both texts lie over the page when it is taken back.
        page.locator(".cm-mergeView", has_text="onerror").wait_for()
        assert page.locator("img[onerror]").count() == 0
        record_withdrawal(workspace, story.root.name, asked_by="contributor", scope="all")
        page.get_by_text("This story is no longer open").wait_for()
        assert page.locator("dialog, video").count() == 0
        assert "Nobody" not in page.locator("body").inner_text()
        wait_until(page, "!document.title.includes('Nobody')")


def test_a_desk_that_was_started_again_gets_what_was_typed(
    workspace: Workspace, story: StoryFolder, browser: Browser
) -> None:
    with running_desk(workspace) as desk:
        port = desk.address.port
        window = desk_window(browser, desk, story)
        page = window.__enter__()
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("[00:12] Carer: And then?")
    page.get_by_text("Not saved: the desk does not answer").wait_for()
    before = page.locator("video").evaluate("video => video.src")
    with running_desk(workspace, port) as desk:
        until_saved(page, story, "And then?")
        # The secret of the recording is that of the new run.
        ticket = desk.desk.ticket_of(story.root.name)
        wait_until(page, f"document.querySelector('video').src.endsWith('{ticket}')")
        assert not before.endswith(ticket)
        window.__exit__(None, None, None)


def test_after_a_reload_undo_goes_back_to_what_was_before(
    workspace: Workspace, story: StoryFolder, browser: Browser
) -> None:
    with running_desk(workspace) as desk, desk_window(browser, desk, story) as page:
        before = story.editors_copy.read_text(encoding="utf-8")
        put_caret_into(page, "ever")
        page.keyboard.press("Alt+x")
        struck = until_saved(page, story, "~~ever~~")
        put_caret_into(page, "Daniel")
        page.keyboard.press("Alt+x")
        until_saved(page, story, "~~Daniel~~")
        page.get_by_role("button", name="Undo").click()
        for after in (struck, before):
            wait_until_file_is(page, story, after)
            page.reload()
            page.locator(".cm-content").click()
            page.get_by_role("button", name="Undo").click()
        page.wait_for_timeout(100)
        assert story.editors_copy.read_text(encoding="utf-8") == before


# What goes to the loudspeaker is measured; nothing is changed of what the page does.
_LISTENING = """
const Context = AudioContext;
window.AudioContext = class extends Context { constructor() { super(); window.context = this; } };
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...rest) {
  if (to === this.context.destination) {
    window.tap ??= new AnalyserNode(this.context, {fftSize: 2048, smoothingTimeConstant: 0});
    connect.call(this, tap);
  }
  return connect.call(this, to, ...rest);
};
null;
"""
_HEARD = """() => {
  if (!window.tap) return [0, 0];
  const levels = new Float32Array(1024);
  tap.getFloatFrequencyData(levels);
  const loudest = levels.indexOf(Math.max(...levels));
  const pitch = levels[loudest] > -60 ? loudest * context.sampleRate / 2048 : 0;
  return [document.querySelector('video').currentTime * 1000, pitch];
}"""


def test_it_plays_as_the_film_will_be(
    workspace: Workspace, story: StoryFolder, run_cli: Cli, browser: Browser, tmp_path: Path
) -> None:
    edit(run_cli, story, "Nobody asked [[Daniel|my son]] ~~what he~~ knew. Nobody", tmp_path)
    heard: list[tuple[float, float]] = []
    with running_desk(workspace) as desk, desk_window(browser, desk, story) as page:
        page.evaluate(_LISTENING)
        put_caret_into(page, "asked")
        page.keyboard.press("Alt+f")
        page.keyboard.press("Control+Enter")
        while not heard or heard[-1][0] < START[5] + LONG:
            heard.append(tuple(page.evaluate(_HEARD)))
            page.wait_for_timeout(20)
    pitches = [pitch for _, pitch in heard if pitch]
    for said in (1, 5):
        assert any(abs(pitch - PITCH[said]) < 30 for pitch in pitches), WORDS[said]
    for hidden in (2, 3, 4):
        assert not any(abs(pitch - PITCH[hidden]) < 60 for pitch in pitches), WORDS[hidden]
    jumped = [later - earlier for (earlier, _), (later, _) in pairwise(heard)]
    assert max(jumped) > 500, "a cut is not played, not even in silence"


NOTE = "<!--\nStrike out: ~~words~~ and [[Daniel|my son]].\n-->\n"
COMMANDS = (
    # Whole words, whatever signs stand in them.
    ("strike", "met J.‹R. Marsh", "met ~~J.R.~~ Marsh"),
    ("strike", "at 12‹:›30, AT&T", "at ~~12:30~~, AT&T"),
    ("redact", "‘Dani‹el’ said", "‘[[Daniel|her \\| me \\]\\]]]’ said"),
    ("redact", "for Llŷ‹r. He", "for [[Llŷr|her \\| me \\]\\]]]. He"),
    ("redact", "my ‹son\nDaniel›’s coat", "my [[son\nDaniel’s|her \\| me \\]\\]]] coat"),
    ("strike", "home ‹😀› at", "home ~~😀~~ at"),
    # Marks that are met.
    ("strike", "~~to ‹my son~~{-10,+5}. He› is", "~~to my son. He~~{-10,} is"),
    ("strike", "‹I care ~~for› my~~{-10,+5} son", "~~I care for my~~{,+5} son"),
    ("strike", "~~to ‹my› son~~{-10,+5}. He", "to my son. He"),
    ("strike", "\\~~my ‹son Daniel› here", "\\~~my ~~son Daniel~~ here"),
    ("strike", "for [[Dan‹iel|my son]]{,+80}. He› is", "for ~~[[Daniel|my son]]{,+80}. He~~ is"),
    ("redact", "‹son ~~Daniel›~~ is", None),
    ("redact", "[[?Dan‹iel|x]]{,+8} is", "[[Daniel|her \\| me \\]\\]]]{,+8} is"),
    ("strike", "a ‹b\n\n[00:04] Ruth: c› d", "a ~~b\n\n[00:04] Ruth: c~~ d"),
    ("strike", "~~a b\n\n[00:04] Ruth: c‹~~ d", "a b\n\n[00:04] Ruth: c d"),
    # Where a paragraph begins.
    ("strike", f"{NOTE}[00:‹00] Ruth:› a", None),
    ("split", "a [[b‹ c|x]] d", "a\n\n[00:02] Ruth: [[b c|x]] d"),
    ("split", "a ~~b‹ c~~ d", "a ~~b\n\n[00:02] Ruth: c~~ d"),
    ("split", f"{NOTE[:12]}‹{NOTE[12:]}[00:00] Ruth: a", None),
    ("join", "[00:00] Ruth: a\n\n~~[00:04] Ruth: b‹~~ c", "[00:00] Ruth: a ~~b~~ c"),
    ("join", "[00:00] Ruth: a\n\nMy view: b‹ c", "[00:00] Ruth: a My view: b c"),
    ("join", "[00:01–00:02: somebody speaks here]\n\n[00:04] Ruth: b‹", None),
    ("changeSpeaker", "[00:04] ~~Ruth: b‹~~ c", "[00:04] ~~Dr Patel: b~~ c"),
    ("changeSpeaker", "a‹ b", "[00:09] Dr Patel: a b"),
    ("changeSpeaker", "~~Ruth: a‹ b~~", "~~[00:09] Dr Patel: a b~~"),
)  # fmt: skip


def test_commands_change_the_text_as_it_is_read(
    workspace: Workspace, story: StoryFolder, browser: Browser
) -> None:
    with running_desk(workspace) as desk, desk_window(browser, desk, story) as page:
        got = page.evaluate(
            """async (cases) => {
              const folder = document.querySelector("script[type=module]").src;
              const commands = await import(new URL("edit-commands.js", folder));
              const { ChangeSet, Text } = await import(new URL("codemirror.min.js", folder));
              return cases.map(([command, marked]) => {
                const plain = marked.replace("‹", "");
                const from = marked.indexOf("‹");
                const to = plain.includes("›") ? plain.indexOf("›") : from;
                const doc = Text.of(plain.replace("›", "").split("\\n"));
                const change = {
                  strike: () => commands.strike(doc, from, to),
                  redact: () => {
                    const mark = commands.markAt(doc, to);
                    const shown = "her | me ]]";
                    if (mark) return commands.writeMark(mark, shown);
                    return commands.redact(doc, from, to, shown);
                  },
                  split: () => {
                    const at = commands.splitPlace(doc, to);
                    return at < 0 ? null : commands.split(doc, at, 2000, "Ruth");
                  },
                  join: () => commands.join(doc, to, ["Ruth"]),
                  changeSpeaker: () => commands.changeSpeaker(
                    doc, to, "Dr Patel", false, ["Ruth"], () => 9000),
                }[command]();
                return change && ChangeSet.of(change.changes, doc.length).apply(doc).toString();
              });
            }""",
            [[command, marked] for command, marked, _ in COMMANDS],
        )
        edges = page.evaluate(
            """async () => {
              const folder = document.querySelector("script[type=module]").src;
              const commands = await import(new URL("edit-commands.js", folder));
              const part = {
                start: 5080, end: 6240, edges: [-40, 0], by_itself: [5150, 6150],
                bounds: [4720, 5580, 5720, 6580],
              };
              const written = (marked) => commands.writtenEdges(part, marked);
              const moments = [[5080, 6300], [5000, 6240], [0, 9000], [5150, 6150]];
              const dragged = moments.map(
                (each) => commands.draggedEdges(part, written("~~he~~{-40,}"), ...each));
              const nudged = ["~~he~~{-40,}", "~~he~~{-50,}", "~~he~~"].map(
                (marked) => commands.nudgedEdges(part, written(marked), 0, 10));
              nudged.push(commands.nudgedEdges(part, written("~~he~~{-40,}"), 1, 10));
              return [...dragged, ...nudged].map((each) => commands.edgesText(...each));
            }"""
        )
    assert list(zip(COMMANDS, got, strict=True)) == [(case, case[2]) for case in COMMANDS]
    # From what is written, which may be newer than the plan; the film's own frames move nothing.
    assert edges == [
        *("{-40,+150}", "{-150,}", "{-430,+430}", ""),
        *("{-30,}", "{-40,}", "{-60,}", "{-40,+100}"),
    ]
