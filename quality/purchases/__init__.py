"""Sampling tasks: a mystery order from assignment to the sealed, dispatched sample."""
