"""Languages: tags of those that captions may be in, and short names of those that may be spoken.

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
_SHORT_NAME = re.compile(r"[a-z]{2,3}")

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
_LISTED = (
    "af Afrikaans, am Amharic, ar Arabic, as Assamese, az Azerbaijani, ba Bashkir, be "
    "Belarusian, bg Bulgarian, bn Bengali, bo Tibetan, br Breton, bs Bosnian, ca Catalan, "
    "cs Czech, cy Welsh, da Danish, de German, el Greek, en English, es Spanish, et "
    "Estonian, eu Basque, fa Persian, fi Finnish, fo Faroese, fr French, gl Galician, gu "
    "Gujarati, ha Hausa, haw Hawaiian, he Hebrew, hi Hindi, hr Croatian, ht Haitian Creole, "
    "hu Hungarian, hy Armenian, id Indonesian, is Icelandic, it Italian, ja Japanese, jw "
    "Javanese, ka Georgian, kk Kazakh, km Khmer, kn Kannada, ko Korean, la Latin, lb "
    "Luxembourgish, ln Lingala, lo Lao, lt Lithuanian, lv Latvian, mg Malagasy, mi Maori, "
    "mk Macedonian, ml Malayalam, mn Mongolian, mr Marathi, ms Malay, mt Maltese, my "
    "Myanmar, ne Nepali, nl Dutch, nn Nynorsk, no Norwegian, oc Occitan, pa Punjabi, pl "
    "Polish, ps Pashto, pt Portuguese, ro Romanian, ru Russian, sa Sanskrit, sd Sindhi, si "
    "Sinhala, sk Slovak, sl Slovenian, sn Shona, so Somali, sq Albanian, sr Serbian, su "
    "Sundanese, sv Swedish, sw Swahili, ta Tamil, te Telugu, tg Tajik, th Thai, tk Turkmen, "
    "tl Tagalog, tr Turkish, tt Tatar, uk Ukrainian, ur Urdu, uz Uzbek, vi Vietnamese, yi "
    "Yiddish, yo Yoruba, yue Cantonese, zh Chinese"
)
_RECOGNISED = dict(item.split(" ", 1) for item in _LISTED.split(", "))
"""Short and English name of every language that Whisper recognises, as Whisper has them."""
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


def parse_spoken(text: str) -> str:
    """Return the language spoken in a recording, or of several all: `en`, or `en,fr`.

    Raises BadInput for what Whisper does not know.
    """
    listed = list(dict.fromkeys(text.lower().replace(" ", "").split(",")))
    if not all(_SHORT_NAME.fullmatch(language) for language in listed):
        raise BadInput(
            "A language is named by its short name.", "For example --language fr, or en,fr for two."
        )
    for language in listed:
        if language not in _RECOGNISED:
            raise BadInput(
                f"Whisper knows no language “{language}”.",
                "Use its short name, for example en, fr, pl, cy.",
            )
    return ",".join(listed)


def english_names(languages: str, joint: str = "and") -> str:
    """Return the languages that `parse_spoken` gave by their English names: English and French."""
    *others, last = (_RECOGNISED.get(language, language) for language in languages.split(","))
    return f"{', '.join(others)} {joint} {last}" if others else last


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
