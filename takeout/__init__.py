"""Takeouts: a person's own data as a ZIP, made in the background, piece by piece."""
