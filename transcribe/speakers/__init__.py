"""Tell voices apart by their sound, in recordings from one microphone."""
