"""Find addresses: of a house, and of mail and pages on the web, written and said."""

from __future__ import annotations

import re
from collections.abc import Iterator

from transcribe.redaction.match_numbers import pattern_hit
from transcribe.redaction.normalise import is_common, word_set
from transcribe.redaction.number_grammar import SpokenPieces
from transcribe.redaction.text_model import Hit, SpokenText

_EMAIL_LABEL = "[e-mail address]"
_WEB_ADDRESS_LABEL = "[web address]"
_USER_NAME_LABEL = "[user name]"
_ADDRESS_LABEL = "[address]"

_EMAIL_PATTERN = re.compile(r"^[\w.+'’-]+@[\w-]+(?:\.[\w-]+)+$")
_WEB_PATTERN = re.compile(
    r"^(?:https?://|www\.)\S+$"
    r"|^[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|info|co\.uk|org\.uk|ac\.uk|gov\.uk|nhs\.uk)\b"
)
_HANDLE_PATTERN = re.compile(r"^@\w[\w.]{2,}$")
_DOT, _AT, _SIGNS = word_set("dot point"), "at", word_set("dot point underscore dash hyphen")
_SIGN_OF_CHARACTER = {".": "dot", "@": "at", "_": "underscore", "-": "dash"}
_DOMAIN_ENDINGS = word_set(
    "com org net uk co nhs gov ac info eu ie scot wales cymru london io me biz edu de fr pl in"
)
_MAX_PROVIDER_WORDS = 3  # “g mail”, “hot mail”
_MAX_LOCAL_WORDS = 8
_LOOKED_AT = word_set(
    "look looking looks looked found find available online website page site go read us them it "
    "is visit search there see"
)
_BEFORE_A_NAME_OF_MAIL = word_set(
    "is at to email mail me my her his address its thats called the and on it from contact write"
)
_SITES = word_set(
    "twitter instagram insta tiktok facebook snapchat youtube discord whatsapp telegram bluesky "
    "linkedin threads"
)
_HANDLE_WORDS = word_set("handle username")
_MAX_HANDLE_PIECES = 4

_STREETS = word_set(
    "road street avenue lane close drive crescent way court place gardens garden terrace grove "
    "hill square mews row walk rise view park green rd st ave ln dr cres parade villas cottages "
    "cottage house lodge mount vale croft fold gate bank wharf quay circus heights approach "
    "parkway esplanade broadway buildings mansions towers tower yard wynd brae loan path"
)
_STREETS_AFTER_A_COMMON_NAME = word_set("road street avenue lane close drive crescent rd st ave")
_MAX_STREET_WORDS = 4
_NO_NAME_OF_STREET = word_set(
    "the a an this that these those my our your his her their its of in on at to and or from down "
    "up into by for with was is were are people years minutes times houses doors miles hours days "
    "weeks months year minute yards metres every same other next long big little whole past "
    "million hundred thousand percent pounds oclock"
)
_FLATS = word_set("flat apartment apt maisonette")
_LIVING = word_set(
    "live lives lived living stay stayed move moved address house home door knock knocked"
)


def address_hits(text: SpokenText, spoken: SpokenPieces) -> Iterator[Hit]:
    """Find e-mail, web and postal addresses, and names of users."""
    yield from _written_hits(text)
    yield from _spoken_mail_hits(text, spoken)
    yield from _user_name_hits(text, spoken)
    yield from _house_hits(text, spoken)


# Mail and web


def _written_hits(text: SpokenText) -> Iterator[Hit]:
    for at, word in enumerate(text.bare_words):
        if _EMAIL_PATTERN.match(word):
            yield pattern_hit(at, at + 1, _EMAIL_LABEL, True)
        elif _WEB_PATTERN.match(word):
            yield pattern_hit(at, at + 1, _WEB_ADDRESS_LABEL, False)


def _spoken_mail_hits(text: SpokenText, spoken: SpokenPieces) -> Iterator[Hit]:
    """Find “jo dot smith at gmail dot com”, or `jo.smith at gmail.com`."""
    at, signs = 0, _Signs(spoken)
    while at < len(spoken):
        end = _domain_end(spoken, signs, at)
        if end is None:
            at += 1
            continue
        yield _mail_hit(text, spoken, signs, at, end)
        at = end


class _Signs:
    """Dots and the like, said or written, before pieces."""

    def __init__(self, spoken: SpokenPieces) -> None:
        self._spoken = spoken

    def written_before(self, at: int) -> str:
        """Return the sign that stands in the word before piece `at`, as it is said."""
        piece = self._spoken.pieces[at]
        if piece.is_first:
            return _AT if "@" in piece.before else ""
        return _SIGN_OF_CHARACTER.get(piece.before[:1], "")

    def skip(self, at: int, signs: frozenset[str]) -> int | None:
        """Return the piece after one of `signs` at `at`; None if none is there."""
        if at >= len(self._spoken) or self._spoken.pieces[at].is_parted:
            return None
        if self.written_before(at) in signs:
            return at
        if self._spoken.texts[at] in signs:
            return at + 1 if at + 1 < len(self._spoken) else None
        return None


