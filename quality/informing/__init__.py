"""Who is told that a sample was taken, once it is sealed: what came of it, and who was never reached."""
