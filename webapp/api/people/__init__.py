"""Calls about people: accounts, their tokens, and leaving."""
