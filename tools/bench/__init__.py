"""Benchmarks: each suite prints ratios of the site's speed to a floor that is measured beside it in the same run."""
