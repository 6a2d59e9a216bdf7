"""Whether a platform's own system takes notices and answers them as agreed: tried in a sandbox, and certified."""
