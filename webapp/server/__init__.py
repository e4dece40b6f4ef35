"""HTTP around the pages: caching, headers, limits, logs, metrics, health."""
