"""A site with a secret in every place that can hold one, and a look for it in all files."""

from domain import account, ids, post, rights
from projector.scrubber import Scrubber
from tests.projector.conftest import Backend

SECRET = "zyxommaquark"


def silent(_progress: object) -> None:
    return None


def scrubber(either: Backend) -> Scrubber:
    """As in a process that has just started."""
    return Scrubber(either.generations, either.store, either.folder_of)


def everywhere(either: Backend) -> bytes:
    files = b"".join(path.read_bytes() for path in sorted(either.folder.iterdir()))
    if either.mongo is None:
        return files
    documents = [
        one for name in either.mongo.database.list_collection_names() for one in either.mongo.database[name].find()
    ]
    return files + repr(documents).encode()


def begin(either: Backend) -> None:
    either.register("ann", "bob", "root")
    either.send(account.GrantRole(handle="root", role="admin"), rights.OPERATOR)


def publish(either: Backend, secret: str = SECRET) -> str:
    id = ids.uuid7()
    either.send(
        post.NewPost(post=id, title=f"#{secret}", body=f"The {secret}, @bob.", url="https://x.example/" + secret)
    )
    return id


def erase(either: Backend, id: str) -> None:
    either.send(post.ErasePost(post=id, reason="Asked for."), "root")


def rebuild(either: Backend) -> None:
    fresh, _ = either.rebuilder().fill(silent)
    either.rebuilder().switch(fresh)
    either.project()


def is_right(either: Backend) -> bool:
    return either.rebuilder().verify(silent).same
