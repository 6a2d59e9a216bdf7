"""The two questions that every deed answers first: people/permit.py, by the name that this room and later ones know."""

from quality.people.permit import permit

__all__ = ["permit"]
