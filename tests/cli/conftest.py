from __future__ import annotations

import pytest

from quality import cli


@pytest.fixture
def mingcha(capsys, monkeypatch):
    """Run the command in this process: its exit status, what it printed, and what it complained of."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str) -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(words)
        printed = capsys.readouterr()
        return ended.value.code, printed.out, printed.err

    return run
