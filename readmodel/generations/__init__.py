"""Whole copies of the read model: which one is live, who fills one, how far each has got."""
