"""What tests of every page look at."""

import msgspec

from tests.browser.page_acts import Act


class Look(msgspec.Struct, frozen=True):
    """A page as somebody finds it. status: what its address answers; what is done there may lead to another page.

    alike: a selector of parts that are made as others of the page are: axe looks at them at one size.
    """

    path: str
    who: str | None = None
    act: Act | None = None
    status: int = 200
    alike: str = ""
