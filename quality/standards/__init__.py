"""What a product must meet: standards, test items, limits, and the rules by which a result is judged."""
