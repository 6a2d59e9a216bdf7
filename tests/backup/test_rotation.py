"""A signing key may be changed: what the earlier one signed is verified by its public half, which every root names."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import replace

from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from quality.backup.manifest import fingerprints
from quality.backup.record import verified
from quality.core.config import Settings
from quality.core.roots import Broken
from quality.jobs import sign_daily_root
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast


@on_sqlite
def test_a_record_whose_key_was_changed_is_verified_with_both(
    app: Flask, session: Session, cast: Cast, clock: HeldClock, settings: Settings
) -> None:
    sessions = sessionmaker(session.get_bind())
    sign_daily_root(sessions, settings)
    root = next(settings.roots_folder.rglob("*.json"))
    before = base64.b64decode(json.loads(root.read_text())["key"])
    rotated = replace(settings, record_signing_key=os.urandom(32))
    clock.advance(days=1)
    sign_daily_root(sessions, rotated)
    assert verified(session, rotated).broken == Broken("root_key", root.name, None)
    both = replace(rotated, record_earlier_keys=(before,))
    whole = verified(session, both)
    assert (whole.broken, whole.roots) == (None, 2)
    assert set(fingerprints(settings)["RECORD_SIGNING_KEY"]) < set(fingerprints(both)["RECORD_SIGNING_KEY"])
