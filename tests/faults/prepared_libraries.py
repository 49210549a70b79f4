"""Small libraries that commands are tried on: records are real, and media where they matter."""

from __future__ import annotations

import shutil
import wave
from collections.abc import Callable
from contextlib import closing

from capture.intake.pipeline import import_recording
from library.consent.contributors import record_contributor
from library.consent.copies import copies_of
from library.consent.decisions import record_agreement, require_signable_cut
from library.consent.register import add_person, complete_register
from library.consent.safeguarding import place_hold
from library.consent.staff import add_staff
from library.consent.stories import start_story
from library.core.audience import Audience
from library.core.clock import today
from library.records.kept_fingerprints import fingerprint_key
from library.records.restore_holds import RestoreHold, write_restore_hold
from library.workspace_template import template
from publish.build_job import build_library
from tests.faults.trials import Bench, Prepared
from tests.support import sample_media
from tests.support.answered_preview import answers_about, answers_text, remark
from tests.support.live_station import agreed_session, record_take
from tests.support.quick_stories import approve, filmed, released, sign_off
from tests.support.workspaces import make_workspace

Facts = dict[str, str]
WORDS = "WEBVTT\n\n1\n00:00:00.000 --> 00:00:00.200\n<v Ruth>Nobody asked me.\n"
TALK = '{"segments": [{"start": 0, "end": 0.2, "text": " Nobody asked me."}]}'
FORMS = "plan,version,date\nwhat-may-i-share,1,2026-03-01\n"
FRENCH = "WEBVTT\n\n1\n00:00:00.000 --> 00:00:00.200\nPersonne ne m’a rien demandé.\n"


PLAIN = ("--no-title-card", "--no-end-card")
"""Of a film: no seconds of cards before and after a moment of sound."""
STICK = ("site", "build", "--audience", "trust", "--offline", "../away/stick", "--for", "Ward 3")


def prepared(bench: Bench, make: Callable[[Bench], Facts]) -> Prepared:
    """Return the folder that `make` lays out, made once."""
    name = make.__name__
    if name not in bench.prepared:
        bench.clear()
        bench.keep(name, make(bench))
    return bench.prepared[name]


def upon(bench: Bench, make: Callable[[Bench], Facts]) -> Facts:
    """Begin from what `make` lays out."""
    earlier = prepared(bench, make)
    bench.lay(earlier)
    return dict(earlier.facts)


def ran(bench: Bench, *arguments: str) -> str:
    """A command that prepares something, and must not fail."""
    ending = bench.run_here(arguments)
    assert ending.code == 0, (arguments, ending.printed)
    return ending.printed


def nothing(bench: Bench) -> Facts:
    bench.home.mkdir()
    return {}


def empty(bench: Bench) -> Facts:
    """A new library, and a folder for what is handed out."""
    (bench.home / "away").mkdir(parents=True)
    make_workspace(bench.workspace.root)
    return {}


def story_begun(bench: Bench) -> Facts:
    """A story without an agreement, one with; a scan of a form, and recordings to bring in."""
    empty(bench)
    new = start_story(bench.workspace, title="A new one", questions="being-heard").id
    (bench.home / "form.pdf").write_bytes(b"%PDF-1.4\n%signed by hand\n%%EOF\n")
    for number in (1, 2):
        _noise(bench, f"take-{number}.wav", 3_200 + number)
    return {"new": new, "story": sample_media.agreed_story(bench.workspace)}


def held(bench: Bench) -> Facts:
    """A legal hold stands on a story."""
    facts = upon(bench, story_begun)
    place_hold(bench.workspace, facts["new"], reason="an inquest is open", role="editor")
    return facts


def put_back(bench: Bench) -> Facts:
    """A story is held since a restore."""
    facts = upon(bench, story_begun)
    hold = RestoreHold(story=facts["story"], held="2026-11-23T10:15:00Z", cause="generation")
    write_restore_hold(bench.workspace, hold)
    return facts


