"""Leaving, carried out: accounts are closed once their time is over, and what was their owners' is erased."""
