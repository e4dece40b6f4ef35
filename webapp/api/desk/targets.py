"""What reports, cases and decisions are about, as programs name it: accounts by their handles."""

from domain.errors import Invalid, NotFound
from domain.ids import is_id
from domain.moderation.targets import parse
from webapp.site import site

ACCOUNT = "account-"


def stream_named(typed: str) -> str:
    """The stream of a target. Raises Invalid for what can't be one, NotFound where nobody has the handle."""
    if not typed.startswith(ACCOUNT):
        return parse(typed.lower()).stream
    handle = typed.removeprefix(ACCOUNT)
    holder = None if is_id(handle) else site.current().bus.aggregates().holder(handle)
    if not holder:
        raise NotFound("Nobody here has this handle.")
    return parse(f"{ACCOUNT}{holder}").stream


def case_of_address(typed: str) -> str:
    """The target of a case that stands in an address. Raises NotFound for what can't be one."""
    try:
        return stream_named(typed)
    except Invalid as error:
        raise NotFound("There is no such case.") from error


def named(stream: str) -> str:
    """A target's stream as programs name it."""
    if not stream.startswith(ACCOUNT):
        return stream
    return ACCOUNT + site.current().bus.aggregates().called(stream.removeprefix(ACCOUNT))
