"""Names that are found or asked about: figures on a set of our own, and cases one by one."""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.command_line import ROOT
from tests.support.misheard_names import by_ear, halves, misheard
from transcribe.redaction.detect import name_hits, without_overlaps
from transcribe.redaction.match_patterns import pattern_hits
from transcribe.redaction.name_list import ListedName, NameKind
from transcribe.redaction.normalise import folded, folded_word, split_token, word_set
from transcribe.redaction.phonetics import distance, english_sounds, is_respelt, readings
from transcribe.redaction.text_model import Hit, SpokenText, SpokenWord, search_targets

LOOKED_AT, HELD_OUT = halves(seed=1)
"""The matcher was made while looking at the first half; nobody looked at misses of the second."""


def talk_of(text: str) -> SpokenText:
    words = text.split()
    return SpokenText([SpokenWord(word, n * 300, n * 300 + 250) for n, word in enumerate(words)])


def find(text: str | SpokenText, *names: str | ListedName) -> list[Hit]:
    talk = talk_of(text) if isinstance(text, str) else text
    entries = [name if isinstance(name, ListedName) else ListedName(name=name) for name in names]
    targets = list(search_targets(entries))
    return without_overlaps([*name_hits(talk, targets), *pattern_hits(talk, targets)])


def found_words(text: str, *names: str | ListedName) -> str:
    """Return the words that are redacted, and those that are asked about, with a question mark."""
    words = text.split()
    return ", ".join(
        " ".join(words[match.first : match.last]) + ("" if match.is_sure else "?")
        for match in find(text, *names)
    )


def recall(names: Sequence[str], seed: int) -> float:
    misheard_set = list(misheard(list(names), seed))
    found_count = sum(
        any(
            match.first < sample.last and match.last > sample.first
            for match in find(sample.text, sample.name)
        )
        for sample in misheard_set
    )
    return found_count / len(misheard_set)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It was dann yull marshe.", "dann yull marshe.?"),
        ("It says D dot Marsh on it.", "D dot Marsh"),
        ("My son D. was there", "D.?"),
        ("on ward number four Larch", "ward number four Larch"),
        ("on ward four larch, then", "ward four larch,"),
        ("C sharp club was shut", "C sharp club"),
        ("D for delta, A for apple, N for nut, he spelt", "D for delta, A for apple, N for nut,?"),
    ],
)
def test_every_part_of_a_listed_name_is_found(text: str, found: str) -> None:
    assert found_words(text, "Daniel Marsh", "Ward #4 Larch", "C# Club") == found


def test_the_initial_of_a_single_name_is_asked_about() -> None:
    assert found_words("My son D. was there", "Daniel") == "D.?"


# Figures


@pytest.mark.parametrize(("names", "seed"), [(LOOKED_AT, 2), (HELD_OUT, 3)])
def test_at_least_99_of_100_misheard_names_are_found(names: list[str], seed: int) -> None:
    assert recall(names, seed) >= 0.99


def test_every_name_is_found_as_it_is_listed() -> None:
    missed_names = [
        name for name in by_ear() if found_words(f"and then {name}’s coat was wet", name) == ""
    ]
    assert missed_names == []


def test_a_list_of_ten_asks_little_about_ordinary_talk() -> None:
    """The demonstration’s four interviews, which say none of these names but Winifred."""
    words = [
        word[0]
        for path in sorted((ROOT / "interviews" / "demo").glob("*.words.json"))
        for word in json.loads(path.read_text(encoding="utf-8"))
    ]
    talk = talk_of(" ".join(words))
    dice, question_count, rounds = random.Random(6), 0, 12
    names = sorted(set(by_ear()) - {"Winifred"})
    for _ in range(rounds):
        question_count += len(find(talk, *dice.sample(names, 10)))
    assert question_count / rounds / len(words) * 1000 < 2


