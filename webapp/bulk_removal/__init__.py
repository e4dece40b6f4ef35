"""The pages of bulk removals: what one would remove, ordering it, and how far it is."""

from . import batches, ordering

BLUEPRINTS = (ordering.bp, batches.bp)
