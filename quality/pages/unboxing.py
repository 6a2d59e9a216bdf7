"""Unboxing and sealing, one thing a page: its pages in their order, and what each says."""

from __future__ import annotations

from enum import StrEnum

from quality.core.words import Text, _
from quality.evidence.models import EvidenceKind as K


class Page(StrEnum):
    """In their order."""

    PARCEL = "parcel"
    OPENING = "opening"
    PACKAGING = "packaging"
    MARKS = "marks"
    LABEL = "label"
    PORTIONS = "portions"
    SEAL_TEST = "seal-test"
    SEAL_BACKUP = "seal-backup"
    SEAL = "seal"


# fmt: off
TITLES: dict[Page, Text] = {
    Page.PARCEL:      _("The parcel, closed"),
    Page.OPENING:     _("Opening it"),
    Page.PACKAGING:   _("The packaging"),
    Page.MARKS:       _("Marks and label"),
    Page.LABEL:       _("Label check"),
    Page.PORTIONS:    _("Product and portions"),
    Page.SEAL_TEST:   _("Seal of the test portion"),
    Page.SEAL_BACKUP: _("Seal of the backup portion"),
    Page.SEAL:        _("Look once more, and seal"),
}
SAYS: dict[Page, Text] = {
    Page.PARCEL:      _("Photograph every side before you open it, the delivery label readable."),
    Page.OPENING:     _("Film it in one go, from the closed parcel to the goods in your hand."),
    Page.PACKAGING:   _("Front and back of the package, and what else lies in the parcel."),
    Page.MARKS:       _("Conformity mark, product name, producer, date or batch, warnings: close enough to be read."),
    Page.LABEL:       _("Compare the label with this list. What is missing can be a finding by itself."),
    Page.PORTIONS:    _("Write down what the label bears; what it does not bear stays empty. Then part the goods."),
    Page.SEAL_TEST:   _("Seal the test portion, photograph it with its seal, and scan the number."),
    Page.SEAL_BACKUP: _("Seal the backup portion with a seal of its own, photograph it, and scan the number."),
    Page.SEAL:        _("After sealing nothing of this is changed any more."),
}
SHOWS: dict[Page, K] = {
    Page.PARCEL: K.PARCEL, Page.OPENING: K.OPENING, Page.PACKAGING: K.PACKAGING, Page.MARKS: K.MARKS,
    Page.SEAL_TEST: K.SEAL_TEST, Page.SEAL_BACKUP: K.SEAL_BACKUP,
}
# fmt: on
PAGES = tuple(Page)
TYPED = {  # what has to be typed on a page before it is done
    Page.PORTIONS: ("product_name", "test_quantity", "backup_quantity"),
    Page.SEAL_TEST: ("test_seal_no",),
    Page.SEAL_BACKUP: ("backup_seal_no",),
}
SENT_AS = {  # by a telephone that is set up: the form that its piece fills in (forms/unboxing.py, and the label check)
    Page.LABEL: "check_label",
    Page.PORTIONS: "unbox_portions",
    Page.SEAL_TEST: "unbox_seal_test",
    Page.SEAL_BACKUP: "unbox_seal_backup",
    Page.SEAL: "unbox_seal",
}


def after(page: Page) -> Page:
    return PAGES[min(PAGES.index(page) + 1, len(PAGES) - 1)]
