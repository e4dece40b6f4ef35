"""What reports, cases and decisions are about, as programs name it: accounts by their handles."""

from domain.errors import NotFound
from domain.ids import is_id
from domain.moderation.targets import parse
from webapp.site import site

ACCOUNT = "account-"


def stream_named(typed: str) -> str:
    """The stream of a target. Raises NotFound for what can't be one, and where nobody has the handle."""
    if not typed.startswith(ACCOUNT):
        return parse(typed.lower()).stream
    handle = typed.removeprefix(ACCOUNT)
    holder = None if is_id(handle) else site.current().bus.aggregates().holder(handle)
    if not holder:
        raise NotFound("Nobody here has this handle.")
    return parse(f"{ACCOUNT}{holder}").stream


def named(stream: str) -> str:
    """A target's stream as programs name it."""
    if not stream.startswith(ACCOUNT):
        return stream
    return ACCOUNT + site.current().bus.aggregates().called(stream.removeprefix(ACCOUNT))
