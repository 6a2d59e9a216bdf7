"""What the public may read: frozen copies, never live rows."""
