"""Withdrawal: a story taken out of everything that shows it, searched for, and receipted."""
