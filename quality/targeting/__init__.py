"""Which listings are not to be drawn again, and which rather than others: worked out of a frame before it is drawn."""
