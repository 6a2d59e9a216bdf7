"""The code that a giver shows and a taker reads: random, with a check character, so that a slip of the finger is found.

Its QR holds the seal too, for who has no time to type: `MCH1/HO-7K3X-92AM/YZ-000123-A`.
"""

from __future__ import annotations

import re

from quality.purchases.blind import as_written, is_blind_number, new_blind_number

MARK = "HO-"
IN_A_QR = re.compile(r"MCH1/(HO-\w{4}-\w{4})(?:/(\S{1,40}))?")


def new_code() -> str:
    """As `HO-7K3X-92AM`: made like a blind number (purchases/blind.py), and never taken for one."""
    return MARK + new_blind_number().removeprefix("MY-")


def in_a_qr(code: str, seal_no: str) -> str:
    return f"MCH1/{code}/{seal_no}" if seal_no else f"MCH1/{code}"


def read_code(text: str) -> str | None:
    """The code in what was typed or scanned; None where it cannot be one."""
    typed = as_written(text)
    found = IN_A_QR.fullmatch(typed)
    code = found[1] if found else typed
    return code if code.startswith(MARK) and is_blind_number("MY-" + code.removeprefix(MARK)) else None
