"""Make the demonstration: voices, pictures, media, and a Whisper checkpoint of our own.

One command, with fixed seeds: ``python -m scripts.demo media|train|measure|all``.
None of it is needed to run Carer Stories; the results are committed under ``interviews/demo``.
"""
