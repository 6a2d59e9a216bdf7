"""Which pictures it is no wonder to find alike: those of one purchase, and the licence of one shop. Pure."""

from __future__ import annotations

from quality.evidence.models import EvidenceKind as K
from quality.pages.resemblances import Side, Usual, usual


def test_what_is_usual_is_a_rule() -> None:
    own, other = ("task", 1), ("task", 2)
    seller = Side(K.SELLER, own, "shop")
    assert usual(Side(K.SEAL_TEST, own, "shop"), Side(K.HAND_OVER, own, "")) is Usual.OWN_CASE
    assert usual(Side(K.SEAL_TEST, own, "shop"), Side(K.SEAL_BACKUP, own, "shop")) is None
    assert usual(seller, Side(K.SELLER, other, "shop")) is Usual.SAME_SHOP
    assert usual(seller, Side(K.SELLER, other, "another shop")) is None
    assert usual(seller, Side(K.PARCEL, other, "shop")) is None
    assert usual(Side(K.SELLER, own, ""), Side(K.SELLER, other, "")) is None
    assert usual(Side(K.SEAL_TEST, own, "shop"), Side(K.HAND_OVER, other, "")) is None
