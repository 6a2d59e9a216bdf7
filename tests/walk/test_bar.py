"""The bar fills on a terminal; in a file or a pipe there is nothing to watch."""

from __future__ import annotations

import sys

from quality.walk import command


def test_a_bar_is_drawn_on_a_terminal_only(capsys, monkeypatch):
    command.draw_bar("publish", 1, 2)
    assert capsys.readouterr() == ("", "")

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    command.draw_bar("publish", 0, 0)
    assert capsys.readouterr() == ("", "")
    command.draw_bar("publish", 1, 2)
    command.draw_bar("publish", 2, 2)
    printed, said = capsys.readouterr()
    assert printed == ""
    assert said.splitlines()[-1].startswith("█" * 24 + " 2/2 ")
    assert f"\r{'█' * 12}{'░' * 12} 1/2 " in said
