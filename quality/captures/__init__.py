"""Listings captured by a job, where the agency allows it: what stands there is suggested, and never decided."""
