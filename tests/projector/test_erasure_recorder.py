"""Every erasure is in the ledger beside the read model before it is shown."""

import pytest

from domain import comment, ids, post, webhook
from domain.bus import operator
from eventstore.erasure_ledger import Erased
from operational import erasure_ledger
from projector.folding import CommitFolder
from tests.people import id_of
from tests.projector.conftest import Backend


def brought(backend: Backend, stream: str) -> set[Erased]:
    """What the events of a stream up to its last but one are called in the ledger."""
    commits = backend.store.load(stream)
    return {
        Erased(commit=one.id, version=version) for one in commits[:-1] for version in range(one.first, one.last + 1)
    }


def erase(backend: Backend, id: str) -> None:
    backend.bus.send(post.ErasePost(post=id, reason="asked"), operator(ids.now()))


def test_what_is_erased_is_named_by_commit_and_version(either: Backend) -> None:
    either.register("ann")
    id, kept = either.publish(), either.publish()
    either.send(post.EditPost(post=id, version=1, title="Anew", body="other words"))
    either.send(comment.AddComment(comment=ids.uuid7(), post=kept, body="an answer"))
    either.project()
    assert erasure_ledger.read(either.generations.control) == frozenset()
    erase(either, id)
    either.project()
    assert erasure_ledger.read(either.generations.control) == brought(either, f"post-{id}")


def test_a_webhook_that_is_removed_is_in_it(either: Backend) -> None:
    either.register("ann")
    id = ids.uuid7()
    either.send(webhook.AddWebhook(handle="ann", webhook=id, url="https://hooks.example/x"))
    either.send(webhook.RemoveWebhook(handle="ann", webhook=id))
    either.project()
    assert erasure_ledger.read(either.generations.control) == brought(either, webhook.stream(id_of("ann")))


def test_it_is_recorded_before_it_is_shown_and_once(either: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    either.register("ann")
    id = either.publish()
    either.project()
    erase(either, id)

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(CommitFolder, "fold", killed)
        with pytest.raises(Killed):
            either.project()
    assert erasure_ledger.read(either.generations.control) == brought(either, f"post-{id}")
    either.worker = either.new_worker()
    either.project()
    assert erasure_ledger.read(either.generations.control) == brought(either, f"post-{id}")
