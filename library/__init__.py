"""What we know and what we are allowed to do: stories, agreements, approvals, releases, audit."""
