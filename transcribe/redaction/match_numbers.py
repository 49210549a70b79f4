"""Find the numbers and codes that identify people: telephone, NHS, bank, postcode and the like.

NHS numbers are checked as the NHS Data Dictionary says (Modulus 11, through python-stdnum), phone
numbers by the numbering plans in `phonenumbers`, card numbers by Luhn's rule, postcodes by the
areas and the form that Royal Mail gives them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise

import phonenumbers
from stdnum import luhn
from stdnum.gb import nhs

from transcribe.redaction.normalise import word_set
from transcribe.redaction.number_grammar import (
    Code,
    Letters,
    SpokenNumber,
    SpokenPieces,
    codes_at,
    form_of,
    numbers_in,
)
from transcribe.redaction.text_model import Hit, SearchTarget, SpokenText
from transcribe.redaction.year_words import is_row_of_years

_PHONE_LABEL = "[phone number]"
_NHS_LABEL = "[NHS number]"
_POSTCODE_LABEL = "[postcode]"
_INSURANCE_LABEL = "[National Insurance number]"
_BANK_LABEL = "[bank details]"
_VEHICLE_LABEL = "[vehicle registration]"
_NUMBER_LABEL = "[number]"

_NHS_LENGTH = 10
_MISSPOKEN_NHS_LENGTHS = (9, 11)  # a digit was not heard, or was heard twice
_CARD_LENGTHS = range(13, 20)
# By Ofcom's plan: 03 and 08 are of organisations, 09 is charged at a premium.
_ORGANISATION_PREFIXES = ("03", "080", "084", "087", "09")
"""Numbers of organisations and helplines: the editor is asked."""
# Samaritans and missing children: they are said so that people call them.
_HELPLINES = word_set("116123 116000")
_MIN_LISTED_DIGITS = 3
_LOCAL_NUMBER_LENGTHS = range(6, 9)  # digits of a number within its own town
_EXTENSION_LENGTHS = range(3, 7)
_MIN_UNKNOWN_DIGITS = 10
"""Asked about, whatever they are. Nobody dates with so many, and amounts come to fewer as they are
said: “twenty-five thousand two hundred” to eight (25 000 2 00)."""
_MIN_NAMED_DIGITS = 4  # of what was called a number or code before
_PHONE_LENGTHS = range(10, 14)
_AREA_PREFIXES = ("01", "02", "07")  # of towns and of mobile telephones

_PHONE_WORDS = word_set(
    "phone phoned ring rang call called number mobile text dial extension landline telephone tel "
    "cell texted dialled whatsapp ext"
)
_HEALTH_WORDS = word_set("nhs hospital patient")
_CONTEXT_WORDS = 12  # words within which “number” says what digits are, “um” not counted
_CONTEXT_WORDS_AFTER = 5
_PHONE_CONTEXT_WORDS = 8
_MAX_RESTART_PIECES = 10  # between the digits and what somebody began again with
_UNITS = word_set(
    "pounds pound quid pence p percent per miles mile km metres feet foot people times years year "
    "months weeks days hours minutes seconds mg milligrams micrograms ml grams calories degrees "
    "carers patients families staff euros dollars steps words"
)
_YEAR_PREPOSITIONS = word_set("in since of from until till by during before after")

_NUMBERED = word_set(
    "hospital patient case unit file record records crime claim policy staff payroll membership "
    "member customer client student pupil order booking ward clinic service licence license badge "
    "prison prisoner army social worker rio mrn system unique account card bank building society "
    "passport driving incident referral tracking door pin key safe access security alarm entry "
    "gate sort roll reference ref tax council rent tenancy carer carers personal national "
    "identification identity id emergency district chi h hc appointment complaint personnel force "
    "collar registration"
)
"""Words before “number”, “code” or “reference” that make digits after them somebody's."""
_NUMBER_NOUNS = word_set("number numbers no num code codes id ref reference pin digits")
_NO_KIND_OF_NUMBER = word_set(
    "phone telephone mobile house door any large small good great huge big fair odd even whole "
    "certain lucky round same right wrong new old next last first other one helpline contact "
    "biggest main second third little particular only real actual the a an this that his her my "
    "their our your its what which whose no each every some and or is was to by of in on at for "
    "with me him them us it you i he she they we prime cardinal opposite equal growing bus long "
    "train route page platform"
)
"""Words before “number is” that do not say whose the digits are."""
_SAYS = word_set("is was its thats")
_SEPARATORS = word_set("slash stroke")
_MIN_CODE_CHARACTERS = 5
_MIN_CODE_DIGITS = 3
_MIN_TOGETHER = 6
_MIN_DIGITS_TOGETHER = 4
_MEASURED = re.compile(r"\d+(?:s|st|nd|rd|th|am|pm|[kmµ]?g|mcg|ml|[kcm]?m|mph|bn|k|bc|ad)$")
_NAMED_LOOSELY = word_set(
    "account hospital reference ref card licence license case member tracking"
)
_MIN_LOOSELY_NAMED_DIGITS = 6
_NO_LETTERS = word_set("nhs ni no pin dob reg mrn ref tel ext id iban num")
_NAMED_ALONE = {
    "mrn": _NUMBER_LABEL, "passport": _NUMBER_LABEL, "iban": _BANK_LABEL, "pin": _NUMBER_LABEL,
    "reg": _VEHICLE_LABEL, "registration": _VEHICLE_LABEL, "username": _NUMBER_LABEL,
    "nino": _INSURANCE_LABEL,
}  # fmt: skip
_NAMED_PAIRS = {
    ("national", "insurance"): _INSURANCE_LABEL, ("ni", "number"): _INSURANCE_LABEL,
    ("sort", "code"): _BANK_LABEL, ("account", "number"): _BANK_LABEL,
    ("card", "number"): _BANK_LABEL, ("bank", "account"): _BANK_LABEL,
    ("number", "plate"): _VEHICLE_LABEL, ("licence", "plate"): _VEHICLE_LABEL,
    ("license", "plate"): _VEHICLE_LABEL, ("reg", "number"): _VEHICLE_LABEL,
    ("registration", "number"): _VEHICLE_LABEL, ("nhs", "number"): _NHS_LABEL,
    ("nhs", "no"): _NHS_LABEL, ("post", "code"): _POSTCODE_LABEL,
}  # fmt: skip