def test_words_that_are_names_as_well_do_not_drown_the_editor() -> None:
    text = (
        "I will hope that you may mark my words with grace. Will you come in May? May I ask? Mark "
        "my words. Hope you are well. We rose at seven and paid the bill. Pat him on the back. It "
        "was a joy. Will it ever end? In May 2019 the bill rose. Rose from the dead, I said. I "
        "drew a long breath. Sue them, he said. Jack it in. Art is long, faith is short. May we "
        "go? Hope so. Hope is what kept me going."
    )
    names = "Will, Hope, May, Mark, Grace, Rose, Bill, Pat, Joy, Drew, Sue, Jack, Art, Faith"
    matches = find(text, *names.split(", "))
    assert not any(match.is_sure for match in matches)
    assert len(matches) <= 4


# One by one


@pytest.mark.parametrize(
    ("text", "name", "marked"),
    [
        ("I saw Siobhan there", "Siobhán", "Siobhan"),
        ("I saw SIOBHAN’S coat", "Siobhán", "SIOBHAN’S"),
        ("I saw siobhan there", "Siobhan", "siobhan"),
        ("with Mary Ann at night", "Maryann", "Mary Ann"),
        ("with Maryann at night", "Mary Ann", "Maryann"),
        ("with Mary-Ann at night", "Mary Ann", "Mary-Ann"),
        ("with O’Neill and O'Neill", "Oneill", "O’Neill, O'Neill"),
        ("that Siobhans coat", "Siobhan", "Siobhans"),
        ("Siobhan’ll come, Siobhan’d come", "Siobhan", "Siobhan’ll, Siobhan’d"),
        ("the Smith-Siobhan case", "Siobhan", "Smith-Siobhan"),
        ("I saw Siobhan. Murphy came", "Siobhan Murphy", "Siobhan., Murphy"),
        ("I rang Dr Patel today", "Dr Patel", "Dr Patel"),
        ("I rang Patel today", "Dr Patel", "Patel"),
        ("I rang the doctor, dr who?", "Dr Patel", ""),
        ("at Larch House on Monday", "Larch House", "Larch House"),
        ("at the Larch on Monday", "Larch House", "Larch?"),
        ("the house was cold", "Larch House", ""),
        ("I waited with Will there", "Will", "Will"),
        ("Will said he would", "Will", "Will"),
        ("my son Mark and I", "Mark", "Mark"),
        ("Will you come", "Will", ""),
        ("it will be", "Will", ""),
        ("for your country. The country", "country", "country.?, country?"),
        ("for your country", "Country", ""),
        ("Grace was not what I felt", "Grace", "Grace?"),
        ("born in May and", "May", ""),
        ("I met May and Hope", "May", "May"),
        ("Niamh and Neve", "Niamh", "Niamh, Neve?"),
        ("then shiv on came", "Siobhan", "shiv on?"),
        ("Ellen came", "Alan", "Ellen?"),
        ("李明 came home", "李明", "李明"),
        ("we met Łukasz there", "Lukasz", "Łukasz"),
    ],
)
def test_how_a_name_may_stand_there(text: str, name: str, marked: str) -> None:
    assert found_words(text, name) == marked