def overdue(bench: Bench) -> Facts:
    """An export and a preview are past their date."""
    facts = upon(bench, story_begun)
    with bench.workspace.settings.open("a", encoding="utf-8") as settings:
        settings.write("\nretention: {export_days: 0, preview_days: 0}\n")
    for folder in (bench.workspace.exports, bench.workspace.previews):
        (folder / facts["new"]).mkdir(parents=True)
        (folder / facts["new"] / "index.html").write_text("Nobody asked me.")
    return facts


def signing(bench: Bench) -> Facts:
    """Somebody is entered who signs."""
    facts = upon(bench, story_begun)
    member = add_staff(bench.workspace, name="Ruth Example", role="editor")
    return facts | {"member": member.id}


def _noise(bench: Bench, name: str, count: int) -> None:
    """Less than half a second of something that can be heard."""
    with wave.open(str(bench.home / name), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(bytes((at * at) % 251 for at in range(count * 2)))


def imported(bench: Bench) -> Facts:
    facts = upon(bench, story_begun)
    import_recording(bench.workspace, facts["story"], bench.home / "take-1.wav")
    (bench.home / "words.vtt").write_text(WORDS)
    (bench.home / "french.vtt").write_text(FRENCH)
    (bench.home / "talk.json").write_text(TALK)
    return facts


def taken_back(bench: Bench) -> Facts:
    """A story was taken back, and its recording is to be used in another that was agreed to since.

    A third one is held for it.
    """
    facts = upon(bench, imported)
    ran(bench, "withdraw", facts["story"], "--yes")
    again, held_one = (sample_media.agreed_story(bench.workspace) for _ in range(2))
    take = bench.home / "take-1.wav"
    import_recording(bench.workspace, held_one, take, hold_withdrawn=True)
    member = add_staff(bench.workspace, name="Ruth Example", role="editor")
    return facts | {"again": again, "held": held_one, "member": member.id}


def remembered(bench: Bench) -> Facts:
    """A contributor let a fingerprint of the recording be kept, should it be erased."""
    facts = upon(bench, imported)
    record_agreement(
        bench.workspace,
        facts["story"],
        on=today(),
        taken_by="editor",
        form_version="3",
        independent=True,
        capacity_considered=True,
        recognise_after_erasure=True,
    )
    # Made here: of a key no two are alike.
    fingerprint_key(bench.workspace)
    return facts


def transcribed(bench: Bench) -> Facts:
    facts = upon(bench, imported)
    ran(bench, "transcribe", facts["story"], "--from", "../words.vtt")
    return facts


def edited(bench: Bench) -> Facts:
    """The words are checked, one name is not to be heard, everybody in it is on the register."""
    facts = upon(bench, transcribed)
    story = facts["story"]
    ran(bench, "redact", "add", story, "Margaret", "--shown", "my sister")
    person = add_person(
        bench.workspace,
        story,
        relation="sister",
        about="her name",
        decided="redacted",
        role="editor",
    )
    complete_register(bench.workspace, story, role="editor")
    ran(bench, "story", "edit", story, "--content-note", "Nothing in it is hard to hear.")
    ran(bench, "edit", story, "--as-is", "--yes")
    return {**facts, "person": person.person}


def listed(bench: Bench) -> Facts:
    """A name on the list, which may be one that is said."""
    facts = upon(bench, edited)
    ran(bench, "redact", "add", facts["story"], "Nobodie", "--shown", "a person")
    return facts


def names_asked(bench: Bench) -> Facts:
    """A question about a name is open in the editor’s copy."""
    facts = upon(bench, listed)
    ran(bench, "redact", "suggest", facts["story"])
    return facts


def cut(bench: Bench) -> Facts:
    """Filmed, and nobody has signed it off."""
    facts = upon(bench, edited)
    ran(bench, "film", facts["story"], "--for", "trust", *PLAIN)
    return facts


def signed(bench: Bench) -> Facts:
    facts = upon(bench, cut)
    sign_off(bench.workspace, facts["story"])
    return facts


def deposited(bench: Bench) -> Facts:
    """An archive may keep it, with its recording."""
    facts = upon(bench, cut)
    sign_off(bench.workspace, facts["story"], archive="uncut")
    approve(bench.workspace, facts["story"])
    return facts


def translated(bench: Bench) -> Facts:
    facts = upon(bench, cut)
    ran(bench, "captions", "import", facts["story"], "../french.vtt", "--language", "fr")
    return facts


def published(bench: Bench) -> Facts:
    """Two stories in a built site, one that is signed off, and one that is not."""
    empty(bench)
    facts = {
        "one": released(bench.workspace, "Nobody asked", archive="as-shown"),
        "two": released(bench.workspace, "What to do at night", archive="uncut"),
        "signed": filmed(bench.workspace, "Signed"),
        "filmed": filmed(bench.workspace, "Unsigned"),
    }
    sign_off(bench.workspace, facts["signed"])
    record_contributor(
        bench.workspace, facts["one"], name="Ruth Example", contact="", role="editor"
    )
    # Here and in no child: of what Jinja compiles for it, every trial has a copy.
    build_library(bench.workspace, Audience.TRUST)
    cut_seen = require_signable_cut(bench.workspace, facts["filmed"])
    return {**facts, "code": cut_seen.hash[:8]}


def answered(bench: Bench) -> Facts:
    """Forms that were filled in after a training session."""
    facts = upon(bench, published)
    plan = template().demo / "training" / "what-may-i-share.yml"
    shutil.copy(plan, bench.workspace.training)
    (bench.home / "forms.csv").write_text(FORMS)
    return facts


def trained(bench: Bench) -> Facts:
    """Sessions that were held and recorded, and their answers brought in."""
    facts = upon(bench, answered)
    ran(bench, "training", "collect", "../forms.csv")
    heads = "session_on,plan,version,people,carers,stories"
    row = f"2026-11-23,what-may-i-share,1,12,1,{facts['one']}"
    (bench.workspace.feedback / "sessions.csv").write_text(f"{heads}\n{row}\n")
    return facts


def remarked(bench: Bench) -> Facts:
    """A contributor has answered in a preview."""
    facts = upon(bench, cut)
    folder = bench.workspace.story(facts["story"])
    answers = answers_about(folder, [remark(100), remark(150, "good", "Thank you.")])
    (bench.home / "answers.txt").write_text(answers_text(answers))
    return facts


def archived(bench: Bench) -> Facts:
    """An interview of an archive."""
    facts = upon(bench, deposited)
    ran(bench, "export", facts["story"], "--ohms", "../away", "--for", "County", "--yes")
    (made,) = (bench.home / "away").glob("*.xml")
    made.rename(bench.home / "archive.xml")
    return facts


def handed_out(bench: Bench) -> Facts:
    """A copy on a stick, which holds a story that was taken back since."""
    facts = upon(bench, published)
    ran(bench, *STICK)
    ran(bench, "withdraw", facts["two"], "--yes")
    (copy,) = [entry.id for entry in copies_of(bench.workspace, facts["one"])]
    return {**facts, "copy": copy}


def narrowed(bench: Bench) -> Facts:
    """A story on the site that its contributor has just released to fewer people."""
    facts = upon(bench, published)
    sign_off(bench.workspace, facts["one"], "training")
    return facts


def backed_up(bench: Bench) -> Facts:
    """A backup, after which a little has changed."""
    facts = upon(bench, published)
    ran(bench, "backup", "../away/vault", "--yes")
    start_story(bench.workspace, title="Another", questions="being-heard")
    return facts


def erased(bench: Bench) -> Facts:
    facts = upon(bench, backed_up)
    ran(bench, "withdraw", facts["one"], "--erase", "--yes")
    return facts


def sat(bench: Bench) -> Facts:
    """A capture session that was stopped, and about which nobody has decided."""
    empty(bench)
    with closing(agreed_session(bench.workspace)) as session:
        record_take(session, seconds=1)
        session.stop()
        return {"story": session.state.story, "session": session.state.id}
