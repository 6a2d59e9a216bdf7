"""`python -m quality.cli`, where the command is not installed."""

from __future__ import annotations

from quality.cli import main

if __name__ == "__main__":
    main()
