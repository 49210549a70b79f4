"""Numbers, codes, dates and addresses are found whole, in whatever way somebody says them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.spoken_numbers import spoken_code, spoken_dates, spoken_digits
from tests.transcribe.test_redaction_recall import find, found_words
from transcribe.redaction.text_model import SpokenText, SpokenWord

AS_AMOUNTS = (
    "nine hundred and forty three, four hundred and seventy six, five thousand nine hundred and "
    "nineteen"
)
BEFORE, AFTER = "and then he said", "because nobody else would know that"
NHS_NUMBERS = ("9434765919", "4010232137", "9876543210")
MOBILES = ("07700900123", "07911123456", "01132496000", "02079460018")
NAMED = (
    ("her hospital number is", "4471823"),
    ("the account number was", "20457193"),
    ("my sort code is", "204571"),
    ("the case number, I think, is", "18320456"),
    ("the key safe code is", "4471"),
)
POSTCODES = ("LS14AP", "SW1A2AA", "B338TH", "M11AE", "CR26XH", "EC1A1BB")


def marked(said: str, context: str = "", after: str = AFTER) -> list[bool]:
    """Return of each word of `said` whether it is asked about or hidden, and check the others."""
    before = f"{BEFORE} {context}".split()
    words = [*before, *said.split(), *after.split()]
    hits = find(" ".join(words))
    covered = {at for hit in hits for at in range(hit.first, hit.last)}
    around = {*range(len(before)), *range(len(before) + len(said.split()), len(words))}
    assert covered.isdisjoint(around), said
    return [len(before) + at in covered for at in range(len(said.split()))]


def is_whole(said: str, context: str = "") -> bool:
    """Return True if no word of `said` stands beside its mark, but signs at its ends."""
    flags = marked(said, context)
    return all(
        flag for flag, word in zip(flags, said.split(), strict=True) if any(map(str.isalnum, word))
    )


@settings(max_examples=60)
@given(st.data())
def test_any_nhs_number_is_found_whole(data: st.DataObject) -> None:
    said = data.draw(st.sampled_from(NHS_NUMBERS).flatmap(spoken_digits))
    assert is_whole(said, "my NHS number is"), said


@settings(max_examples=60)
@given(st.data())
def test_any_telephone_number_is_found_whole(data: st.DataObject) -> None:
    said = data.draw(st.sampled_from(MOBILES).flatmap(spoken_digits))
    assert is_whole(said, "my mobile number is"), said


@settings(max_examples=50)
@given(st.data())
def test_any_number_that_is_called_one_is_found_whole(data: st.DataObject) -> None:
    context, digits = data.draw(st.sampled_from(NAMED))
    said = data.draw(spoken_digits(digits))
    assert is_whole(said, context), (context, said)


@settings(max_examples=60)
@given(st.data())
def test_any_postcode_is_found_whole(data: st.DataObject) -> None:
    said = data.draw(st.sampled_from(POSTCODES).flatmap(spoken_code))
    assert is_whole(said, "the postcode is"), said


@settings(max_examples=40)
@given(st.data())
def test_any_insurance_number_is_found_whole(data: st.DataObject) -> None:
    said = data.draw(st.sampled_from(["AB123456C", "JG103759A"]).flatmap(spoken_code))
    assert is_whole(said, "my National Insurance number is"), said


@settings(max_examples=40)
@given(st.data())
def test_any_registration_is_found_whole(data: st.DataObject) -> None:
    said = data.draw(st.sampled_from(["AB12CDE", "LS67XYZ"]).flatmap(spoken_code))
    assert is_whole(said, "the registration was"), said


@settings(max_examples=120)
@given(st.data())
def test_any_date_of_birth_is_found_whole(data: st.DataObject) -> None:
    day = data.draw(st.dates(date(1925, 1, 1), date(2024, 12, 31)))
    said = data.draw(spoken_dates(day))
    assert is_whole(said, "she was born on"), said


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "What's your date of birth? It's the, let me think, twenty-first of "
            "the eleventh, seventy-four.",
            "twenty-first of the eleventh, seventy-four.",
        ),
        ("D.O.B. 3/5/62", "3/5/62"),
        (
            "NHS number nine four three, let me get it right, nine four three four seven six five",
            "nine four three,, nine four three four seven six five",
        ),
        ("we live at 4 The Crescent now", "4 The Crescent"),
        ("my twitter is at khan carer now", "at khan?"),
        ("Her birthday, you see, is in June, on the ninth.", "June, on the ninth."),
        ("he was born in March of 1962 on the 3rd", "March of 1962 on the 3rd"),
        ("born 3rd/5th/62", "3rd/5th/62"),
        ("born on the 3rd of the 5th '62", "3rd of the 5th '62"),
        (
            "born at ten past three on the third of May nineteen sixty two",
            "third of May nineteen sixty two",
        ),
        ("he would have been forty on the third of May", "third of May?"),
        ("born 29 February 2004", "29 February 2004"),
        ("she was born nineteen sixty-two, May the third", "nineteen sixty-two, May the third"),
        (
            "my mum's date of birth is twelfth, of the sixth, nineteen thirty-nine.",
            "twelfth, of the sixth, nineteen thirty-nine.",
        ),
        ("dob is one two, oh six, one nine three nine", "one two, oh six, one nine three nine"),
        ("Our Danny was born on New Year's Day 2001.", "New Year's Day 2001."),
        ("+44 (0)113 496 0000", "+44 (0)113 496 0000"),
        (
            "double oh four four seven seven double oh nine double oh one two three",
            "double oh four four seven seven double oh nine double oh one two three",
        ),
        ("it's 0 7 7 0 0 9 0 0 1 2 3", "0 7 7 0 0 9 0 0 1 2 3"),
        (
            "N.H.S. number nine four three, I'll say that again, nine four three, "
            "four seven six, five nine one nine",
            "nine four three, I'll say that again, nine four three, four seven six, "
            "five nine one nine",
        ),
        ("NHS no. 943 476 591", "943 476 591"),
        (
            "it is nine four three. Mhm. four seven six. Yeah. five nine one nine. Right.",
            "nine four three. Mhm. four seven six. Yeah. five nine one nine.",
        ),
        ("L-S-1 4-A-P", "L-S-1 4-A-P"),
        ("LS 1 4 A P", "LS 1 4 A P"),
        ("M one one A E", "M one one A E"),
        ("bee dee twenty-two, nine ex why", "bee dee twenty-two, nine ex why"),
        ("the postcode is LS seven", "LS seven?"),
        ("our house is 221b Baker Street", "221b Baker Street"),
        ("we moved to twenty-two High Street", "twenty-two High Street"),
        ("at 3 St Mary's Close", "3 St Mary's Close"),
        ("12-14 Roundhay Road", "12-14 Roundhay Road"),
        ("one hundred and four Otley Old Road", "one hundred and four Otley Old Road"),
        ("it's danny m at btinternet dot com", "danny m at btinternet dot com"),
        (
            "d marsh seventy four at yahoo dot co dot uk",
            "d marsh seventy four at yahoo dot co dot uk",
        ),
        ("my handle's at carer underscore ruth", "at carer underscore ruth?"),
        ("I'm @carer_ruth on Twitter", "@carer_ruth"),
        (
            "it's Juliet Golf one zero three seven five niner Alpha",
            "Juliet Golf one zero three seven five niner Alpha",
        ),
        ("the sort code's oh nine, oh one, two eight", "oh nine, oh one, two eight"),
        ("account 12345678", "12345678?"),
        ("driving licence number MARSH 657054 SM9IJ", "MARSH 657054 SM9IJ"),
        ("registration K 4 5 1 D P W", "K 4 5 1 D P W"),
        (
            "crime reference number is thirteen slash four five six seven eight",
            "thirteen slash four five six seven eight",
        ),
        ("GB29 NWBK 6016 1331 9268 19", "GB29 NWBK 6016 1331 9268 19?"),
        (
            "the long number is four nine two nine, one two three four, five six "
            "seven eight, nine oh one two",
            "four nine two nine, one two three four, five six seven eight, nine oh one two?",
        ),
        ("the PIN is four four seven one", "four four seven one"),
        ("ward extension 4471", "4471?"),
        ("my NHS number is 943, um, 476, er, 5919 okay", "943, um, 476, er, 5919"),
        (
            "oh-seven-seven-oh-oh nine-oh-oh one-two-three",
            "oh-seven-seven-oh-oh nine-oh-oh one-two-three",
        ),
        ("S W one A, two double A", "S W one A, two double A"),
        ("Lima Sierra one four Alpha Papa", "Lima Sierra one four Alpha Papa"),
        ("it was ell ess one four ay pee", "ell ess one four ay pee"),
        ("born on the third of May and sixty two", "third of May and sixty two"),
        (
            "she was born on the third, no, sorry, the fourth of May nineteen sixty two",
            "third, no, sorry, the fourth of May nineteen sixty two",
        ),
        (
            "she was born on the, um, third of, er, May, you know, nineteen, um, sixty two",
            "third of, er, May, you know, nineteen, um, sixty two",
        ),
        ("flat 3b, 14 Larch Road", "flat 3b, 14 Larch Road"),
        ("flat two, Larch House", "flat two, Larch House"),
        (
            "email ruth dot marsh, er, at g mail dot com please",
            "ruth dot marsh, er, at g mail dot com",
        ),
        ("his hospital number was RXK 4471823", "RXK 4471823"),
        (
            "hospital number is four four seven one, no, sorry, two, eight two three",
            "four four seven one, no, sorry, two, eight two three",
        ),
        (
            "plus four four seven seven hundred nine hundred one two three",
            "plus four four seven seven hundred nine hundred one two three",
        ),
        ("call me on 07700 900123 for 2 days", "07700 900123"),
        ("07700 900123 07700 900456", "07700 900123 07700 900456"),
        (f"it is {AS_AMOUNTS} I think", AS_AMOUNTS),
        ("I am at ruth marsh sixty two on Instagram", "at ruth marsh sixty two?"),
        ("he was 43 on 3rd May 2005", "3rd May 2005?"),
        ("the court number is h u one nine c, oh two", "h u one nine c, oh two"),
        (
            "the reference is B B four four nine dash oh six one",
            "B B four four nine dash oh six one?",
        ),
        ("my reference for it is k r two, nine one, b", "k r two, nine one, b?"),
        ("it is ffi underscore tony oh nine on there", "ffi underscore tony oh nine?"),
        ("born in the May of sixty-two, the third", "May of sixty-two, the third"),
        ("it's AW slash 113 slash 19 at court", "AW slash 113 slash 19?"),
        ("the last one was KX82F0391 he said", "KX82F0391?"),
        ("On the passport it's 1/7/48, it was 12 June 1946", "1/7/48, it was 12 June 1946"),
        ("in Welsh, 14 Stryd Fawr it is", "14 Stryd Fawr"),
        ("Tash from number nine had the baby", "number nine?"),
        ("it was in 94. The Green is near", ""),
        (
            "Her date of birth is May the third, sixty, hang on, sixty-one.",
            "May the third, sixty, hang on, sixty-one.",
        ),
        (
            "DOB: the 7th day of the 8th month, nineteen hundred and eighty.",
            "7th day of the 8th month, nineteen hundred and eighty.",
        ),
        (
            "he was born on the third, hang on, the fourth of May sixty-two",
            "third, hang on, the fourth of May sixty-two",
        ),
        ("Born on 1962-05-03 it says, or '62 anyway.", "1962-05-03, '62"),
        ("Born 3 May 1962 and in 1980 we moved, and 63 people came", "3 May 1962"),
        (
            "S E fifteen, treble X no sorry, four Q N is where she lived.",
            "S E fifteen, treble X no sorry, four Q N",
        ),
        (
            "the postcode is L S one, hang on, L S two, six D Q",
            "L S one, hang on, L S two, six D Q",
        ),
        (
            "Twenty-seven b, the top flat, Harehills Avenue.",
            "Twenty-seven b, the top flat, Harehills Avenue.",
        ),
        (
            "we are at fourteen, with the blue door, Larch Road",
            "fourteen, with the blue door, Larch Road",
        ),
        (
            "it is D for delta, A for apple, N for nut, he spelt it",
            "D for delta, A for apple, N for nut,?",
        ),
    ],
)
def test_it_is_found_as_it_is_said(text: str, found: str) -> None:
    assert found_words(text) == found


def test_ordinary_talk_of_numbers_is_left_alone() -> None:
    sentences = """
        double oh seven was on
        it cost £250,000 for the house
        two hundred and fifty thousand pounds
        500 milligrams twice a day and 10 at night
        at half past two on Tuesday
        in 1962 we moved and in 1963 and 1964
        in 2018, 2019, 2020 and 2021
        call one two one support
        we rang 111 and then 999
        one two three four five six seven eight nine ten eleven
        for one two or three days
        so 1 in 2 people
        see one for you see
        three in the morning, four times a night
        ten houses down the road
        we walked 20 minutes down the road
        he is 43 years old
        look at the website
        I look at him dot
        in May 3 people came
        by March 20 people had left
        may second that motion
        it was 3 to 4 to 5 hours
        about 10,000 to 20,000 people
        two park benches
        number one close friend
        at 10 a m
        the M62 at 5pm
        one way or another
        the second way is
        I had five close friends
        twenty four seven
        24/7 care
        nine to five
        the first of many
        one hundred percent
        covid 19 in 2020
        ward 4 had six beds
        the 2 30 appointment
        10:30 to 11:45 on 3/4
        the third of the way through
        I may march on the second
        I was born in Leeds and at three we moved
        he was born in 1962
        born three weeks early at five pounds six ounces
        born at 36 weeks and weighed 4 pounds 3
        she was born the second of four children
        born first of five, with two brothers
        in the eighties, nineties and two thousands
        he took 20 mg, then 30 mg, then 40
        it was two, three, four o'clock
        we waited six, seven, eight weeks
        thirty, forty, fifty miles
        we had one, no, sorry, two cats
        five or six or seven or eight years
        section 2, 3 and 17 of the Act
        page 12 to 15, chapter 3
        the 1959 Act and the 1983 Act and 2007
        about one in four people, two in ten
        they gave me nine out of ten
        7 to 10 days, 24 hours a day
        4 by 4, 2 by 2
        on channel 4 at 9
        bus 49 to 50 street
        the number 10 bus and then the number 42
        number one, I was tired; number two, nobody came
        I called 3 times in 2 days
        she called two hundred times
        called at nine thirty, ten fifteen, eleven
        I was a member of staff in 1999
        I am the one, so to speak
        see you in a bit
        I see a man
        are you ok, why me
        M and S, B and Q
        A and E at 3 am
        A&E
        a to z
        plan B, option C
        type 1, type 2
        vitamin B12 and D3
        T 4 cells
        the drive took two hours
        we had a close call
        there were ten in the park
        one day in the garden
        two way street
        a one way street
        three in a row
        twenty in the hall
        the first court case
        half way up Mill Lane
        in 2 places
        COVID-19
        Step 1: rest. Step 2: walk
        1 to 1 support, 2:1 staffing
        it's 50/50
        9/11
        point five of a milligram
        I'm 62, she is 59 and he is 31
        my budget was 1,200 to 1,500 a month
        they paid three thousand four hundred and fifty pounds
        he's at work dot dot dot
        500 pounds at Christmas Day
        Christmas Day was hard
        on Boxing Day
        third time lucky, may be
        Friday the thirteenth
        the summer of 69
        since May 2019 he is well
        on 3rd May we went
    """
    found = [found_words(line.strip()) for line in sentences.strip().splitlines()]
    assert not any(found), found


def test_a_redaction_between_digits_parts_them() -> None:
    words = [SpokenWord(word, 0, 0) for word in ["07700", "900123"]]
    words[1] = SpokenWord("900123", 0, 0, after_gap=True)
    assert find(SpokenText(words)) == []
