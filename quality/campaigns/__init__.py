"""Campaigns: plan, frame, strata, allocation, seeded draw and reserve."""
