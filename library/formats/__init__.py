"""File formats of archives that more than one package reads or writes."""
