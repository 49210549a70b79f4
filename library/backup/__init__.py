"""Backups: everything of a workspace that cannot be made again, where the library is not.

    DEST/carer-stories-backup.json   what this folder is, and whether it is encrypted
         objects/ab/ab34…            one file for each different content, named by its SHA-256
         runs/2026-11-23T101500Z.json  one run: paths, modes and hashes; written last
         newest-run.json             which run was made last
         taken-back/cs-….json        notes of withdrawals and erasures
         deleted-recordings/….json   notes of recordings that were deleted at the station
         must-be-kept/cs-….json      notes of legal holds

An object gets its name when it is whole and was read back, and a run when every object of it has
its name: whatever stops a backup, the runs before it hold, and the next run goes on from there.

    encryption.py  encryption, and the key          repository.py  the folder: objects and runs
    manifests.py   the records of a run             opening.py     a backup opened, or begun
    selection.py   the files of a workspace to keep saving.py      one run
    checking.py    every byte verified              restoring.py   a workspace from a run
    pruning.py     old runs and erased stories      registry.py    the backups of a library, and
                   taken out                                       what is in none of them yet
    paths.py       paths a disk can hold, and not
    chain.py       a run that was removed noticed
    notes.py       what was taken back, noted at once
"""
