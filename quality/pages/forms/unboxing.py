"""What a buyer types while unboxing, one thing a page; together it is what sealing asks (forms/purchases.py)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quality.core.words import _
from quality.pages.forms.fields import Files, Form, Line, Paragraph, Scanned
from quality.pages.forms.purchases import LabelCheck, Sealing

SEEN = "image/*,video/*"
OF_THE_PRODUCT = ("product_name", "spec", "brand", "model", "barcode", "batch", "producer_name", "producer_address")


class Pictures(Form):
    file = Files(_("Pictures or a video"), accept=SEEN)


class Portions(Form):
    """What the label says, and how the goods are parted."""

    product_name = Line(_("Product name"), _("As the label has it"))
    spec = Line(_("Specification"), optional=True)
    brand = Line(_("Brand"), optional=True)
    model = Line(_("Model"), _("As the listing has it; take it out if the goods do not bear it"), optional=True)
    barcode = Line(_("Barcode"), _("The digits below the bars, as the package has them"), optional=True)
    batch = Line(_("Batch or date of production"), optional=True)
    producer_name = Line(_("Nominal producer"), optional=True)
    producer_address = Line(_("Address of the producer"), optional=True)
    test_quantity = Line(_("Quantity of the test portion"), _("With its unit, such as 2 pieces"))
    backup_quantity = Line(_("Quantity of the backup portion"), _("With its unit, such as 1 piece"))


class TestSeal(Form):
    test_seal_no = Scanned(_("Seal number of the test portion"))


class BackupSeal(Form):
    backup_seal_no = Scanned(_("Seal number of the backup portion"))


class Rest(Form):
    remark = Paragraph(_("Remark"), optional=True)


class ScannedLabel(Form):
    label = Scanned(_("Label on the portion"), _("Scan its QR code, or type the blind number below it"))


def begun(form: type[Form], typed: Mapping[str, Any], proposed: Sealing) -> Form:
    """With what was typed before; else with what the listing said, to be compared with the goods."""
    data = {each.name: typed.get(each.name, each.data or "") for each in proposed}
    return form(data=data)


__all__ = [
    "BackupSeal", "LabelCheck", "Pictures", "Portions", "Rest", "ScannedLabel", "Sealing", "TestSeal", "begun",
]  # fmt: skip
