"""Count the characters of a text that a reader sees: what is said to be too long is too long."""

from __future__ import annotations

import unicodedata

_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)


def seen_length(text: str) -> int:
    """Return how many characters are seen: no accents of their own, no marks of direction.

    A letter with its accents is one, however it is stored, and so is a picture made of several.
    """
    if text.isascii():
        return len(text)
    count, after_joiner, open_flag = 0, False, False
    for sign in unicodedata.normalize("NFC", text):
        category = unicodedata.category(sign)
        if sign == _JOINER:
            after_joiner = True
            continue
        # M: accents and vowel signs; Cf: marks of direction, soft hyphens.
        is_part = category[0] == "M" or category == "Cf" or ord(sign) in _SKIN_TONES
        # Pictures are joined; letters of Indian scripts are only shaped otherwise.
        is_part = is_part or (after_joiner and category == "So")
        is_flag = ord(sign) in _FLAG_LETTERS
        if is_flag and open_flag:
            is_part, is_flag = True, False
        count += not is_part
        after_joiner, open_flag = False, is_flag
    return count
