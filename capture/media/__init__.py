"""Everything that reads, makes or measures sound and pictures; alone in knowing ffmpeg and PyAV."""
