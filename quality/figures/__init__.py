"""Pure figures: rates with their intervals, and scores of laboratories. Values in, values out, all in Decimal."""
