"""The sample's page and the API: a capsule is asked for, looked after, taken away."""

from __future__ import annotations

import io

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quality.capsules.archive import Archive
from quality.capsules.checking import Known, check
from quality.capsules.models import Capsule, Variant
from quality.core.config import Settings
from quality.core.handover import fingerprint
from quality.purchases.models import Sample
from tests.capsules.test_making import asked, record_key, run, sample, told  # noqa: F401
from tests.harness.api import key_for
from tests.harness.beginnings import Concluded
from tests.harness.databases import on_sqlite

pytestmark = on_sqlite
