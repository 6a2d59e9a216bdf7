"""What buying costs beside the goods, and the goods' own price: entered with receipts, approved, paid by the month."""
