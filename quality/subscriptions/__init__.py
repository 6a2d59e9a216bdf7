"""Who is told by mail of what becomes public: no account, one click out, and no more kept than that takes."""
