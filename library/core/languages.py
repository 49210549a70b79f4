"""Tags of the languages that captions may be in, and each language's name in that language.

Tags are BCP 47 (RFC 5646) in lower case, for they are part of file names and file systems differ
about capitals. Names are those of CLDR's own locales, capitalised as they stand in a list.

The table is ours although Babel has these names. Babel 2.18 (November 2026) was tried. 6 of the 67
names would change on the pages, for the worse: `zh-hans` and `zh-hant` become two names that differ
only in a bracket, `ku` and `pa-arab` gain a bracket, `yo` becomes “Èdè Yorùbá”, and `prs` (Dari) is
not known at all. It takes 38 ms to import, and gives no capitals for lists.
"""

from __future__ import annotations

import re

from library.core.errors import BadInput
from library.core.sanitise import printable

SPOKEN_LANGUAGE = "en"
"""The language of the films and of their own captions."""

LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?")
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
_RIGHT_TO_LEFT_LANGUAGES = frozenset({"ar", "ckb", "fa", "he", "prs", "ps", "ur", "yi"})
_RIGHT_TO_LEFT_SCRIPTS = frozenset({"arab", "hebr", "thaa", "nkoo", "syrc"})


def parse_tag(text: str) -> str:
    """Return the tag somebody typed, in lower case. Raises BadInput for anything else."""
    tag = text.strip().replace("_", "-").lower()
    if not LANGUAGE_TAG.fullmatch(tag):
        raise BadInput(
            f"“{printable(text)}” is not the short name of a language.",
            "Give two or three letters: pl for Polish, cy for Welsh, ur for Urdu, zh-hant for "
            "Chinese in traditional characters.",
        )
    return tag


def native_name(tag: str) -> str:
    """Return a language's name in that language: Polski. One without a name here keeps its tag."""
    for tag_known in (tag, tag.split("-")[0]):
        if tag_known in _NAMES:
            region = tag.removeprefix(tag_known).strip("-").upper()
            return f"{_NAMES[tag_known]} ({region})" if region else _NAMES[tag_known]
    return tag


def direction(tag: str) -> str:
    """Return `rtl` for a language written from right to left, else `ltr`."""
    language, *subtags = tag.split("-")
    # By BCP 47 the script is the subtag of four letters.
    scripts = [part for part in subtags if len(part) == 4]
    if scripts:
        return "rtl" if scripts[0] in _RIGHT_TO_LEFT_SCRIPTS else "ltr"
    return "rtl" if language in _RIGHT_TO_LEFT_LANGUAGES else "ltr"
