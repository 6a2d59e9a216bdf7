"""Where to look first: a score for each listing out of what is known of it, which says itself how it came about.

`scores` is the arithmetic, `weights` what counts how much, `complaints/` what consumers told, `known` what is known by
the keys of listings, `scoring` works it out over a whole frame in DuckDB, `reading` shows it.
"""
