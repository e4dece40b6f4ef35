"""The page of the limits for new accounts."""