_POSTCODE_FORMS = frozenset({"A99AA", "A999AA", "AA99AA", "AA999AA", "A9A9AA", "AA9A9AA"})
_OUTWARD_FORMS = frozenset({"A9", "A99", "AA9", "AA99", "A9A", "AA9A"})
_POSTCODE_AREAS = word_set(
    "ab al b ba bb bd bf bh bl bn br bs bt bx ca cb cf ch cm co cr ct cv cw da dd de dg dh dl dn "
    "dt dy e ec eh en ex fk fy g gl gu gy ha hd hg hp hr hs hu hx ig im ip iv ka kt kw ky l la ld "
    "le ll ln ls lu m me mk ml n ne ng nn np nr nw ol ox pa pe ph pl po pr rg rh rm s sa se sg sk "
    "sl sm sn so sp sr ss st sw sy ta td tf tn tq tr ts tw ub w wa wc wd wf wn wr ws wv yo ze je"
)
_INWARD = re.compile(r"\d[abd-hjlnp-uw-z]{2}$")
_INSURANCE_FORMS = frozenset({"AA999999A", "AA999999"})
_INSURANCE = re.compile(r"[a-z]{2}\d{6}[a-d]?$")
_VEHICLE_FORMS = frozenset({"AA99AAA"})
_OLDER_VEHICLE_FORMS = frozenset(
    {"A999AAA", "A99AAA", "A9AAA", "AAA999A", "AAA99A", "AAA9A", "AAA9999", "AA9999", "AAA999"}
)
_CODE_FORMS = _POSTCODE_FORMS | _INSURANCE_FORMS | _VEHICLE_FORMS
_ALL_FORMS = _CODE_FORMS | _OLDER_VEHICLE_FORMS | _OUTWARD_FORMS
_MIN_SURE_LETTERS = 3