def _domain_end(spoken: SpokenPieces, signs: _Signs, at: int) -> int | None:
    """Return the end of a domain that begins at piece `at`: “g mail dot co dot uk”."""
    if spoken.texts[at] in _SIGNS or spoken.texts[at] == _AT:
        return None
    label_end, end = at + 1, None
    while (after := signs.skip(label_end, _SIGNS)) is not None:
        is_dot = signs.written_before(label_end) == "dot" or spoken.texts[label_end] in _DOT
        if is_dot and spoken.texts[after] in _DOMAIN_ENDINGS:
            end = after + 1
        label_end = after + 1
    return end


def _mail_hit(text: SpokenText, spoken: SpokenPieces, signs: _Signs, domain: int, end: int) -> Hit:
    """Return the address that ends with the domain in pieces `domain` to `end`."""
    at_sign = _at_sign_before(spoken, signs, domain)
    if at_sign is None:
        return pattern_hit(*spoken.words(domain, end), _WEB_ADDRESS_LABEL, False)
    local_end, first = at_sign, _local_part(text, spoken, signs, at_sign)
    if first == local_end or spoken.texts[local_end - 1] in _LOOKED_AT:
        return pattern_hit(*spoken.words(domain, end), _WEB_ADDRESS_LABEL, False)
    return pattern_hit(*spoken.words(first, end), _EMAIL_LABEL, True)


def _at_sign_before(spoken: SpokenPieces, signs: _Signs, domain: int) -> int | None:
    """Return the piece that says “at”, or before which it is written, ahead of a domain."""
    for at in range(domain, max(0, domain - _MAX_PROVIDER_WORDS), -1):
        if signs.written_before(at) == "at" or "@" in spoken.pieces[at - 1].after:
            return at
        if spoken.texts[at - 1] == _AT:
            return at - 1
        if spoken.pieces[at].is_parted:
            return None
    return None


def _local_part(text: SpokenText, spoken: SpokenPieces, signs: _Signs, end: int) -> int:
    """Return where the part before “at” begins; `end` if there is none."""
    first = end
    while first > 0 and end - first < _MAX_LOCAL_WORDS and not spoken.pieces[first].is_parted:
        before = first - 1
        word = spoken.pieces[before].word
        if text.ends_sentence_at[word] and word != spoken.pieces[first].word:
            break
        is_joined = bool(signs.written_before(first)) or spoken.texts[before] in _SIGNS
        follows_sign = first < end and spoken.texts[first] in _SIGNS
        is_glued = spoken.pieces[first].is_glued
        if not (is_joined or follows_sign or is_glued or _is_part_of_local(spoken, before, end)):
            break
        first = before
    return first


def _is_part_of_local(spoken: SpokenPieces, at: int, end: int) -> bool:
    """Return True for a word that is joined to a name of mail by nothing: “jo smith 62 at”."""
    word = spoken.texts[at]
    if at == end - 1:
        return word not in _LOOKED_AT
    if word in _BEFORE_A_NAME_OF_MAIL or word in ("a", "i"):
        return False
    is_character = len(word) == 1 or spoken.digits_at(at) is not None
    return is_character or not is_common(word)


def _user_name_hits(text: SpokenText, spoken: SpokenPieces) -> Iterator[Hit]:
    """Find `@ruthmarsh`, and “at ruth marsh sixty-two on Instagram”."""
    for number, word in enumerate(text.words):
        if _HANDLE_PATTERN.match(word.text.rstrip(".,;:!?")):
            yield pattern_hit(number, number + 1, _USER_NAME_LABEL, True)
    for at, piece in enumerate(spoken.texts):
        if piece == "underscore" and 0 < at < len(spoken) - 1:
            yield pattern_hit(*_around_underscore(spoken, at), _USER_NAME_LABEL, False)
        if piece == _AT and 0 < at < len(spoken) - 1 and _is_on_a_site(spoken, at):
            end = at + 1
            while end < min(len(spoken), at + 1 + _MAX_HANDLE_PIECES) and (
                _is_part_of_local(spoken, end, -1) or _is_beside_sign(spoken, end)
            ):
                end += 1
            if end > at + 1:
                yield pattern_hit(*spoken.words(at, end), _USER_NAME_LABEL, False)


