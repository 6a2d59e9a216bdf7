"""HTTP of the pages: fetch, one verb, answer."""
