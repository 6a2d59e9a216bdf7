"""How a notice reaches its platform, and the proof of it that starts the clock."""
