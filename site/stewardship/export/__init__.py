"""Everything that is held about a contributor, gathered for them to read and keep.

The right of access (UK GDPR Article 15) and to a copy a machine can read (Article 20). What is
gathered is a folder, or one zip:

    index.html          all of it in plain English, for a person
    everything.json     the same records, for a machine
    manifest.sha256     every file with its SHA-256
    cs-4k7m2q/          the story’s own files, as they are kept

    gathering.py   what is held         telling.py   records as sentences and tables
    pages.py       index.html           writing.py   whole or not there, as folder or zip
    deed.py        the deed, logged
"""

from stewardship.export.subject_access import Exported, export_for_subject

__all__ = ["Exported", "export_for_subject"]
