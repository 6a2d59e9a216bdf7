"""The same product and the same seller elsewhere on sale: listings that a finding is about, though untested."""
