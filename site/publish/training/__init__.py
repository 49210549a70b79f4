"""Training sessions: plans that volunteers write, what an edition shows of them, and feedback."""
