"""From the edit to the cut that is signed off: film, captions, cards, page text."""
