"""Backups of the event store: written while the site runs, verified as they are written, restored and rehearsed.

See docs/decisions/0089. A folder of backups holds sets; a set begins with everything, and grows by what came since.
"""
