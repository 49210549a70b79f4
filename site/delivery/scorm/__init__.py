"""Packages for learning systems, by SCORM 1.2."""
