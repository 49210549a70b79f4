"""The library in Debian's Firefox: what another engine may do differently.

Playing, seeking, captions, keys and sizes. What every engine does alike is tested in Chromium.
"""

from __future__ import annotations

import pytest

from tests.support.editions import VIDEO, BuiltSite
from tests.support.firefox import Firefox
from tests.support.plain_servers import plain_server
from tests.support.present_walk import WALK

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STORY = f"stories/{VIDEO}.html"
MEDIA = "document.querySelector('video, audio')"


@pytest.fixture(params=["http", "file"])
def base(request: pytest.FixtureRequest, whole_site: BuiltSite) -> str:
    return str(getattr(whole_site, request.param))


def test_a_link_to_a_moment_plays_from_there_with_captions(firefox: Firefox, base: str) -> None:
    firefox.open(f"{base}{STORY}#t=4")
    firefox.wait_until("document.querySelector('[data-player-said]').textContent")
    firefox.evaluate(f"{MEDIA}.play()")
    firefox.wait_until(f"{MEDIA}.currentTime > 4.2")
    assert firefox.evaluate(f"{MEDIA}.currentTime") < 8
    cues = f"Array.from({MEDIA}.textTracks).some((track) => track.mode === 'showing')"
    assert firefox.wait_until(cues)


@pytest.mark.parametrize(
    ("width", "height", "zoom"), [(320, 480, 1), (390, 844, 1), (1280, 800, 2)]
)
def test_no_page_is_wider_than_the_window(
    firefox: Firefox, whole_site: BuiltSite, width: int, height: int, zoom: float
) -> None:
    firefox.resize(width, height)
    firefox.zoom(zoom)
    for address in ("index.html", STORY):
        firefox.open(f"{whole_site.http}{address}")
        assert firefox.evaluate("innerWidth") == width / zoom
        assert firefox.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


def test_the_time_chosen_for_a_session_is_kept_in_the_address(firefox: Firefox, base: str) -> None:
    """Browsers differ in what a page from a file may write into its address."""
    firefox.open(f"{base}training/listening.html?without=4,6")
    shown = "Array.from(document.querySelectorAll('.point')).filter((p) => !p.hidden).length"
    assert firefox.wait_until(f"{shown} === 6")
    # The page glides to what is clicked, for which Marionette does not wait.
    firefox.evaluate("document.querySelector('[data-take=\"6\"]').click()")
    assert firefox.wait_until(f"{shown} === 7")
    assert firefox.evaluate("location.search") == "?without=4"


PRESENT = "training/listening-present.html"
CLIP = 3
"""The step with the first clip."""
CAPTION = "document.querySelector('[data-slide]:not([hidden]) [data-captions] p')"
ABOVE_BAR = """(() => {
  const words = document.querySelector('[data-slide]:not([hidden]) [data-captions] p');
  const bar = document.querySelector('[data-bar]').getBoundingClientRect();
  const { top, bottom } = words.getBoundingClientRect();
  const { scrollHeight } = document.documentElement;
  return top >= 0 && bottom <= bar.top + 0.5 && bar.bottom <= innerHeight + 0.5
    && scrollHeight <= innerHeight + 1;
})()"""


def _at(number: int) -> str:
    """Return what is true once the present view shows this step."""
    return f"document.querySelector('[data-progress]')?.textContent?.startsWith('{number} of')"


def test_captions_of_the_present_view_stand_above_the_bar(firefox: Firefox, base: str) -> None:
    firefox.open(f"{base}{PRESENT}#step-{CLIP}")
    firefox.wait_until(_at(CLIP))
    firefox.evaluate(
        "document.querySelectorAll('video').forEach("
        "film => { film.defaultPlaybackRate = film.playbackRate = 0.1; })"
    )
    firefox.press("PageDown")
    firefox.wait_until(CAPTION)
    firefox.press("Space")
    for width, height in ((1024, 768), (911, 512), (390, 844), (320, 240)):
        firefox.resize(width, height)
        firefox.wait_until(ABOVE_BAR)


def test_two_windows_of_one_session(firefox: Firefox, base: str) -> None:
    firefox.open(f"{base}{PRESENT}#step-1")
    firefox.wait_until(_at(1))
    room = firefox.current_window()
    firefox.click("[data-do=presenter]")
    (presenter,) = [window for window in firefox.windows() if window != room]
    firefox.switch_to(presenter)
    firefox.wait_until(_at(1))
    firefox.press("PageDown")
    firefox.wait_until(
        "document.querySelector('[data-presenter-part=notes]').innerText.includes('the door')"
    )
    firefox.switch_to(room)
    firefox.wait_until(_at(2))
    firefox.reload()
    firefox.switch_to(presenter)
    firefox.reload()
    firefox.wait_until(_at(2))
    firefox.press("b")
    firefox.switch_to(room)
    firefox.wait_until("!document.querySelector('[data-blank]').hidden")


@pytest.mark.parametrize(("width", "height", "zoom"), [(390, 844, 1), (1280, 800, 2)])
def test_the_film_stays_in_view_while_the_voice_is_followed(
    firefox: Firefox, whole_site: BuiltSite, width: int, height: int, zoom: float
) -> None:
    firefox.resize(width, height)
    firefox.zoom(zoom)
    firefox.open(f"{whole_site.http}{STORY}#t=5")
    firefox.evaluate("document.querySelector('[data-act=play]').click()")
    firefox.wait_until(
        """() => {
          const box = (selector) => document.querySelector(selector).getBoundingClientRect();
          const isShown = (one) => one.height > 0 && one.top >= 0 && one.bottom <= innerHeight;
          if (!document.querySelector('.is-docked')) { return false; }
          const turn = box('.turn.is-current'), dock = box('.is-docked');
          return ['[data-media]', '[data-act=play]', '[data-position]'].map(box).every(isShown)
            && Math.min(turn.bottom, innerHeight) - Math.max(turn.top, dock.bottom) >= 48;
        }"""
    )


def test_a_film_starts_where_it_should_from_a_server_without_ranges(
    firefox: Firefox, whole_site: BuiltSite
) -> None:
    with plain_server(whole_site.workspace.public, "python") as (address, asked):
        firefox.open(f"{address}{STORY}#t=9")
        assert asked == []  # before it is played
        firefox.evaluate("document.querySelector('[data-act=play]').click()")
        firefox.wait_until(f"{MEDIA}.currentTime >= 9 && {MEDIA}.currentTime < 11.9")


def test_a_remote_shows_all_of_a_step_in_a_small_window(
    firefox: Firefox, whole_site: BuiltSite
) -> None:
    firefox.open(f"{whole_site.http}{PRESENT}#step-1")
    firefox.wait_until(_at(1))
    for width, height in ((640, 400), (320, 480)):
        firefox.resize(width, height)
        walk = firefox.evaluate(WALK)
        assert not walk["faults"], f"{width}×{height}: {walk['faults']}"
        assert walk["presses"] > 0
