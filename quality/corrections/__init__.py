"""What producer and seller must put right: the order, its re-checks, what follows a failed one, and handing over."""
