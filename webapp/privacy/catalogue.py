"""The catalogue of all that is kept of people. A table that no row names fails tests/webapp/privacy."""

from .browser import BROWSER
from .kinds import Group, Kind
from .operation import OPERATION
from .own import OWN
from .published import PUBLISHED

GROUPS: tuple[Group, ...] = (PUBLISHED, OWN, OPERATION, BROWSER)
KINDS: tuple[Kind, ...] = tuple(kind for group in GROUPS for kind in group.kinds)