@pytest.mark.parametrize(
    ("name", "text", "marked"),
    [
        ("Smith-Jones", "I rang Smith and Jones, then Smith Jones", "Smith, Jones,, Smith Jones"),
        ("Ruth Smith-Jones", "Mrs Smith came in Jones’s car", "Smith, Jones’s"),
        ("Mary-Ann", "I saw Mary and Ann and Maryann", "Mary, Ann, Maryann"),
        ("Daniel Marsh", "my son D. came home with DM and D.M. and D M", "D.?, DM?, D.M.?, D M?"),
        ("Daniel Marsh", "vitamin D. Then plan D and a D grade", ""),
        ("Daniel Marsh", "then D. Marsh and D Marsh rang", "D. Marsh, D Marsh"),
        ("Anna Marsh", "I AM here at 10 AM. A nurse came", ""),
        ("J.P.", "then J.P. came and JP and J P too", "J.P., JP, J P"),
        ("Daniel Marsh", "that was Daniel ’s coat and Daniel 's own", "Daniel, Daniel"),
        ("Daniel Marsh", "so the Marshes and the Marsh’s came", "Marshes, Marsh’s"),
        ("Daniel (Danny) Marsh", "Danny came, then Daniel Marsh", "Danny, Daniel Marsh"),
        ("Siobhan “Shiv” Murphy", "I saw Shiv’s coat", "Shiv’s"),
        ("Siobhan Murphy née Kelly", "when Mrs Kelly rang", "Kelly"),
        ("Dan/Danny Marsh", "then Danny and Dan rang", "Danny, Dan"),
        ("Ana de Souza", "that de Souza and DeSouza and Souza", "de Souza, DeSouza, Souza"),
        ("Jan van der Berg", "with Mr van der Berg in the van", "van der Berg"),
        ("Seán O’Neill", "when O Neill and ONeill and Neill rang", "O Neill, ONeill, Neill?"),
        ("Nuala Ní Dhomhnaill", "that Ni Dhomhnaill and Nuala", "Ni Dhomhnaill, Nuala"),
        ("Omar al-Rashid", "with Al Rashid and Alrashid and Rashid", "Al Rashid, Alrashid, Rashid"),
        ("Aoife McDonald", "then Mc Donald rang", "Mc Donald"),
        ("Jo Wu", "I met Jo and Wu there", "Jo, Wu"),
        ("Siobhan", "then Siob- han came", "Siob- han"),
        ("Will Marsh", "then Will 's coat", "Will"),
    ],
)
def test_each_part_of_a_name_counts_by_itself(name: str, text: str, marked: str) -> None:
    assert found_words(text, name) == marked


def test_words_of_a_nickname_count_by_themselves() -> None:
    entry = ListedName(name="Daniel Marsh", sounds_like=("Danny Boy", "dan yell"))
    assert found_words("then Danny would yell, and dan yell came", entry) == "Danny, dan yell"


def test_a_listed_variant_counts_as_the_name() -> None:
    entry = ListedName(name="Siobhan", sounds_like=("shiv on", "Chevonne"))
    assert found_words("then shiv on came, and Chevonne", entry) == "shiv on, Chevonne"


def test_without_capitals_ordinary_words_are_asked_about_only_in_a_names_place() -> None:
    text = "i waited with will all night and it will be fine he said and then will said no " * 2
    assert found_words(text, "Will") == "will?, will?, will?, will?"


def test_a_name_across_paragraphs_is_found_and_one_across_a_redaction_is_none() -> None:
    words = [SpokenWord("Mary", 0, 200), SpokenWord("Ann", 300, 500, opens_paragraph=True)]
    assert [match.is_sure for match in find(SpokenText(words), "Mary Ann")] == [True]
    words = [SpokenWord("Mary", 0, 200), SpokenWord("Beth", 300, 500, after_gap=True)]
    assert [match.last - match.first for match in find(SpokenText(words), "Marybeth")] in (
        [],
        [1],
        [1, 1],
    )


SPOKEN_PHONE = "oh seven seven double oh nine hundred one two three"
SPOKEN_NHS = "nine four three four seven six five nine one nine"
SPOKEN_DATE = "fourth of March nineteen sixty-two"


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("ring oh seven seven double oh nine hundred one two three now", SPOKEN_PHONE),
        ("it is 07700 900123, day or night", "07700 900123,"),
        ("it is +44 7700 900123 today", "+44 7700 900123"),
        ("call 0300 123 4567 for help", "0300 123 4567?"),
        ("call the Samaritans on 116 123", ""),
        ("ring them on six five four three two one", "six five four three two one?"),
        ("her NHS number is 943 476 5919", "943 476 5919"),
        ("it was nine four three four seven six five nine one nine", SPOKEN_NHS),
        ("it was 9434765918 then", "9434765918?"),
        ("I live at LS1 4AP now", "LS1 4AP"),
        ("postcode L S one four A P and", "L S one four A P"),
        ("he was born on the fourth of March nineteen sixty-two", SPOKEN_DATE),
        ("his birthday, 4/3/62, was", "4/3/62,"),
        ("12/3/1962, that is when he was born", "12/3/1962,"),
        ("the fourth of March 1962 is her birthday", "fourth of March 1962"),
        ("we met on 12/3/1962. My son was born later", "12/3/1962.?"),
        ("born on the second of March two thousand and we moved", "second of March two thousand"),
        (
            "born on the second of March two thousand and five",
            "second of March two thousand and five",
        ),
        ("on the 12th of June two thousand and four we", "12th of June two thousand and four?"),
        ("write to jo.smith@example.com today", "jo.smith@example.com"),
        ("jo dot smith at example dot com", "jo dot smith at example dot com"),
        ("look at www.example.org there", "www.example.org?"),
        ("we waited 2 hours and 30 minutes in 2019", ""),
        ("so 1 in 2 people at 10 am paid 250 pounds", ""),
        ("oh seven days, or twenty, or thirty one", ""),
        ("nineteen eighty four was a book in May", ""),
    ],
)
def test_what_tells_who_somebody_is_needs_no_list(text: str, marked: str) -> None:
    assert found_words(text) == marked


