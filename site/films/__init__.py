"""Make the cut that is signed off from the edit: film, captions, cards, page text."""
