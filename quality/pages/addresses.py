"""Addresses that others wrote, before they become links of ours."""

from __future__ import annotations


def outside(address: str | None) -> str | None:
    """A page of others, as it may be opened from ours: no other scheme becomes a link."""
    return address if address and address.startswith(("https://", "http://")) else None
