"""Looking after a library: withdrawal, verification, export, retention, backups."""
