"""The only package that knows ffmpeg, PyAV and libsoxr: reads, makes and measures media."""
