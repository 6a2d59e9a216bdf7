"""Where this program lies, and what its surroundings tell it. It fetches next to nothing: a start reads this first."""

from __future__ import annotations

import os
from pathlib import Path

from dotenv import dotenv_values

CHECKOUT = Path(__file__).resolve().parents[2]
KEPT = CHECKOUT / ".mingcha"  # what is kept where nobody says where
DATABASE = f"sqlite:///{KEPT}/mingcha.db"
LOG_FORMAT = "text"


def everything_given() -> dict[str, str]:
    """The process's environment over the checkout's `.env`."""
    written = dotenv_values(CHECKOUT / ".env")
    return {name: value for source in (written, os.environ) for name, value in source.items() if value}
