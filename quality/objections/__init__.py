"""The right of a seller, producer or platform to say no, and the second laboratory that decides."""
