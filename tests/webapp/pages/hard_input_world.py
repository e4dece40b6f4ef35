"""A site to send wrong input to, and what it holds."""

from tests.webapp.conftest import Visitor, World

OTHER = "0192f000-0000-7000-8000-000000000000"


Settled = tuple[World, Visitor, dict[str, str]]


def _given(world: World) -> tuple[Visitor, dict[str, str]]:
    """ann writes; post, comment and other's things are there by name."""
    ann = world.person("ann")
    world.person("bob")
    post = world.post("ann")
    theirs = world.post("bob")
    removed = world.post("ann")
    ann.send(f"/posts/{removed}", f"/posts/{removed}/remove")
    known = {
        "post": post,
        "theirs": theirs,
        "removed": removed,
        "comment": world.comment("ann", post),
        "their_comment": world.comment("bob", post),
        "other": OTHER,
    }
    return ann, known


def _token(visitor: Visitor) -> str:
    return visitor.fields("/settings")["csrf_token"]