class _Context:
    """The words around a number that say what it is."""

    def __init__(self, text: SpokenText, spoken: SpokenPieces, first: int, end: int) -> None:
        self._text, self._spoken, self._first, self._end = text, spoken, first, end

    @cached_property
    def before(self) -> list[str]:
        """Words before it, with nothing between that people say while they think."""
        at, words = max(0, self._first - 3 * _CONTEXT_WORDS), []
        while at < self._first:
            between = self._spoken.interlude(at)
            # “Account no.” is no correction.
            if between.is_pause and self._spoken.texts[at] not in _NUMBER_NOUNS:
                at = between.end
                continue
            words.append(self._spoken.texts[at])
            at += 1
        return words[-_CONTEXT_WORDS:]

    @cached_property
    def after(self) -> list[str]:
        """Words after it in its sentence."""
        word = self._spoken.pieces[self._end - 1].word
        words = []
        for at in range(self._end, min(len(self._spoken), self._end + _CONTEXT_WORDS_AFTER)):
            if not self._text.is_in_one_sentence(word, self._spoken.pieces[at].word + 1):
                break
            words.append(self._spoken.texts[at])
        return words

    @cached_property
    def label(self) -> str:
        """The label of what it was called, or nothing."""
        return _label_said(self.before) or _label_said(self.after)

    def speaks_of(self, words: frozenset[str], within: int = _CONTEXT_WORDS) -> bool:
        return not words.isdisjoint(self.before[-within:])

    @property
    def is_amount(self) -> bool:
        """True for what is counted or paid: “£250,000”, “ten thousand pounds”."""
        piece, last = self._spoken.pieces[self._first], self._spoken.pieces[self._end - 1]
        if set(piece.before) & set("£$€") or "%" in last.after:
            return True
        return bool(self.after) and self.after[0] in _UNITS

    @property
    def is_year(self) -> bool:
        return bool(self.before) and self.before[-1] in _YEAR_PREPOSITIONS


def _label_said(words: Sequence[str]) -> str:
    """Return what the last of `words` call a number: “account number”, “sort code”."""
    for at in reversed(range(len(words))):
        word, following = words[at], words[at + 1] if at + 1 < len(words) else ""
        if (word, following) in _NAMED_PAIRS:
            return _NAMED_PAIRS[word, following]
        if word in _NUMBERED and following in _NUMBER_NOUNS:
            return _NUMBER_LABEL
        is_said = following == "number" and words[at + 2 : at + 3] != [] and words[at + 2] in _SAYS
        if is_said and len(word) > 1 and word not in _NO_KIND_OF_NUMBER:
            return _NUMBER_LABEL
        if word in _NAMED_ALONE:
            return _NAMED_ALONE[word]
        if word == "postcode":
            return _POSTCODE_LABEL
    return ""


def number_hits(text: SpokenText, spoken: SpokenPieces) -> Iterator[Hit]:
    """Find numbers and codes that identify somebody."""
    yield from _code_hits(text, spoken)
    yield from _reference_hits(text, spoken)
    yield from _digit_hits(text, spoken)


def listed_number_hits(
    text: SpokenText, spoken: SpokenPieces, targets: Sequence[SearchTarget]
) -> Iterator[Hit]:
    """Find the numbers of the list, written or said."""
    listed = [target for target in targets if target.is_number]
    if not listed:
        return
    numbers = list(_numbers(text, spoken))
    for target in listed:
        digits = re.sub(r"\D", "", target.key)
        if len(digits) >= _MIN_LISTED_DIGITS:
            yield from _listed_digits(spoken, numbers, digits, target)
        if len(digits) < len(target.key):
            yield from _listed_code(spoken, target)


