"""Markers: when each question was asked, set afterwards by listening."""