def _around_underscore(spoken: SpokenPieces, at: int) -> tuple[int, int]:
    """Return the words of “ffi underscore tony oh nine”: it is said of nothing else."""
    first, end = at - 1, at + 2
    while first > 1 and (spoken.texts[first] in _SIGNS or spoken.texts[first - 1] in _SIGNS):
        first -= 1
    while end < len(spoken) and not spoken.pieces[end].is_parted:
        number = spoken.digits_at(end)
        if number is None and not _is_beside_sign(spoken, end):
            break
        end = number.end if number is not None else end + 1
    return spoken.words(first, min(end, len(spoken)))


def _is_beside_sign(spoken: SpokenPieces, at: int) -> bool:
    return not _SIGNS.isdisjoint(spoken.texts[max(0, at - 1) : at + 2])


def _is_on_a_site(spoken: SpokenPieces, at: int) -> bool:
    around = {*spoken.texts[max(0, at - 6) : at], *spoken.texts[at + 2 : at + 8]}
    looked_at = _LOOKED_AT - {"is"}
    return not around.isdisjoint(_SITES | _HANDLE_WORDS) and spoken.texts[at - 1] not in looked_at


# Houses


def _house_hits(text: SpokenText, spoken: SpokenPieces) -> Iterator[Hit]:
    """Find “fourteen Larch Road”, “flat 3b, 14 Larch Road”, and flats by themselves."""
    at = 0
    while at < len(spoken):
        flat_end = _flat_end(text, spoken, at)
        start = _after_comma_words(spoken, flat_end) if flat_end else at
        street_end = _street_end(text, spoken, start)
        if street_end is None and flat_end is not None:
            street_end = _named_house_end(text, spoken, start)
        if street_end is not None:
            first, last = spoken.words(at, street_end)
            yield pattern_hit(first, last, _ADDRESS_LABEL, True)
        elif flat_end is not None and (
            _is_where_somebody_lives(spoken, at)
            or _is_after_street(text, spoken, at)
            or _is_neighbour(spoken, at, flat_end)
        ):
            first, last = spoken.words(at, flat_end)
            yield pattern_hit(first, last, _ADDRESS_LABEL, False)
        at = max(at + 1, street_end or flat_end or 0)


def _flat_end(text: SpokenText, spoken: SpokenPieces, at: int) -> int | None:
    """Return the end of “flat 3b”, or of “number fourteen” where somebody lives."""
    word = spoken.texts[at]
    is_number = word == "number" and (
        _is_where_somebody_lives(spoken, at)
        or _is_after_street(text, spoken, at)
        or (at > 0 and spoken.texts[at - 1] in ("from", "at"))
    )
    if word not in _FLATS and not is_number:
        return None
    if text.ends_sentence_at[spoken.pieces[at].word] or at + 1 >= len(spoken):
        return None
    start = at + 2 if spoken.text_at(at + 1) in ("number", "no") else at + 1
    return _house_number_end(spoken, start)


def _is_where_somebody_lives(spoken: SpokenPieces, at: int) -> bool:
    return not _LIVING.isdisjoint(spoken.texts[max(0, at - 5) : at])


def _is_after_street(text: SpokenText, spoken: SpokenPieces, at: int) -> bool:
    """Return True for the number in “on Beck Lane, number forty-three”."""
    if at < 2 or spoken.texts[at - 1] not in _STREETS_AFTER_A_COMMON_NAME:
        return False
    return text.is_in_one_sentence(spoken.pieces[at - 2].word, spoken.pieces[at].word + 1)


def _is_neighbour(spoken: SpokenPieces, at: int, end: int) -> bool:
    """Return True for the number in “Tash from number nine”."""
    if at < 2 or spoken.texts[at - 1] not in ("from", "at"):
        return False
    name = spoken.pieces[at - 2]
    follows = spoken.text_at(end)
    is_row = follows in ("to", "on", "in", "of", "out")
    return not is_row and (name.written[:1].isupper() or not is_common(name.text))


def _house_number_end(spoken: SpokenPieces, at: int) -> int | None:
    """Return the end of “14”, “14a”, “fourteen B”, “one hundred and two”, “one oh two”."""
    if at >= len(spoken) or spoken.pieces[at].is_parted:
        return None
    piece = spoken.pieces[at]
    if piece.is_digits:
        if not piece.is_first or len(piece.text) > 4 or set(piece.before) & set("£$€:"):
            return None
        end = at + 1
        while (
            end < len(spoken) and spoken.pieces[end].is_digits and not spoken.pieces[end].is_first
        ):
            if spoken.pieces[end].before not in ("-", "–", "/"):
                return None  # `10:30`, `3.5`
            end += 1
    else:
        said_end = _spoken_house_number(spoken, at)
        if said_end is None:
            return None
        end = said_end
    letter = spoken.text_at(end)
    is_letter = len(letter) == 1 and letter.isalpha() and letter not in "i"
    if is_letter and (
        spoken.pieces[end].is_glued
        or spoken.pieces[end].written.isupper()
        or (letter in "bcdef" or "," in spoken.pieces[end].after)
    ):
        end += 1
    return end