def _listed_digits(
    spoken: SpokenPieces, numbers: Sequence[SpokenNumber], digits: str, target: SearchTarget
) -> Iterator[Hit]:
    for number in numbers:
        if any(digits in reading for reading in number.readings()):
            first, last = spoken.words(number.first, number.end)
            yield target.hit(first, last, is_sure=True)
        # A listed “0123”, said “oh one two three”: that “oh” is no sigh.
        elif digits in "0" * number.leading_ohs + number.digits:
            first, last = spoken.words(number.first - number.leading_ohs, number.end)
            yield target.hit(first, last, is_sure=True)


def _listed_code(spoken: SpokenPieces, target: SearchTarget) -> Iterator[Hit]:
    """Find a listed code with letters, said letter by letter."""
    form = frozenset({form_of(target.key)})
    for at in range(len(spoken)):
        for code in codes_at(spoken, at, form):
            if code.characters == target.key:
                first, last = spoken.words(code.first, code.end)
                yield target.hit(first, last, is_sure=True)


# Digits


def _numbers(text: SpokenText, spoken: SpokenPieces) -> Iterator[SpokenNumber]:
    """Yield the numbers that are said; in one that was announced, “and” does not end it."""
    expected = {
        number.first
        for number in numbers_in(spoken)
        if _is_announced(_Context(text, spoken, number.first, number.end))
    }
    for number in numbers_in(spoken, expected):
        if spoken.is_unparted(number.first, number.end):
            yield number


def _is_announced(context: _Context) -> bool:
    return bool(_label_said(context.before)) or context.speaks_of(word_set("number mobile phone"))


def _digit_hits(text: SpokenText, spoken: SpokenPieces) -> Iterator[Hit]:
    before: tuple[SpokenNumber, _Context] | None = None
    for number in _numbers(text, spoken):
        context = _Context(text, spoken, number.first, number.end)
        best = _best_reading(number, context, spoken)
        if best:
            first, end = _with_letters(spoken, number, context)
            first -= first > 0 and spoken.texts[first - 1] == "plus"
            yield pattern_hit(*spoken.words(first, end), best[0], best[1])
        if best and best[1] and before and _is_false_start(spoken, *before, number, context):
            start = before[0]
            yield pattern_hit(*spoken.words(start.first, start.end), best[0], True)
        before = None if best else (number, context)


def _best_reading(
    number: SpokenNumber, context: _Context, spoken: SpokenPieces
) -> tuple[str, bool] | None:
    """Return the label of what a number surely is, or else may be; None if nothing."""
    readings = [
        classified
        for digits in number.readings()
        if (classified := _classify(digits, number, context, spoken))
    ]
    # The readings are what it may be: one that is surely somebody's number is enough.
    best = next((each for each in readings if each[1]), readings[0] if readings else None)
    if best is None or not best[1]:
        best = _named_run(number, context, spoken) or best
    return best


def _is_false_start(
    spoken: SpokenPieces,
    before: SpokenNumber,
    before_context: _Context,
    number: SpokenNumber,
    context: _Context,
) -> bool:
    """Return True for the digits with which somebody began, and then began again.

    “Her NHS number is nine four three, let me get it right, nine four three …”
    """
    is_near = number.first - before.end <= _MAX_RESTART_PIECES
    is_called_so = bool(context.label) and _label_said(before_context.before) == context.label
    is_number = len(before.digits) > 1 and not _is_plain_amount(before, before_context, spoken)
    return is_near and is_called_so and is_number


