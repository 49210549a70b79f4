"""What is brought in is taken for something, told, and asked about: `capture import`."""
