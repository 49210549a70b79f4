"""Question sets, interview sessions and recordings in; the only place that talks to ffmpeg."""