def _classify(
    digits: str, number: SpokenNumber, context: _Context, spoken: SpokenPieces
) -> tuple[str, bool] | None:
    """Return the label of what these digits are, and whether that is sure; None if nothing."""
    if digits in _HELPLINES:
        return None
    # Before telephones: ten digits without a leading nought are none in Britain.
    if len(digits) == _NHS_LENGTH and not digits.startswith("0") and not number.has_plus:
        if _is_plain_amount(number, context, spoken):
            return None
        return _NHS_LABEL, bool(nhs.is_valid(digits)) or context.speaks_of(_HEALTH_WORDS)
    is_dialled = digits.startswith(("0", "44")) and len(digits) >= _LOCAL_NUMBER_LENGTHS.start
    if number.has_plus or is_dialled:
        is_sure = _phone_certainty(digits, plus=number.has_plus)
        if is_sure is not None:
            return _PHONE_LABEL, is_sure
    if len(digits) in _CARD_LENGTHS and luhn.is_valid(digits) and not digits.startswith("0"):
        return _BANK_LABEL, True
    if _is_plain_amount(number, context, spoken):
        return None
    if len(digits) in _MISSPOKEN_NHS_LENGTHS and "nhs" in context.before[-4:]:
        return _NHS_LABEL, True
    if len(digits) >= _PHONE_LENGTHS.stop - 1 and _holds_phone_number(number):
        return _PHONE_LABEL, True
    if len(digits) in _LOCAL_NUMBER_LENGTHS and context.speaks_of(
        _PHONE_WORDS, within=_PHONE_CONTEXT_WORDS
    ):
        return _PHONE_LABEL, False
    if len(digits) in _EXTENSION_LENGTHS and set(context.before[-3:]) & {"extension", "ext"}:
        return _PHONE_LABEL, False
    return (_NUMBER_LABEL, False) if len(digits) >= _MIN_UNKNOWN_DIGITS else None


def _named_run(
    number: SpokenNumber, context: _Context, spoken: SpokenPieces
) -> tuple[str, bool] | None:
    """Return the label of digits that are called a number, a code or a reference before them."""
    if context.label == _POSTCODE_LABEL or context.is_amount:
        return None
    if _is_plain_amount(number, context, spoken):
        return None
    longest = max(map(len, number.readings()))
    if not context.label:
        is_named = not _NAMED_LOOSELY.isdisjoint(context.before[-4:])
        return (_NUMBER_LABEL, False) if is_named and longest >= _MIN_LOOSELY_NAMED_DIGITS else None
    if longest < _MIN_NAMED_DIGITS or set(number.readings()) & _HELPLINES:
        return None
    return context.label, True


def _is_plain_amount(number: SpokenNumber, context: _Context, spoken: SpokenPieces) -> bool:
    """Return True for amounts, rows of years, and what somebody counts out."""
    if number.digits.startswith("0") or number.has_plus:
        return False
    if context.is_amount and len(number.parts) <= 4:
        return True
    if is_row_of_years(spoken, number.first, number.end):
        return context.is_year or not context.label
    is_expected = context.label or context.speaks_of(_PHONE_WORDS, within=_PHONE_CONTEXT_WORDS)
    return not is_expected and _is_counting(number)


def _is_counting(number: SpokenNumber) -> bool:
    """Return True for “one, two, three, four …”, up, down or by tens."""
    values = [int(part.value) for part in number.parts]
    steps = {after - before for before, after in pairwise(values)}
    return len(values) > 3 and len(steps) == 1


def _holds_phone_number(number: SpokenNumber) -> bool:
    """Return True if a telephone number is among the digits, with others before or after it."""
    parts = [part.digits for part in number.parts]
    for first in range(len(parts)):
        digits = ""
        for part in parts[first:]:
            digits += part
            if len(digits) >= _PHONE_LENGTHS.stop:
                break
            if len(digits) == _PHONE_LENGTHS[1] and digits.startswith(_AREA_PREFIXES):
                return _phone_certainty(digits, plus=False) is True
    return False


