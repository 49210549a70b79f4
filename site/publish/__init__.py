"""What staff see: films, the edition of released stories, and the pages made from it."""
