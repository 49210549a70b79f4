"""Small drawings of our own, set as SVG into the page: decoration, hidden from speech.

How their lines are drawn stands once, in `type.css`, and not in every page as often as one is used.
"""

from __future__ import annotations


def _icon(paths: str) -> str:
    return f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{paths}</svg>'


FILM = _icon('<rect x="3" y="5" width="18" height="14" rx="3"/><path d="m10.5 9 4.5 3-4.5 3z"/>')
SOUND = _icon('<path d="M4 10v4M8 7v10M12 4v16M16 8v8M20 10.5v3"/>')
NOTE = _icon('<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5M12 8h.01"/>')
KEY = _icon('<circle cx="8" cy="12" r="4"/><path d="M12 12h8.5M17 12v3.5"/>')
EAR = _icon(
    '<path d="M7 10a5.5 5.5 0 0 1 11 0c0 4-4 4.5-4 7.5a3 3 0 0 1-5.5 1.5"/>'
    '<path d="M10 10a2.5 2.5 0 0 1 5 0c0 1.600-1.5 2-1.5 3"/>'
)
TEAM = _icon(
    '<circle cx="8.5" cy="9" r="3"/><path d="M3 19c.4-3.5 2.5-5 5.5-5s5.100 1.5 5.5 5"/>'
    '<path d="M15.5 6.400a3 3 0 0 1 0 5.200M17 14.400c2.300.5 3.700 2 4 4.600"/>'
)
HAND = _icon(
    '<path d="M12 20s-7.5-4.5-7.5-10A4.3 4.3 0 0 1 12 7.4 4.3 4.3 0 0 1 19.5 10c0 5.5-7.5 '
    '10-7.5 10z"/>'
)
PLAY = _icon('<path class="solid" d="M8 5.5v13l10.5-6.5z"/>')
CHOICES = _icon(
    '<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2"/>'
    '<circle cx="9" cy="17" r="2"/>'
)
LINK = _icon(
    '<path d="M10 14a4 4 0 0 0 5.700.300l3-3a4 4 0 0 0-5.700-5.700l-1.500 1.500"/>'
    '<path d="M14 10a4 4 0 0 0-5.700-.300l-3 3a4 4 0 0 0 5.700 5.700l1.500-1.500"/>'
)
REFLECT = _icon(
    '<path d="M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 '
    '2-2z"/><path d="M8 11h.01M12 11h.01M16 11h.01"/>'
)
