"""Files that prove something: hashed on arrival, never altered."""