def _phone_certainty(digits: str, *, plus: bool) -> bool | None:
    """Return whether these digits are surely a private person's phone number; None if no phone's.

    False, so that the editor is asked, for a number of an organisation and for one that is too
    short to have its area code.
    """
    is_international = plus or digits.startswith(("44", "0044"))
    written = f"+{digits.removeprefix('00')}" if is_international else digits
    # “plus four four, oh, seven seven …”: the nought is dialled within Britain alone.
    written = re.sub(r"^\+440", "+44", written)
    try:
        # Without the code of a country it is a British one.
        number = phonenumbers.parse(written, "GB")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    if number.country_code == 44 and not plus and len(digits) < 10:
        return False
    return not f"0{number.national_number}".startswith(_ORGANISATION_PREFIXES)


def _with_letters(spoken: SpokenPieces, number: SpokenNumber, context: _Context) -> tuple[int, int]:
    """Return the pieces of a number with the letters of its code before and after it."""
    first, end = number.first, number.end
    is_named = context.label or context.speaks_of(_NUMBER_NOUNS | _NAMED_LOOSELY, within=5)
    if not is_named and len(number.digits) < _CARD_LENGTHS.start:
        return first, end
    while (before := _letters_before(spoken, first)) is not None:
        first = before
    while (letters := _sure_character(spoken, spoken.interlude(end).end)) is not None:
        end = letters.end
    return first, end


def _letters_before(spoken: SpokenPieces, at: int) -> int | None:
    """Return the piece at which letters begin that end before piece `at`."""
    for first in range(at - 1, max(-1, at - 5), -1):
        if spoken.pieces[first + 1].is_parted:
            return None
        letters = _sure_character(spoken, first)
        if letters is None or letters.end > at or spoken.texts[first] in _NO_LETTERS:
            continue
        between = spoken.interlude(letters.end)
        if letters.end == at or (between.end == at and not between.is_correction):
            return first
    return None


def _sure_character(spoken: SpokenPieces, at: int) -> Letters | None:
    if at >= len(spoken):
        return None
    return next((letters for letters in spoken.characters_at(at) if not letters.is_doubtful), None)


# Codes


def _reference_hits(text: SpokenText, spoken: SpokenPieces) -> Iterator[Hit]:
    """Find what is only somebody's reference: `82F0391E`, “A W slash one one three slash 19”."""
    for at in range(len(spoken)):
        mixed_end = _end_of_mixed_word(spoken, at)
        end, is_divided = (mixed_end, True) if mixed_end else _end_of_code(spoken, at)
        if end is not None:
            context = _Context(text, spoken, at, end)
            label = context.label
            is_named = context.speaks_of(_NUMBER_NOUNS | _NAMED_LOOSELY, within=6)
            if label or is_divided or is_named:
                yield pattern_hit(*spoken.words(at, end), label or _NUMBER_LABEL, bool(label))


def _end_of_mixed_word(spoken: SpokenPieces, at: int) -> int | None:
    """Return the end of a word of letters and digits together that no measure or year is."""
    if not spoken.pieces[at].is_first:
        return None
    end = at + 1
    while end < len(spoken) and spoken.pieces[end].is_glued:
        end += 1
    characters = "".join(spoken.texts[at:end])
    digits = sum(map(str.isdecimal, characters))
    is_mixed = _MIN_DIGITS_TOGETHER <= digits < len(characters) >= _MIN_TOGETHER
    return end if is_mixed and not _MEASURED.match(characters) else None


