"""Words by which people say numbers, letters and dates, and what they say between them.

All stand folded, as `normalise.folded` leaves them.
"""

from __future__ import annotations

from transcribe.redaction.normalise import MONTHS, word_set

DIGITS = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "naught": "0", "ought": "0", "nil": "0",
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "niner": "9",
}  # fmt: skip
OHS = word_set("oh o")  # more often a sigh, or a letter
PLURAL_DIGITS = {
    "zeros": "0", "zeroes": "0", "ohs": "0", "noughts": "0", "ones": "1", "twos": "2",
    "threes": "3", "fours": "4", "fives": "5", "sixes": "6", "sevens": "7", "eights": "8",
    "nines": "9",
}  # fmt: skip
MISHEARD_DIGITS = {"to": "2", "too": "2", "for": "4", "fore": "4", "ate": "8", "won": "1"}
"""Words that recognisers write for digits; they count only among other spoken digits."""
TEENS = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
REPEATS = {"double": 2, "treble": 3, "triple": 3, "quadruple": 4}
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13,
    "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18,
    "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip

MONTH_NUMBERS = {
    "january": 1, "february": 2, "febuary": 2, "march": 3, "april": 4, "may": 5, "june": 6,
    "july": 7, "august": 8, "september": 9, "october": 10, "november": 11, "december": 12,
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9,
    "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
if not MONTH_NUMBERS.keys() >= MONTHS:
    raise ValueError("A month has no number.")
WEEKDAYS = word_set(
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri "
    "sat sun"
)
FEASTS = (
    ("christmas", "day"), ("christmas", "eve"), ("boxing", "day"), ("new", "years", "day"),
    ("new", "years", "eve"), ("valentines", "day"), ("st", "patricks", "day"),
    ("st", "georges", "day"), ("st", "davids", "day"), ("april", "fools", "day"),
    ("bonfire", "night"), ("guy", "fawkes", "night"), ("halloween",), ("hogmanay",),
    ("leap", "day"), ("burns", "night"), ("st", "stephens", "day"), ("st", "andrews", "day"),
    ("saint", "stephens", "day"), ("saint", "patricks", "day"), ("saint", "georges", "day"),
    ("saint", "davids", "day"), ("saint", "andrews", "day"), ("may", "day"),
    ("all", "saints", "day"),
    ("midsummers", "day"), ("mothers", "day"), ("fathers", "day"), ("mothering", "sunday"),
    ("easter", "sunday"), ("easter", "monday"), ("good", "friday"), ("whit", "sunday"),
    ("whit", "monday"), ("palm", "sunday"), ("ash", "wednesday"), ("shrove", "tuesday"),
    ("pancake", "day"), ("pancake", "tuesday"), ("remembrance", "sunday"),
    ("remembrance", "day"), ("armistice", "day"), ("twelfth", "night"),
    ("glorious", "twelfth"), ("diwali",), ("eid",), ("vaisakhi",), ("lammas", "day"),
)  # fmt: skip
"""Days that have a name: with a year, or as a birthday, they are a date like another."""

NATO = {
    "alpha": "a", "alfa": "a", "bravo": "b", "charlie": "c", "delta": "d", "echo": "e",
    "foxtrot": "f", "golf": "g", "hotel": "h", "india": "i", "juliet": "j", "juliett": "j",
    "juliette": "j", "kilo": "k", "lima": "l", "mike": "m", "november": "n", "oscar": "o",
    "papa": "p", "quebec": "q", "romeo": "r", "sierra": "s", "tango": "t", "uniform": "u",
    "victor": "v", "whisky": "w", "whiskey": "w", "xray": "x", "yankee": "y", "zulu": "z",
}  # fmt: skip
LETTER_NAMES = {
    "ay": "a", "bee": "b", "cee": "c", "dee": "d", "ee": "e", "ef": "f", "eff": "f", "gee": "g",
    "jee": "g", "aitch": "h", "haitch": "h", "jay": "j", "kay": "k", "el": "l", "ell": "l",
    "em": "m", "en": "n", "pee": "p", "cue": "q", "queue": "q", "kew": "q", "ar": "r", "arr": "r",
    "es": "s", "ess": "s", "tee": "t", "vee": "v", "dubya": "w", "ex": "x", "wye": "y",
    "zed": "z", "zee": "z",
}  # fmt: skip
LETTERS_LIKE_WORDS = {
    "be": "b",
    "see": "c",
    "sea": "c",
    "eye": "i",
    "oh": "o",
    "pea": "p",
    "are": "r",
    "tea": "t",
    "you": "u",
    "yew": "u",
    "why": "y",
    "hey": "a",
    "eh": "a",
}
"""Names of letters that are ordinary words as well: they count only among surer ones."""

PAUSES: tuple[tuple[str, ...], ...] = tuple(
    tuple(phrase.split())
    for phrase in """
um | umm | uh | uhm | uhh | er | err | erm | ah | ahh | eh | hm | hmm | mm | mmm | mhm | huh
yes | yeah | yep | okay | ok | right | well | so | like | now | dash | hyphen | space | gap | pause
comma | slash | stroke | you know | let me see | let me think | let me look | lets see | i think
i believe | i suppose | i guess | hang on | hold on | one moment | one second | one sec | a moment
just a second | just a moment | what is it | whats it | what was it | sort of | kind of
if i remember | if i remember rightly | if i remember right | bear with me | excuse me
there we are | thats it | thats right | capital | capital letter | the letter | all one word
lower case | upper case | is that right | do you want that | got that | carry on | go on | and er
and um | and erm | on you go | sorry | pardon
""".replace("\n", "|").split("|")
    if phrase.strip()
)
"""Words that are said while somebody thinks of the next digit, or listens to them."""
CORRECTIONS: tuple[tuple[str, ...], ...] = tuple(
    tuple(phrase.split())
    for phrase in """
no | nope | no no | correction | rather | actually | wait | wait a minute | i mean | i tell a lie
make that | make it | scratch that | strike that | let me start again | start again | not that
hang on | hold on | no hang on | no hold on | let me think | let me see | what am i saying
no wait | no not | i beg your pardon | my mistake |
that should be | or is it | is it | no its | no thats | or was it
ill say that again | say that again | ill repeat that | let me repeat that | again
sorry no | sorry its | or | no sorry
""".replace("\n", "|").split("|")
    if phrase.strip()
)
"""Words before a digit or day that takes the place of the one before."""
LINKS: tuple[tuple[str, ...], ...] = tuple(
    tuple(phrase.split())
    for phrase in """
and | then | and then | its | it is | is | was | thats | that is | then its | followed by | then a
it was | my | her | his | and its | that was
""".replace("\n", "|").split("|")
    if phrase.strip()
)
"""Words between the parts of a number, once it is plain that one is being said."""
DATE_LINKS: tuple[tuple[str, ...], ...] = tuple(
    tuple(phrase.split())
    for phrase in """
of | the | in | on | in the year | the year | year | of the year | back in | that was in | the month
it was | and it was | a | born | in the | and the year was | and the year | it was in | and | was
day of | day of the | day in the | day | month | month of | of the month | year
he was born | she was born | i was born | they were born | in the month of
""".replace("\n", "|").split("|")
    if phrase.strip()
)
"""Words between the day, the month and the year."""
