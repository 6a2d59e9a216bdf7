"""Ratios in one run against a floor or a peer: `make bench` prints them and writes docs/performance.md."""
