"""Moves that take more than a note: each asks for it on a page of its own."""
