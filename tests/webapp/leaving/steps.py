"""Somebody with a password, in front of the page that asks whether to leave."""

from werkzeug.test import TestResponse

from domain.rights import Account, Leaving
from tests.webapp.conftest import Visitor, World

PAGE = "/settings/leave"
PASSWORD = "correct horse battery"


def registered(world: World, handle: str) -> Visitor:
    """Somebody with a password, logged in."""
    visitor = world.visitor()
    assert visitor.send("/register", handle=handle, password=PASSWORD).status_code == 303
    return visitor


def log_in(world: World, handle: str, password: str = PASSWORD) -> tuple[Visitor, TestResponse]:
    visitor = world.visitor()
    return visitor, visitor.send("/login", handle=handle, password=password)


def state(world: World, handle: str) -> Account:
    return world.bus.aggregates().account_named(handle)


def leaving(world: World, handle: str) -> Leaving:
    found = state(world, handle).leaving
    assert found is not None
    return found
