"""Interviews that archives recorded, as the beginning of stories.

ohms.py   a story and its questions from an OHMS file     cli.py   the command
"""
