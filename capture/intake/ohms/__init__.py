"""Ohms."""
