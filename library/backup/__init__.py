"""Backups: everything of a workspace that cannot be made again, where the library is not.

    DEST/carer-stories-backup.json   what this folder is, and whether it is sealed
         objects/ab/ab34…            one file for each different content, named by its SHA-256
         runs/2026-11-23T101500Z.json  one run: paths, modes and hashes; written last

An object gets its name when it is whole and was read back, and a run when every object of it has
its name: whatever stops a backup, the runs before it hold, and the next run goes on from there.

    sealing.py    encryption, and the key          vault.py      the folder: objects and runs
    records.py    what a run says                  places.py     where a backup may lie
    choosing.py   what of a workspace is kept      saving.py     one run
    checking.py   is all of it as written          restoring.py  a workspace from a run
    forgetting.py taking an erased story out       known.py      the backups of a library
    pruning.py    taking old runs out              unsaved.py    what is in no backup yet
    opening.py    a backup opened, or begun        names.py      paths a disk can hold, and not
"""
