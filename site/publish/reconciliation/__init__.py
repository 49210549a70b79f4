"""Reconciliation: what is out is compared with what the gate allows, and taken down where it is no
longer allowed."""
