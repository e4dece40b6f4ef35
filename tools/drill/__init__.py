"""Breaks the running site on purpose while people write, and then judges whether anything was lost or doubled."""
