"""All rounds by name, and those that CI plays."""

from collections.abc import Mapping

from .embedded import EMBEDDED
from .round import Round
from .stack import STACK

ROUNDS: Mapping[str, Round] = {**EMBEDDED, **STACK}

SHORT = ("everything", "duplicates", "disk", "rebuild")
"""Every kind of fault once."""
SHORT_STACK = ("stack-everything",)
"""Again every kind of fault once, all on one site: servers take long to start."""
