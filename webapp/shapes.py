"""Finds the route of a call by the shape of its address: what is left when ids are taken out of it.

werkzeug walks its map of all pages part by part; a program asks for the same few shapes all day.
"""

import re
from typing import Any

from flask.wrappers import Request
from werkzeug.routing import Map, MapAdapter, Rule
from werkzeug.wsgi import get_host

from webapp.server.converters import IdConverter

Shapes = dict[tuple[str, str, int], tuple[Rule, list[str]]]
"""Method, shape and number of ids → the rule, and the names of its ids in their order. Only what werkzeug found comes
in, so there are no more than routes. The number, since a * may have been sent."""
_ID = re.compile(rf"(?<=/){IdConverter.regex}(?=/|\Z)")


class Shaped(MapAdapter):
    """What werkzeug's own adapter of a request does, without what it finds out about subdomains and websockets."""

    def __init__(self, rules: Map, request: Request, shapes: Shapes, trusted: list[str] | None) -> None:
        environ = request.environ
        host = request.host = get_host(environ, trusted)
        root, query = environ.get("SCRIPT_NAME") or "/", environ.get("QUERY_STRING")
        super().__init__(rules, host, root, "", environ["wsgi.url_scheme"], request.path, request.method, query)
        self._shapes = shapes

    def match(self, *arguments: Any, **named: Any) -> Any:
        """(rule, its ids), where that is asked for. Raises what werkzeug's does."""
        if arguments or named != {"return_rule": True}:
            return super().match(*arguments, **named)
        ids = _ID.findall(self.path_info)
        shape = self.default_method, _ID.sub("*", self.path_info), len(ids)
        if (known := self._shapes.get(shape)) is not None:
            return known[0], dict(zip(known[1], ids, strict=True))
        rule, found = super().match(return_rule=True)
        if list(found.values()) == ids:
            self._shapes[shape] = rule, list(found)
        return rule, found
