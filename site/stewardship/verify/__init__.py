"""Verification: records, log and files held against what was recorded of them."""
