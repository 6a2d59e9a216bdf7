"""What every test may ask for. A test that asks for no database pays for none."""

from __future__ import annotations

pytest_plugins = [
    "tests.harness.clock",  # clock: time that stands still
    "tests.harness.templates",  # watches that every template is shown by some test
    "tests.harness.databases",  # database: the address of a migrated, empty one; the test runs on SQLite and PostgreSQL
    "tests.harness.people",  # cast: an agency, laboratories and platforms with their people
    "tests.harness.apps",  # app, session, client: the program on that database; sqlite_app
    "tests.harness.concluded",  # concluded: a campaign walked to its findings once, and copied like the above
    "tests.harness.settled",  # settled: a case of every kind in one file, for tests that look at pages
    "tests.harness.sent",  # sent: samples that are under way to the laboratory, copied like the above
]
