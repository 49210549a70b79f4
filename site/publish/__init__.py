"""What staff see: the edition of released stories, and the pages made from it."""
