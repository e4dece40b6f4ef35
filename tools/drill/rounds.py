"""All rounds by name, and those that CI plays."""

from collections.abc import Mapping

from .embedded import EMBEDDED
from .round import Round
from .stack import STACK

ROUNDS: Mapping[str, Round] = {**EMBEDDED, **STACK}

SHORT = ("everything", "duplicates", "disk", "rebuild", "guards")
"""Every kind of fault once."""
SHORT_STACK = ("stack-everything", "stack-guards")
"""Again every kind of fault once, on one set of servers: they take long to start."""
