"""What every test may ask for. A test that asks for no database pays for none."""

from __future__ import annotations

import gc
import os

gc.disable()  # until all tests are known: what is made meanwhile stays (tests/harness/order.py)

import hypothesis  # noqa: E402

from tests.harness.postgres import memory  # noqa: E402

pytest_plugins = [
    "tests.harness.clock",  # clock: time that stands still
    "tests.harness.templates",  # watches that every template is shown by some test
    "tests.harness.stores",  # s3_url: a bucket on a real S3 server
    "tests.harness.order",  # the long ones first
    "tests.harness.workers",  # shared: a folder of all workers
    "tests.harness.databases",  # migrated databases of both kinds
    "tests.harness.apps",  # app, session, client: the program on the test's database; sqlite_app
    "tests.harness.press",  # a quick press for all but those who wear @real_press
    "tests.harness.snapshots",  # database: a copy of one, for each test; the test runs on SQLite and PostgreSQL
    "tests.harness.people",  # cast: an agency, laboratories and platforms with their people
    "tests.harness.beginnings",  # in_field, sent, concluded, world: the cast, further along the road
    "tests.harness.demonstration",  # loaded_demonstration: what `mingcha demo load` leaves behind
]

# What tests write they write to memory if there is room: they make many small files and wait for the disk after each
if place := memory():
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", place)

# The same examples in every run, on however slow a machine: who wants to search says `--hypothesis-profile=search`
hypothesis.settings.register_profile("repeatable", max_examples=60, deadline=None, derandomize=True, database=None)
hypothesis.settings.register_profile("search", max_examples=2000, deadline=None)
hypothesis.settings.load_profile("repeatable")
