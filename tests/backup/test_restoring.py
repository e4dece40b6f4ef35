"""A restored store holds what the backup held, but for what was erased since; half of one is never served."""

import gzip
import hashlib
from collections.abc import Callable
from contextlib import suppress

import msgspec
import pytest

from backup import restoring
from backup.folder import MANIFEST, BadBackup
from backup.reading import chosen_set
from backup.rehearsal import rehearse
from backup.restoring import Restored, restore
from domain import account, comment, ids, post, webhook
from domain.bus import operator
from domain.errors import Conflict, Damaged
from domain.messages import Command
from eventstore.codec import encode_commit
from eventstore.verification import StoreVerification
from projector.folding import CommitFolder
from tests.backup.conftest import Site
from tests.backup.test_backups import stored


def restored(source: Site, into: Site) -> Restored:
    return restore(chosen_set(source.backups), into.store, into.bus, source.ledger.read())


def text_of(site: Site) -> bytes:
    return b"\n".join(stored(site))


def test_everything_comes_back_as_it_was(site: Site, empty: Site) -> None:
    site.publish("one more")
    site.back_up()
    site.publish("too late")
    done = restored(site, empty)
    assert (done.head.position, done.erased) == (6, 0)
    assert stored(empty) == stored(site)[:6]
    empty.store.check()


def erasing(site: Site, kind: str) -> tuple[Command, str]:
    """A command that erases the first thing of that kind, and who sends it."""
    streams = {one.stream.partition("-")[0]: one.stream.partition("-")[2] for one in reversed(site.store.read(0, 100))}
    match kind:
        case "post" | "reason":
            return post.ErasePost(post=streams["post"], reason="asked"), "verbatim"
        case "comment":
            return comment.EraseComment(comment=streams["comment"], reason="asked"), "verbatim"
        case "account":
            return account.EraseProfile(handle="ann", reason="asked"), "verbatim"
        case _:
            added = site.store.load(f"webhooks-{streams['webhooks']}")[0].events[0]
            return webhook.RemoveWebhook(handle="ann", webhook=msgspec.json.decode(added.data)["webhook"]), "ann"


WORDS = {
    "post": b"first words", "reason": b"a hushed reason", "comment": b"an answer", "account": b"all about me",
    "webhooks": b"hooks.example",
}  # fmt: skip


@pytest.mark.parametrize("kind", WORDS)
@pytest.mark.parametrize("backed_up_again", [True, False])
def test_what_was_erased_after_the_backup_stays_erased(
    site: Site, empty: Site, kind: str, backed_up_again: bool
) -> None:
    """backed_up_again: the event that says so is in the set, while an earlier file of it still has the text."""
    command, actor = erasing(site, kind)
    if kind == "reason":
        site.bus.send(command, operator(ids.now()))
        removal = post.RemovePost(post=command.post, reason="a hushed reason")
        site.record(site.bus.send(removal, operator(ids.now())))
        site.number()
    site.back_up()
    receipt = site.bus.send(command, operator(ids.now())) if actor == "verbatim" else site.send(command, actor)
    site.number()
    site.record(receipt)
    if backed_up_again:
        site.back_up()
    assert WORDS[kind] not in text_of(site)
    done = restored(site, empty)
    empty.number()
    assert WORDS[kind] not in text_of(empty)
    assert (done.erased > 0) != backed_up_again
    assert list(StoreVerification(empty.store).faults()) == []
    assert restored_again_is_refused(site, empty)


def restored_again_is_refused(site: Site, into: Site) -> bool:
    with pytest.raises(Conflict, match="isn't empty"):
        restored(site, into)
    return True


def test_without_the_ledger_it_would_be_back(site: Site, empty: Site) -> None:
    site.back_up()
    site.erase(erasing(site, "post")[0].post)
    restore(chosen_set(site.backups), empty.store, empty.bus, ())
    assert WORDS["post"] in text_of(empty)


@pytest.mark.parametrize("killed_at", range(7))
def test_killed_anywhere_it_isnt_served_and_goes_on(
    site: Site, empty: Site, monkeypatch: pytest.MonkeyPatch, killed_at: int
) -> None:
    for number in range(7):
        site.publish(f"words {number}")
    site.back_up()
    site.erase(erasing(site, "post")[0].post)
    monkeypatch.setattr(restoring, "BATCH_COMMITS", 3)
    wanted, step = stored(site)[:12], 0

    class Killed(BaseException):
        pass

    def dying(call: Callable[..., object]) -> Callable[..., object]:
        def dies(*arguments: object) -> object:
            nonlocal step
            step += 1
            if step > killed_at:
                raise Killed
            return call(*arguments)

        return dies

    with monkeypatch.context() as patched, suppress(Killed):
        patched.setattr(empty.store, "restore", dying(empty.store.restore))
        patched.setattr(restoring, "_send", dying(restoring._send))
        patched.setattr(restoring, "StoreVerification", dying(StoreVerification))
        restored(site, empty)
    if empty.store.restore_mark.source():
        with pytest.raises(Damaged, match="is being restored into this event store"):
            empty.store.check()
        assert WORDS["post"] not in text_of(empty)
        restored(site, empty)
    empty.number()
    empty.store.check()
    assert stored(empty)[:12] == wanted
    assert len(stored(empty)) == 13


