"""The store's part in controls: their sealed portions go to a shelf, their gaps are explained, and they are disposed of
by two people, by the forms of any sample, asked of all portions of one control at once.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from quality.controls.models import Control
from quality.controls.operations import take_for
from quality.core.words import Text
from quality.pages.forms.custody import explain_sheet, hand_over_sheet
from quality.pages.forms.held import Held
from quality.pages.forms.storage import disposal_sheets
from quality.pages.words import word
from quality.people.actor import Actor
from quality.purchases.models import Portion, Sample


def called(portion: Portion) -> Text:
    return f"{portion.sample.number} · {word('portion_kind', portion.kind)} · {portion.seal_no}"


def take(session: Session, control: Control, deed: str, sample: Sample, *, by: Actor, version: int) -> None:
    """Of two who do it at once the second is told, by the control that both have read."""
    take_for(session, control, deed, sample, by=by, version=version)


OF_A_CONTROL = Held(
    samples=lambda control: [unit.sample for unit in control.units],
    key=lambda portion: str(portion.id),
    called=called,
    take=take,
    goes_to_colleagues=False,  # who sees no controls could not confirm it
)
STORAGE_SHEETS = {
    "hand_over": hand_over_sheet(OF_A_CONTROL),
    "explain_gap": explain_sheet(OF_A_CONTROL),
    **disposal_sheets(OF_A_CONTROL),
}
