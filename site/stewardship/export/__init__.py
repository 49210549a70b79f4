"""Exports: everything held about a contributor, and stories for archives."""
