"""Bulk removals as moderators see them, and what one would remove."""