def test_a_listed_number_is_found_however_it_is_said() -> None:
    entry = ListedName(name="flat 4471", kind=NameKind.NUMBER, shown="our flat")
    (match,) = find("it was four four seven one on the door", entry)
    assert (match.is_sure, match.replacement) == (True, "our flat")


@pytest.mark.parametrize(
    ("listed", "words"),
    [("0123", "oh one two three"), ("123", "one two three"), ("0012", "oh oh one two")],
)
def test_a_leading_oh_belongs_to_a_listed_number_that_begins_with_a_nought(
    listed: str, words: str
) -> None:
    entry = ListedName(name=listed, kind=NameKind.NUMBER)
    text = "the code was oh one two three and then oh oh one two"
    assert words in found_words(text, entry).split(", ")


# Spellings and sounds


@example("Ɯ")  # only its small letter looks like one of ours
@example("яÆ")
@given(st.text(max_size=40))
def test_folding_is_total_and_settles(text: str) -> None:
    once = folded(text)
    assert folded(once) == once
    before, word, after = split_token(text)
    assert before + word + after == text
    assert folded_word(text) == folded(word)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyzéłß李", min_size=1, max_size=20))
def test_every_spelling_has_a_sound_and_is_like_itself(word: str) -> None:
    for reading in readings(folded(word)):
        assert distance(reading, reading) == 0
        assert 0 <= distance(reading, english_sounds("margaret")) <= 1


@pytest.mark.parametrize(
    ("name", "as_heard"),
    [
        ("siobhan", "chevonne"),
        ("niamh", "neve"),
        ("xiaoming", "shaoming"),
        ("agnieszka", "agneshka"),
    ],
)
def test_a_name_sounds_as_people_say_it(name: str, as_heard: str) -> None:
    assert min(distance(reading, english_sounds(as_heard)) for reading in readings(name)) < 0.2


# Tables


def _entries_of_tables() -> dict[str, list[str]]:
    """Every table of the package that is read, not typed as code, by name: its entries."""
    folder = ROOT / "transcribe" / "redaction"
    rules = tomllib.loads((folder / "phonetic_rules.toml").read_text(encoding="utf-8"))
    tables = dict(rules["tables"])
    tables |= {reading["name"]: reading.get("rules", "") for reading in rules["reading"]}
    entries = {
        name: [line.rpartition(" ")[0] for line in text.strip().splitlines()]
        for name, text in tables.items()
    }
    entries["readings"] = [reading["name"] for reading in rules["reading"]]
    for name in ("respellings.tsv", "common_words.txt"):
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
        plain = [line for line in lines if not line.startswith("#")]
        entries[name] = (
            [folded(line.partition("\t")[0]) for line in plain]
            if name.endswith(".tsv")
            else [word for line in plain for word in line.split()]
        )
    return entries


def test_no_table_holds_an_entry_twice() -> None:
    for name, entries in _entries_of_tables().items():
        assert len(entries) == len(set(entries)), name
    with pytest.raises(ValueError, match="twice: sean"):
        word_set("sean shaun sean")


def test_respellings_stand_folded_as_they_are_looked_up() -> None:
    names = _entries_of_tables()["respellings.tsv"]
    assert all(is_respelt(name) for name in names)
