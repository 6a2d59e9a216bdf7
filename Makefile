# Each target first sets up what it needs; where that is there already, it costs nothing.
.PHONY: run test check bench docs storm spark accessibility
unexport PYTHONDONTWRITEBYTECODE # what one process has compiled, the next need not

run: # the program with its demonstration, at http://127.0.0.1:8000, or at PORT=…
	@.ci/set-up run
	@.venv/bin/python -m quality.start $(PORT)

test: # everything, on SQLite and PostgreSQL, with no network but this machine
	@.ci/set-up test
	@.ci/test

check: # style, types, the order of the rooms, the house rules
	@.ci/set-up check
	@.ci/check

bench: # ratios against a floor or a peer, into docs/performance.md
	@.ci/set-up test
	@.ci/offline .venv/bin/python -m tests.benchmarks

accessibility: # every public page in three looks and by keyboard, into quality/pages/accessibility.json
	@.ci/set-up test
	@MINGCHA_STATEMENT=1 .ci/offline .venv/bin/python -m pytest -q -n 0 tests/journeys/test_accessibility.py

docs: # what is drawn from the code: docs/workflows.md
	@.ci/set-up check
	@.venv/bin/mingcha docs

spark: # the draw on Spark against DuckDB's, byte for byte; fetches half a gigabyte once
	@.ci/set-up spark
	@PYTHONPATH=.venv/spark .venv/bin/python -m tests.benchmarks.spark

storm: # minutes of bad weather over the running program, on both databases, into docs/storm.md: MINUTES=4 SEED=1
	@.ci/set-up test
	@.ci/offline .venv/bin/python -m tests.storm
