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
    is_code_of,
    record_agreement,
    record_approval,
    record_release,
    require_code_of,
    require_signable_cut,
)
from library.consent.erasure import (
    erase_files,
    erase_records,
    finish_erasure,
    request_erasure,
    unfinished_erasures,
)
from library.consent.register import add_person, complete_register, decide_person
from library.consent.signed_forms import broken_forms, form_of
from library.consent.stories import change_story, read_history, start_story, story_statuses
from library.consent.withdrawals import (
    new_withdrawal,
    record_all_noted,
    record_noted_withdrawal,
    record_withdrawal,
    restore_generation,
    write_note,
)

__all__ = [
    "add_person",
    "broken_forms",
    "change_story",
    "complete_register",
    "contributor_of",
    "contributors",
    "copies_of",
    "decide_person",
    "erase_files",
    "erase_records",
    "finish_erasure",
    "forget_contributor",
    "form_of",
    "is_code_of",
    "new_withdrawal",
    "read_history",
    "record_agreement",
    "record_all_noted",
    "record_approval",
    "record_contributor",
    "record_copy",
    "record_noted_withdrawal",
    "record_release",
    "record_withdrawal",
    "request_erasure",
    "require_code_of",
    "require_signable_cut",
    "restore_generation",
    "settle_copy",
    "start_story",
    "story_statuses",
    "unfinished_erasures",
    "write_note",
]
