"""Records, consent, backups and forms of a library: what is known and what is allowed."""
