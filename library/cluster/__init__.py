"""Work handed to other processes and machines, which see only what each task needs."""
