"""A copy of everything that is kept, taken while the program runs, and the way back from it.

In DIR: `manifest.json` (what there is, its hashes, the revision of the tables, fingerprints of the keys, never a key),
`tables/NAME.jsonl.gz` (every row), `evidence/` (files by their sha256, as in a vault of a folder, and `quarantine/` in
it), `frames/`, `roots/`.
"""
