"""How platforms act on what they are told, in figures, and how far what they report can be trusted."""