def _spoken_house_number(spoken: SpokenPieces, at: int) -> int | None:
    end, digits = at, ""
    while end < len(spoken) and (number := spoken.digits_at(end)) is not None:
        if number.digits.startswith("00") or len(digits) >= 4:
            break
        digits, end = digits + number.digits, number.end
    return end if end > at else None


def _after_comma_words(spoken: SpokenPieces, at: int) -> int:
    between = spoken.interlude(at)
    return between.end


def _street_end(text: SpokenText, spoken: SpokenPieces, at: int) -> int | None:
    """Return the end of a house number with its street, if one begins at piece `at`."""
    number_end = _house_number_end(spoken, at) if at < len(spoken) else None
    if number_end is None or spoken.texts[at] in ("oh", "o"):
        return None
    start = spoken.interlude(number_end).end
    end = _named_house_end(text, spoken, start)
    if end is None and (after_flat := _after_flat(spoken, start)) is not None:
        end = _named_house_end(text, spoken, after_flat)
    return end


def _after_flat(spoken: SpokenPieces, at: int) -> int | None:
    """Return what follows words on where in a house it is: “the top flat”, “the blue door”."""
    end, is_told = at, False
    while end < min(len(spoken), at + _MAX_FLAT_WORDS) and spoken.text_at(end) in _WHERE_IN_HOUSE:
        is_told = is_told or spoken.texts[end] in _PARTS_OF_HOUSE
        end += 1
    return spoken.interlude(end).end if is_told and end < len(spoken) else None


_MAX_FLAT_WORDS = 8
_PARTS_OF_HOUSE = word_set(
    "flat apartment maisonette floor basement attic upstairs downstairs bedsit studio house door "
    "bungalow cottage corner annexe annex left right end"
)
_WHERE_IN_HOUSE = _PARTS_OF_HOUSE | word_set(
    "the a its thats it is with on in at by that top bottom ground first second third fourth "
    "middle upper lower garden front back rear big red blue green black white yellow"
)


def _named_house_end(text: SpokenText, spoken: SpokenPieces, start: int) -> int | None:
    """Return the end of “Larch Road” that begins at piece `start`."""
    if (welsh_end := _welsh_street_end(text, spoken, start)) is not None:
        return welsh_end
    for end in range(start + 1, min(len(spoken), start + 1 + _MAX_STREET_WORDS)):
        name, street = spoken.texts[start:end], spoken.texts[end]
        is_the = name == ["the"] and spoken.pieces[start].written == "The"  # “4 The Crescent”
        is_whole = text.is_in_one_sentence(
            spoken.pieces[start - 1].word, spoken.pieces[end].word + 1
        )
        is_the = is_the and is_whole
        if is_the and street in _STREETS and spoken.pieces[end].written[:1].isupper():
            return end + 1
        if not _NO_NAME_OF_STREET.isdisjoint(name[-1:]) or spoken.pieces[end].is_parted:
            return None
        if street in _STREETS and _is_street_name(text, spoken, start, end):
            return end + 1
    return None


def _welsh_street_end(text: SpokenText, spoken: SpokenPieces, start: int) -> int | None:
    """Return the end of “Stryd Fawr”, “Rue de la Paix”: the kind of street stands first."""
    if spoken.text_at(start) not in _STREETS_THAT_STAND_FIRST:
        return None
    end = start + 1
    while end < min(len(spoken), start + 1 + _MAX_STREET_WORDS):
        piece = spoken.pieces[end]
        is_name = piece.written[:1].isupper() or not is_common(piece.text)
        if piece.is_parted or not is_name or piece.is_digits:
            break
        if not text.is_phrase(spoken.pieces[start].word, piece.word + 1):
            break
        end += 1
    return end if end > start + 1 else None


_STREETS_THAT_STAND_FIRST = word_set("stryd ffordd heol lon clos rhodfa maes cwrt sraid ulica rue")


def _is_street_name(text: SpokenText, spoken: SpokenPieces, start: int, end: int) -> bool:
    """Return True if pieces `start` to `end` are a name, and piece `end` a kind of street."""
    pieces = spoken.pieces[start:end]
    is_plain_street = spoken.texts[end] in _STREETS_AFTER_A_COMMON_NAME
    is_small = len(pieces) == 1 and not pieces[0].written[:1].isupper()
    if spoken.texts[start] in _STREETS and is_small and not (text.is_caseless and is_plain_street):
        return False
    if not text.is_in_one_sentence(pieces[0].word, spoken.pieces[end].word + 1):
        return False
    words = [piece for piece in pieces if piece.text not in ("st", "s")]
    if all(piece.written[:1].isupper() for piece in words):
        return True
    is_rare = not any(is_common(piece.text) for piece in words)
    return is_rare or (text.is_caseless and is_plain_street and len(words) <= 2)
