"""Names that nobody listed: what is found, and what an editor is asked, once for each."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace

import pytest

from benchmarks.unlisted_names import FORMS, Tally, read_names, seeded_stories
from library.core.errors import BadInput
from library.core.workspace import StoryFolder, Workspace
from tests.support.command_line import CommandResult
from tests.support.known_interview import spoken, transcript_of
from transcribe.redaction import names_and_words
from transcribe.redaction.checks import name_problems, unlisted_name_problems
from transcribe.redaction.entities import SpacyRecogniser
from transcribe.redaction.may_be_said import load_may_be_said
from transcribe.redaction.possible_names import has_no_capitals, possible_names
from transcribe.redaction.talk import SaidWord
from transcribe.words import Transcript

Cli = Callable[..., CommandResult]

# Text → what is asked about, in small letters; names are divided by commas.
FOUND = {
    "I said to Daniel, sit down. Daniel's always late.": "daniel",
    "Then Agnieszka rang, and AGNIESZKA said no.": "agnieszka",
    "She is called Hope, my granddaughter.": "hope",
    "My son Will came home. Will said he was fine.": "will",
    "We were seen by Dr Young and Nurse Bell.": "young, bell",
    "Mrs Long next door took him in.": "long",
    "He was on Larch Ward. The staff on Larch were kind.": "larch ward",
    "They put him on ward 17 that night.": "ward 17",
    "She lives in Stoke on Trent with Ngozi Okafor. Ngozi cooks.": "stoke on trent, ngozi okafor",
    "He works at Marks and Spencer.": "marks and spencer",
    "I rang Ruth and Daniel on Monday.": "ruth, daniel",
    "The boy went to St Wilfrid's Primary School in May.": "st wilfrid primary school",
    "It was Smith-Jones who said it.": "smithjones",
    "I asked Siobhán O'Neill—and O'Neill laughed.": "siobhan oneill",
    "“You can't go,” said Fatima al-Masri.": "fatima almasri",
    "my son daniel was on larch ward in leeds": "daniel, larch ward, leeds",
    "i rang dr patel and she said nurse okafor would come": "patel, okafor",
    "he works at boots and lives in bath with his sister grace": "boots, bath, grace",
    "they moved to acacia avenue near saint james hospital": "acacia avenue, saint james hospital",
    "my name is parminder kaur and my lad jaswinder is ill": "parminder kaur, jaswinder",
}
# Names of ordinary words, as a model writes them that writes no capitals.
FOUND_IN_PHRASES = {
    "they took him to the northern general for a scan": "northern general",
    "she was in bradford royal infirmary at the time": "bradford royal infirmary",
    "father kenny from our lady rang me up": "kenny, our lady",
    "he went every friday to the hope lane masjid": "hope lane masjid",
    "we lived on market street and then in mount pleasant road": (
        "market street, mount pleasant road"
    ),
    "i did not want her in the laurels in thirsk": "the laurels, thirsk",
    "we met in the red lion and then the fox and hounds": "red lion, fox and hounds",
    "we all met at the orchard centre on the hill farm estate": (
        "orchard centre, hill farm estate"
    ),
    "there was one called praise and they call me dimps": "praise, dimps",
    "a nurse patience chikowore came, and the dietician verity": "patience chikowore, verity",
    "agnieszka, blessing, comfort and joy came": "agnieszka, blessing, comfort, joy",
    "he was at fox's biscuits for years and then at hobson and sons": (
        "fox biscuits, hobson and sons"
    ),
    "he was on priory 2 ward and then on ward j6": "priory 2 ward, ward j6",
    "the ukrainian church and the l and d were kind": "ukrainian church, l and d",
    "we walked him round to small heath park": "small heath park",
    "and then inspire took over the day care": "inspire",
    "and me mam and me auntie biddy came": "biddy",
    "he lived at the old vicarage in thirsk": "the old vicarage, thirsk",
    "he was on ward 7 b and then at ysgol y bryn": "ward 7 b, ysgol y bryn",
    "he drank in the plough in ossett when he was in the welsh guards": (
        "the plough, ossett, welsh guards"
    ),
}
NOT_ASKED = (
    "I rang the GP on Monday, and the NHS sent a CPN in March.",
    "He was on Olanzapine under the Mental Health Act, on a Section 3.",
    "I said, Oh, my God. You can't do that. What, now?",
    "Mum and Dad were Catholic, from England. I'm Welsh.",
    "May I come in? Will you wait? Mark my words, hope is all I had.",
    "We got Carer's Allowance and PIP, and then it was Christmas.",
    "At A&E they said twenty-two hours. OK, I said.",
    "i don't know you just get on with it don't you and nobody tells you anything",
    "it was, like, gonna be the may before he came home and we had to mark the day",
    "the general election and the general ward and a busy road by the car park and a side street",
    "the nurse may say it and a volunteer will come and the physio hope to see him soon",
    "they call me back later and they called him names and i called her out for it",
    "we went to the leisure centre and a day centre on the council estate near a main road",
    "The first thing is, Love, you can't. He said, Right, come on. And I said, Well, No.",
    "i had a review and an interview and then mind you he was fine and then next day he was not",
    "there was a black dog and a red horse at the farm and then a big old bed in the house",
)


def words_of(text: str) -> list[SaidWord]:
    return [SaidWord(word, 0) for word in text.split()]


@pytest.mark.parametrize(("text", "names"), [*FOUND.items(), *FOUND_IN_PHRASES.items()])
def test_what_may_be_a_name_is_found_once(text: str, names: str) -> None:
    assert [name.said for name in possible_names(words_of(text))] == names.split(", ")


@pytest.mark.parametrize("text", NOT_ASKED)
def test_ordinary_words_are_not_asked_about(text: str) -> None:
    assert [name.said for name in possible_names(words_of(text))] == []


def test_initials_after_titles_are_asked_about() -> None:
    text = "Doctor P, as we call her, and Mrs K saw him, and it was Mr M. on the phone."
    assert [name.said for name in possible_names(words_of(text))] == ["doctor p", "mrs k", "mr m"]


def test_one_question_holds_for_every_place_and_form() -> None:
    text = "Ruth Marsh came. I told Mrs Marsh that RUTH's coat, and the Marshes, and ruth marsh."
    (name,) = possible_names(words_of(text))
    assert name.words == "Ruth Marsh"
    said = [" ".join(text.split()[first:last]) for first, last in name.places]
    assert said[:3] == ["Ruth Marsh", "Marsh", "RUTH's"]
    assert said[-1] == "ruth marsh."


def test_a_text_without_capitals_is_known_for_one() -> None:
    small = "so i said to him you can not go on like this and he went and i sat down"
    assert has_no_capitals(words_of(small))
    assert not has_no_capitals(words_of("So I said to him, you can not go on like this. He went."))


def test_names_of_every_community_are_asked_about_at_few_questions() -> None:
    tallies = {form: Tally() for form in FORMS[:2]}
    for story in seeded_stories(33, read_names(), seed=9):
        for form, tally in tallies.items():
            tally.add(story, form)
    for form, tally in tallies.items():
        assert tally.recall() >= (0.99 if form == FORMS[0] else 0.96), tally.missed
        assert tally.questions <= tally.words * 8 / 1_000
        assert tally.of_nothing <= tally.words / 1_000


SAID = (
    "I care for my brother Tobias. He was on Larch Ward for a month. Tobias hated it. Dr Okafor "
    "on Larch was kind to us. We had help from Carers Leeds all that time."
)


@pytest.fixture
def story(transcribed: Callable[..., tuple[object, StoryFolder, Transcript]]) -> StoryFolder:
    """A story with words, and nothing listed."""
    _, folder, _ = transcribed(transcript_of(spoken(SAID)))
    return folder


def ok(result: CommandResult) -> str:
    assert result.code == 0, result.err
    return result.out


def possible(folder: StoryFolder, run_cli: Cli) -> dict[str, int | None]:
    """Return the words that are asked about, with their numbers."""
    listed = json.loads(ok(run_cli("redact", "list", folder.root.name, "--json")))
    return {entry["words"]: entry["number"] for entry in listed["possible"]}


def workspace_of(folder: StoryFolder) -> Workspace:
    return Workspace(folder.root.parents[2])


def left(folder: StoryFolder) -> list[str]:
    return [*name_problems(folder), *unlisted_name_problems(workspace_of(folder), folder, "")]


def test_from_a_name_nobody_listed_to_words_that_may_be_shown(
    story: StoryFolder, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = story.root.name
    ok(run_cli("edit", story_id, "--as-is"))
    assert "4 names to answer" in ok(run_cli("status", story_id))
    assert f"redact review {story_id}" in ok(run_cli("status", story_id))
    (sentence,) = left(story)
    assert "4 words" in sentence
    assert not any(name in sentence for name in ("Tobias", "Larch", "Okafor", "Leeds"))
    # Hidden with other words, hidden, left for this story, left for every story.
    answers = iter(["o", "my brother", "y", "n", "e"])
    monkeypatch.setattr("click.prompt", lambda *_, **__: next(answers))
    out = ok(run_cli("redact", "review", story_id))
    assert "Your answer holds for 2 places" in out
    assert "No question is open." in out
    ok(run_cli("edit", story_id, "--as-is"))
    assert left(story) == []
    shown = story.captions.read_text()
    assert "Tobias" not in shown
    assert "Larch" not in shown
    assert "Okafor" in shown
    assert "names to answer" not in ok(run_cli("status", story_id))
    assert "Carers Leeds" in load_may_be_said(workspace_of(story)).words
    assert not possible(story, run_cli)


def test_numbers_answer_for_scripts(story: StoryFolder, run_cli: Cli) -> None:
    story_id = story.root.name
    assert set(possible(story, run_cli).values()) == {None}
    assert "may be names: 4" in ok(run_cli("redact", "suggest", story_id))
    before = story.editors_copy.read_bytes(), story.name_questions.read_bytes()
    ok(run_cli("redact", "suggest", story_id))
    assert (story.editors_copy.read_bytes(), story.name_questions.read_bytes()) == before
    numbers = possible(story, run_cli)
    assert sorted(numbers.values()) == [1, 2, 3, 4]  # type: ignore[type-var]
    # Somebody else may be called Okafor: that is asked in every story.
    refused = run_cli("redact", "answer", story_id, str(numbers["Okafor"]), "no", "--everywhere")
    assert refused.code != 0
    assert "somebody" in refused.err.lower()
    ok(run_cli("redact", "answer", story_id, str(numbers["Okafor"]), "yes", "--shown", "she"))
    assert "Dr [[Okafor|she]] on" in story.editors_copy.read_text()
    ok(run_cli("redact", "answer", story_id, str(numbers["Larch Ward"]), "no", "--everywhere"))
    assert set(possible(story, run_cli)) == {"Tobias.", "Carers Leeds"}


def test_what_is_hidden_still_tells_of_what_stands_beside_it(
    transcribed: Callable[..., tuple[object, StoryFolder, Transcript]], run_cli: Cli
) -> None:
    said = "the carers came four times a day, agnieszka, blessing, comfort, and i was glad of it"
    _, folder, _ = transcribed(transcript_of(spoken(said)))
    story_id = folder.root.name
    ok(run_cli("redact", "suggest", story_id))
    while numbers := possible(folder, run_cli):
        ok(run_cli("redact", "answer", story_id, str(min(filter(None, numbers.values()))), "yes"))
        left_to_ask = set(possible(folder, run_cli))
        assert left_to_ask < set(numbers)
        # Approval asks for no answer that no question offers.
        ok(run_cli("edit", story_id, "--as-is"))
        problems = unlisted_name_problems(workspace_of(folder), folder, "")
        assert bool(problems) == bool(left_to_ask)
    # Words that are ordinary as well are asked about place by place.
    listed = json.loads(ok(run_cli("redact", "list", story_id, "--json")))
    for question in listed["questions"]:
        ok(run_cli("redact", "answer", story_id, str(question["number"]), "yes"))
    ok(run_cli("edit", story_id, "--as-is"))
    assert left(folder) == []
    shown = folder.captions.read_text()
    assert not any(name in shown for name in ("agnieszka", "blessing", "comfort"))


def test_an_answer_holds_when_the_text_is_edited(story: StoryFolder, run_cli: Cli) -> None:
    story_id = story.root.name
    ok(run_cli("redact", "suggest", story_id))
    number = possible(story, run_cli)["Tobias."]
    ok(run_cli("redact", "answer", story_id, str(number), "no"))
    text = story.editors_copy.read_text().replace("kind to us", "kind to TOBIAS Finch")
    story.editors_copy.write_text(text)
    # More than was asked about before is asked about.
    assert "TOBIAS Finch." in possible(story, run_cli)


def test_what_may_be_said_is_a_file_for_people(story: StoryFolder, run_cli: Cli) -> None:
    workspace = workspace_of(story)
    workspace.may_be_said.write_text("words:\n  - larch ward\n  - Carers Leeds\n")
    assert set(possible(story, run_cli)) == {"Tobias.", "Okafor"}
    workspace.may_be_said.write_text("words:\n  - '...'\n")
    with pytest.raises(BadInput, match="may-be-said"):
        load_may_be_said(workspace)
    ok(run_cli("edit", story.root.name, "--as-is"))
    assert "could not be looked for" in left(story)[0]


def test_an_entity_recogniser_is_asked_where_a_model_is_there(
    story: StoryFolder, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for spaCy, which finds a name that no rule would."""
    handed: list[str] = []

    def model(text: str) -> SimpleNamespace:
        handed.append(text)
        first = text.index("brother Tobias")
        entity = SimpleNamespace(start_char=first, end_char=first + 14, label_="PERSON")
        date = SimpleNamespace(start_char=0, end_char=6, label_="DATE")
        return SimpleNamespace(ents=[entity, date])

    spacy = ModuleType("spacy")
    spacy.__spec__ = ModuleSpec("spacy", None)
    spacy.load = lambda path: model  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "spacy", spacy)
    folder = workspace_of(story).entity_model
    assert "Tobias." in possible(story, run_cli)
    assert not handed
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text("{}")
    assert "brother Tobias." in possible(story, run_cli)
    assert handed[0] == SAID.replace("  ", " ")
    recogniser = SpacyRecogniser(folder)
    handed.clear()
    words = SAID.split() * 800
    places = list(recogniser.places_of_names(words))
    assert len(places) == len(handed) > 1, "long stories are handed over in pieces"
    assert {" ".join(words[first:last]) for first, last in places} == {"brother Tobias."}


def test_small_letters_are_said_and_looked_through(
    transcribed: Callable[..., tuple[object, StoryFolder, Transcript]], run_cli: Cli
) -> None:
    said = "my son tobias was on larch ward and the people there were good to him and to me too"
    _, folder, _ = transcribed(transcript_of(spoken(said)))
    out = ok(run_cli("redact", "suggest", folder.root.name))
    assert "This text has no capitals" in out
    assert set(possible(folder, run_cli)) == {"tobias", "larch ward"}


def test_every_word_of_the_table_of_names_is_looked_up_as_it_is_written() -> None:
    lines = names_and_words._table().decode().splitlines()
    table = dict(line.split("\t") for line in lines)
    assert sorted(table, key=str.encode) == [line.partition("\t")[0] for line in lines]
    chosen = (*lines[::97], lines[1], lines[-1])
    for word in (line.partition("\t")[0] for line in chosen):
        endings = ("", " a", "~", "\t", "\n", "s", "\udcff", "é")
        for spelt in ("", word[:-1], *(word + ending for ending in endings)):
            assert names_and_words._letters_of(spelt) == table.get(spelt, ""), spelt
