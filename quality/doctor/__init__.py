"""`mingcha doctor`: is this installation told, kept and reached as it should be, and what to do where it is not."""
