from __future__ import annotations

from tests.cli.conftest import mingcha  # noqa: F401
