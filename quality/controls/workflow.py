"""The life of a control sample: in use until it proves to be something else than it was taken for."""

from __future__ import annotations

from quality.controls.models import Control, ControlStatus
from quality.core.words import _
from quality.core.workflow import Transition, Workflow
from quality.permissions import Can

IN_USE, WITHDRAWN = ControlStatus
ControlMove = Transition[Control]

# fmt: off
#                         move        from      to         who may           provided that it
WITHDRAW = ControlMove("withdraw", {IN_USE}, WITHDRAWN, Can.CONTROL_KEEP, [], _("Withdraw the control"))
# fmt: on

LIFE = Workflow(IN_USE, [WITHDRAW])
