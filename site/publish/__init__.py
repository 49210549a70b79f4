"""The edition of released stories, and the pages made from it for staff."""
