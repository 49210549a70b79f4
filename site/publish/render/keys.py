"""The help with keys: what the keyboard does on a story's page, and the switch for single keys.

Keys without a modifier can be struck by accident, by speech input most of all, so they do nothing
until somebody turns them on (WCAG 2.1.4).
"""

from __future__ import annotations

from collections.abc import Sequence

_ALWAYS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("Tab", "Shift + Tab"), "to the next control, and back"),
    (("Enter", "Space"), "use the control you are on"),
    (("↑", "↓", "Home", "End"), "between the times of the transcript"),
    (("→", "←"), "from a time to its link, and back"),
    (("Enter", "Shift + Enter"), "while finding words: the next place, and the one before"),
    (("Esc",), "close this window; empty the words to find"),
)
_SINGLE: tuple[tuple[tuple[str, ...], str], ...] = (
    (("k",), "play and pause"),
    (("j", "l"), "back and forward 10 seconds"),
    (("n", "p"), "the next question, and the one before"),
    (("c",), "captions on and off"),
    (("f",), "find words in the transcript"),
    (("?",), "this window"),
)


def dialog(captions: bool) -> str:
    """The window with the keys; `captions` says whether there are any to switch."""
    single = [row for row in _SINGLE if captions or row[0] != ("c",)]
    return f"""<dialog class="keys" aria-labelledby="keys-title" data-keys>
<h2 id="keys-title">Keys</h2>
<dl>{_rows(_ALWAYS)}</dl>
<label class="choice choice-switch"><input type="checkbox" data-single-keys><span>Use single letters
as well</span></label>
<dl data-single>{_rows(single)}</dl>
<p class="keys-close"><button type="button" data-keys-close>Close</button></p>
</dialog>"""


def _rows(rows: Sequence[tuple[tuple[str, ...], str]]) -> str:
    return "".join(
        f"<div><dt>{' '.join(f'<kbd>{key}</kbd>' for key in names)}</dt><dd>{does}</dd></div>"
        for names, does in rows
    )
