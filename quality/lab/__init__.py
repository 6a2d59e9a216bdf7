"""What a laboratory does with a sample that it knows by blind number, and what the agency finds from it."""
