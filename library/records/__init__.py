"""Records on the disk: their types, the TinyDB database, the audit log, generations, migrations."""