DAMAGES: dict[str, Callable[[bytes], bytes | None]] = {
    "missing": lambda _content: None,
    "cut off": lambda content: content[:-5],
    "empty": lambda _content: b"",
    "one bit": lambda content: content[:40] + bytes([content[40] ^ 1]) + content[41:],
    "longer": lambda content: content + b"x",
}


@pytest.mark.parametrize("which", [0, 1, MANIFEST])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_is_damaged_or_missing_is_named_and_nothing_is_stored(
    site: Site, empty: Site, which: int | str, damage: str
) -> None:
    site.back_up()
    site.publish()
    site.back_up()
    chosen = chosen_set(site.backups)
    path = chosen.path / (which if isinstance(which, str) else chosen.manifest.parts[which].name)
    content = DAMAGES[damage](path.read_bytes())
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadBackup):
        restored(site, empty)
    assert empty.store.head() == (0, "")
    assert empty.store.restore_mark.source() == ""


def test_a_file_with_another_history_is_found_by_the_chain(site: Site, empty: Site) -> None:
    """Somebody writes a file and its digest anew."""
    site.back_up()
    chosen = chosen_set(site.backups)
    part = chosen.manifest.parts[0]
    lines = gzip.decompress((chosen.path / part.name).read_bytes()).replace(b"first words", b"other words")
    content = gzip.compress(lines, mtime=0)
    (chosen.path / part.name).write_bytes(content)
    forged = msgspec.structs.replace(part, sha256=hashlib.sha256(content).hexdigest(), size=len(content))
    chosen.save(msgspec.structs.replace(chosen.manifest, parts=(forged,)))
    with pytest.raises(BadBackup, match="position 2"):
        restored(site, empty)


def test_another_set_isnt_mixed_into_a_restore_that_hasnt_ended(site: Site, empty: Site) -> None:
    site.back_up()
    empty.store.restore_mark.put("20200101T000000Z")
    with pytest.raises(Conflict, match="20200101T000000Z is being restored"):
        restored(site, empty)


class TestRehearsal:
    def test_a_rehearsal_says_how_long_each_step_took_and_leaves_everything_as_it_was(self, site: Site) -> None:
        site.back_up()
        site.publish("later")
        before = stored(site)
        done = rehearse(chosen_set(site.backups), site.store, site.ledger.read())
        assert done.differences == []
        assert [step for step, _ in done.steps] == ["restored and verified", "compared with the live store", "folded"]
        assert (done.behind, done.head.position) == (1, 5)
        assert stored(site) == before

    def test_what_was_erased_since_is_no_difference(self, site: Site) -> None:
        site.back_up()
        site.erase(erasing(site, "post")[0].post)
        assert rehearse(chosen_set(site.backups), site.store, site.ledger.read()).differences == []

    def test_an_erasure_that_the_ledger_lacks_is_one(self, site: Site) -> None:
        site.back_up()
        site.bus.send(erasing(site, "post")[0], operator(ids.now()))
        site.number()
        found = rehearse(chosen_set(site.backups), site.store, ()).differences
        assert len(found) == 1
        assert "position 2 (post-" in found[0]

    def test_a_site_with_another_history_is_told(self, site: Site, empty: Site) -> None:
        site.back_up()
        for _ in range(9):
            empty.send(account.RegisterAccount(handle=f"p{_}"), f"p{_}")
        found = rehearse(chosen_set(site.backups), empty.store, ()).differences
        assert len(found) == 1
        assert "has the chain" in found[0]

    def test_what_cant_be_folded_is_told(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        site.back_up()

        def broken(_self: CommitFolder, commit: object) -> list[object]:
            raise Damaged("can't be read")

        monkeypatch.setattr(CommitFolder, "facts", broken)
        found = rehearse(chosen_set(site.backups), site.store, ()).differences
        assert found
        assert all("can't be folded" in one for one in found)


def test_lines_are_the_same_bytes_on_both_stores(site: Site, empty: Site) -> None:
    site.back_up()
    restored(site, empty)
    assert [encode_commit(one) for one in empty.store.read(0, 10)] == stored(site)