def _end_of_code(spoken: SpokenPieces, at: int) -> tuple[int | None, bool]:
    """Return the end of letters and digits, and whether “slash” is said between them."""
    is_inside = bool(at) and (
        spoken.texts[at - 1] in _SEPARATORS or _sure_character(spoken, at - 1) is not None
    )
    if is_inside or spoken.texts[at] in _NO_LETTERS or "/" in spoken.pieces[at].before:
        return None, False
    characters, end, slashes, start = "", at, 0, at
    while start < len(spoken) and not (start > at and spoken.pieces[start].is_parted):
        letters = _sure_character(spoken, start)
        is_letters = spoken.texts[start].isalpha() and len(spoken.texts[start]) <= 3
        if letters is not None:
            characters, end = characters + letters.characters, letters.end
        elif is_letters and spoken.text_at(start + 1) in _SEPARATORS:
            characters, end = characters + spoken.texts[start], start + 1
        else:
            break
        is_slash = spoken.text_at(end) in _SEPARATORS
        slashes += is_slash or (end < len(spoken) and "/" in spoken.pieces[end].before)
        start = end + 1 if is_slash else spoken.interlude(end).end
    digits = sum(map(str.isdecimal, characters))
    has_letters = digits < len(characters)
    is_code = digits >= _MIN_CODE_DIGITS and len(characters) >= _MIN_CODE_CHARACTERS
    return (end, bool(slashes)) if has_letters and is_code else (None, False)


def _code_hits(text: SpokenText, spoken: SpokenPieces) -> Iterator[Hit]:
    """Find postcodes, National Insurance numbers and registrations, also letter by letter."""
    at = 0
    while at < len(spoken):
        best = _best_code(text, spoken, at)
        if best:
            code, label, is_sure = best
            yield pattern_hit(*spoken.words(code.first, code.end), label, is_sure)
        at = best[0].end if best else at + 1


def _best_code(text: SpokenText, spoken: SpokenPieces, at: int) -> tuple[Code, str, bool] | None:
    """Return the longest code that begins with piece `at`, its label, and whether it is sure."""
    if not any(spoken.letters_at(at)):
        return None
    if next(codes_at(spoken, at, _ALL_FORMS), None) is None:
        return None
    context = _Context(text, spoken, at, at + 1)
    label = _label_said(context.before)
    forms = _CODE_FORMS
    if label == _VEHICLE_LABEL:
        forms |= _OLDER_VEHICLE_FORMS
    if label == _POSTCODE_LABEL:
        forms |= _OUTWARD_FORMS
    codes = [
        (code, kind, is_sure)
        for code in codes_at(spoken, at, forms)
        if spoken.is_unparted(code.first, code.end)
        for kind, is_sure in _kinds_of_code(code, label)
    ]
    return max(codes, key=lambda each: (each[0].end, each[2]), default=None)


def _kinds_of_code(code: Code, label: str) -> Iterator[tuple[str, bool]]:
    """Yield what a code may be and whether that is sure."""
    is_plain = code.is_written or code.doubtful <= 1 or code.sure_letters >= _MIN_SURE_LETTERS
    if not code.sure_letters and not label:
        return
    if form_of(code.characters) in _POSTCODE_FORMS and _is_postcode(code.characters):
        yield _POSTCODE_LABEL, is_plain or label == _POSTCODE_LABEL
    elif label == _POSTCODE_LABEL and _outward_area(code.characters) in _POSTCODE_AREAS:
        yield _POSTCODE_LABEL, False
    elif _INSURANCE.match(code.characters) and form_of(code.characters) in _INSURANCE_FORMS:
        is_whole = len(code.characters) == len("AA999999A")
        if is_whole or label == _INSURANCE_LABEL:
            yield _INSURANCE_LABEL, is_whole or label == _INSURANCE_LABEL
    elif label == _VEHICLE_LABEL:
        yield _VEHICLE_LABEL, True
    elif form_of(code.characters) in _VEHICLE_FORMS and is_plain:
        yield _VEHICLE_LABEL, False


def _is_postcode(characters: str) -> bool:
    return _outward_area(characters) in _POSTCODE_AREAS and bool(_INWARD.search(characters))


def _outward_area(characters: str) -> str:
    return re.match("[a-z]*", characters)[0]  # type: ignore[index]  # it matches always


def pattern_hit(first: int, last: int, label: str, is_sure: bool) -> Hit:
    """Return a hit on words `first` up to, not including, `last`, of what is in no list."""
    return Hit(first, last, is_sure, label.strip("[]").casefold(), label)
