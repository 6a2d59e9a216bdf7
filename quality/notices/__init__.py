"""Disposal notices and their items: from a confirmed finding to a takedown that was seen to be true."""
