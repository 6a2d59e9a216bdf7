"""Finding a case again by what it is about: an index of every two neighbouring characters, derived from the cases."""
