"""The deeds that change records: each checks, then writes its record and its log line together.

stories.py        a story and its public words      permission.py   agreed, signed off, approved
register.py       the people in it                  handed_out.py   copies that left the house
withdrawals.py    taken back                        contributors.py who they really are
forms_kept.py     scans of signed forms             erasing.py      forgotten for good
"""

from library.consent.contributors import (
    contributor_of,
    contributors,
    forget_contributor,
    record_contributor,
)
from library.consent.copies import copies_of, record_copy, settle_copy
from library.consent.decisions import (
    cut_to_sign,
    is_cut,
    record_agreement,
    record_approval,
    record_release,
    require_cut,
)
from library.consent.erasure import (
    ask_erasure,
    erase_files,
    erase_records,
    finish_erasure,
    unfinished_erasures,
)
from library.consent.register import add_person, complete_register, decide_person
from library.consent.signed_forms import broken_forms, form_of
from library.consent.stories import change_story, read_history, standings, start_story
from library.consent.withdrawals import (
    begin_withdrawal,
    enter_noted,
    enter_withdrawal,
    record_withdrawal,
    restore_generation,
    take_note,
)

__all__ = [
    "add_person",
    "ask_erasure",
    "begin_withdrawal",
    "broken_forms",
    "change_story",
    "complete_register",
    "contributor_of",
    "contributors",
    "copies_of",
    "cut_to_sign",
    "decide_person",
    "enter_noted",
    "enter_withdrawal",
    "erase_files",
    "erase_records",
    "finish_erasure",
    "forget_contributor",
    "form_of",
    "is_cut",
    "read_history",
    "record_agreement",
    "record_approval",
    "record_contributor",
    "record_copy",
    "record_release",
    "record_withdrawal",
    "require_cut",
    "restore_generation",
    "settle_copy",
    "standings",
    "start_story",
    "take_note",
    "unfinished_erasures",
]
