"""How a person stands to an organisation, as its administrator reads it: see `people/queries.state_of`."""

from __future__ import annotations

from typing import NamedTuple

from quality.core.words import Text, _
from quality.pages.words.shape import Tone


class Standing(NamedTuple):
    word: Text
    tone: Tone


# fmt: off
PEOPLE = {
    "active":    Standing(_("Works here"),            Tone.OK),
    "invited":   Standing(_("Invited, not yet come"), Tone.WAIT),
    "suspended": Standing(_("Suspended"),             Tone.BAD),
    "left":      Standing(_("Works here no more"),    Tone.VOID),
    "blanked":   Standing(_("Name blanked"),          Tone.VOID),
}
# fmt: on

# fmt: off
KEYS = {  # how a key stands: see `people/keyring.py`
    "in_force":  Standing(_("In force"),                         Tone.OK),
    "soon_over": Standing(_("Ends soon: make another in its place"), Tone.WARN),
    "replaced":  Standing(_("Replaced; opens until it ends"),    Tone.LIVE),
    "over":      Standing(_("Over"),                             Tone.VOID),
    "revoked":   Standing(_("Taken back"),                       Tone.VOID),
    "idle":      Standing(_("Opens nothing: its holder has left or is suspended"), Tone.VOID),
}
# fmt: on
