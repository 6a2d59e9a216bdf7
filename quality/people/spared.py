"""Flask-Security without what it fetches for others than us: a tenth of a start. Import this before Flask-Security.

It fetches WebAuthn where it finds it; our passkeys are our own (passkeys.py), and fetch it when one is made or used.
It looks an address over with a library of large patterns, which are wanted when somebody types one.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

NOT_WANTED, LATER = "webauthn", "email_validator"


class StandIn(ModuleType):
    """Is there instead of a library until something in it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # Python itself asks, while it fetches
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


modules: dict[str, Any] = sys.modules  # None says that there is none of that name
modules.setdefault(LATER, StandIn(LATER))
there = modules.get(NOT_WANTED)
modules[NOT_WANTED] = None
try:
    import flask_security  # noqa: F401
finally:
    del modules[NOT_WANTED]
    if there is not None:
        modules[NOT_WANTED] = there
