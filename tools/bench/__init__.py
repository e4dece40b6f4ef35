"""How fast the site is, always as a ratio to a floor that is measured beside it in the same run."""
