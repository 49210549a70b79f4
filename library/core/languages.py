"""Languages that captions may be in: their tags, and each one’s name as its own speakers say it.

Tags are BCP 47 (RFC 5646) in small letters, for they are part of file names and file systems differ
about capitals. Names are those of CLDR’s own locales, written as they stand in a list.
"""

from __future__ import annotations

import re

from library.core.errors import BadInput
from library.core.sanitise import printable

SPOKEN = "en"
"""The language of the films and of their own captions."""

TAG = re.compile(r"[a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?")
"""Language, and where it matters script and region: `pl`, `zh-hant`, `pt-br`."""

_NAMES = {
    "am": "አማርኛ",
    "ar": "العربية",
    "bg": "Български",
    "bn": "বাংলা",
    "bs": "Bosanski",
    "ckb": "کوردیی ناوەندی",
    "cs": "Čeština",
    "cy": "Cymraeg",
    "da": "Dansk",
    "de": "Deutsch",
    "el": "Ελληνικά",
    "en": "English",
    "es": "Español",
    "et": "Eesti",
    "fa": "فارسی",
    "fi": "Suomi",
    "fil": "Filipino",
    "fr": "Français",
    "ga": "Gaeilge",
    "gd": "Gàidhlig",
    "gu": "ગુજરાતી",
    "he": "עברית",
    "hi": "हिन्दी",
    "hr": "Hrvatski",
    "hu": "Magyar",
    "ig": "Igbo",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "ku": "Kurdî",
    "lt": "Lietuvių",
    "lv": "Latviešu",
    "ml": "മലയാളം",
    "mr": "मराठी",
    "ne": "नेपाली",
    "nl": "Nederlands",
    "no": "Norsk",
    "pa": "ਪੰਜਾਬੀ",
    "pa-arab": "پنجابی",
    "pl": "Polski",
    "prs": "دری",
    "ps": "پښتو",
    "pt": "Português",
    "pt-br": "Português (Brasil)",
    "ro": "Română",
    "ru": "Русский",
    "si": "සිංහල",
    "sk": "Slovenčina",
    "so": "Soomaali",
    "sq": "Shqip",
    "sr": "Српски",
    "sv": "Svenska",
    "sw": "Kiswahili",
    "ta": "தமிழ்",
    "te": "తెలుగు",
    "th": "ไทย",
    "ti": "ትግርኛ",
    "tr": "Türkçe",
    "uk": "Українська",
    "ur": "اردو",
    "vi": "Tiếng Việt",
    "yi": "ייִדיש",
    "yo": "Yorùbá",
    "yue": "粵語",
    "zh": "中文",
    "zh-hans": "简体中文",
    "zh-hant": "繁體中文",
}
_FROM_RIGHT = frozenset({"ar", "ckb", "fa", "he", "prs", "ps", "ur", "yi"})
_SCRIPT_FROM_RIGHT = frozenset({"arab", "hebr", "thaa", "nkoo", "syrc"})


def parse_tag(text: str) -> str:
    """The tag somebody typed, in small letters. Raises BadInput for what is no tag."""
    tag = text.strip().replace("_", "-").lower()
    if not TAG.fullmatch(tag):
        raise BadInput(
            f"“{printable(text)}” is not the short name of a language.",
            "Give two or three letters: pl for Polish, cy for Welsh, ur for Urdu, zh-hant for "
            "Chinese in traditional characters.",
        )
    return tag


def native_name(tag: str) -> str:
    """What its speakers call it: Polski. A language we have no name of is called by its tag."""
    for tag_known in (tag, tag.split("-")[0]):
        if tag_known in _NAMES:
            region = tag.removeprefix(tag_known).strip("-").upper()
            return f"{_NAMES[tag_known]} ({region})" if region else _NAMES[tag_known]
    return tag


def direction(tag: str) -> str:
    """`rtl` for what is written from right to left, else `ltr`."""
    language, *rest = tag.split("-")
    scripts = [part for part in rest if len(part) == 4]
    if scripts:
        return "rtl" if scripts[0] in _SCRIPT_FROM_RIGHT else "ltr"
    return "rtl" if language in _FROM_RIGHT else "ltr"
