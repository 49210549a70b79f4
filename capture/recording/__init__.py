"""A story's recording: its originals, the takes it is joined from, and the session's markers."""
