"""The demonstration as a first start loads it, and a small one of the same make for what does not need all of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask_babel import force_locale

from quality.demonstration import command, history
from quality.demonstration.plans import ELECTRIC, PLANS
from quality.demonstration.script import NOTICES

PASSWORD = "moon-tree-fish-lamp"


@pytest.fixture
def given(monkeypatch, app, tmp_path):
    """The password is told by the environment, and the checkout's own stays where whoever tests it noted it."""
    monkeypatch.setenv("DEMO_PASSWORD", PASSWORD)
    monkeypatch.setattr(command, "NOTED_IN", tmp_path / ".env")
    with force_locale("en"):
        yield app


@pytest.fixture
def small(monkeypatch):
    """One campaign of twelve listings, with its notices."""
    [plan] = [replace(plan, a_stratum=2, listings=8) for plan in PLANS if plan.key == ELECTRIC]
    monkeypatch.setattr(history, "PLANS", [plan])
    monkeypatch.setattr(history, "STANDING", [])
    kept = {name: told for name, told in NOTICES.items() if told.campaign == ELECTRIC}
    monkeypatch.setattr(history, "NOTICES", kept)
