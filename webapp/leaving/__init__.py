"""Pages of leaving: one's own, an admin's for somebody else, and the receipt for whoever has its address."""
