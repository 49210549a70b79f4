"""The workshop: question sets written, ordered, tried out and printed in the browser."""
