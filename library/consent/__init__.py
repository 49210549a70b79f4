"""Decisions about stories: each checks, then writes its record and its log line together."""
