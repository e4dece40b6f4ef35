"""Commands whose words are erased afterwards: about cases and appeals, in bulk, and by moderators who leave."""

from domain import account, comment, ids, leaving, post, reasons, rights, token
from domain.messages import Command
from domain.moderation import appeal, bulk, case, decision, erasing, report, suspension
from tests.people import id_of

AT, LATER = "2026-11-24T06:00:00.000000Z", "2026-11-25T06:00:00.000000Z"
POST, COMMENT, HOOK = (f"0192abcd-0000-7000-8000-00000000000{digit}" for digit in "123")

WORDS = "my very own words"


def moderated() -> list[tuple[str, Command]]:
    """The post was reported and edited, and its author has appealed."""
    target, filed, decided = post.stream(POST), ids.uuid7(), ids.uuid7()
    of = {"target": target, "decision": decided, "account": id_of("ann")}
    register = account.RegisterAccount(account=id_of("rob"), handle="rob", password_hash="$argon2id$")
    file = report.FileReport(report=filed, target=target, version=1, category="illegal", text=WORDS, law=WORDS, now=AT)
    decide = decision.Decide(
        target=target,
        decision=decided,
        acts=("edit", "note"),
        title=WORDS,
        body=WORDS,
        reason=WORDS,
        note=WORDS,
        now=AT,
    )
    resolve = appeal.Resolve(**of, outcome="upheld", reason=WORDS, others=False)
    by_site: list[Command] = [
        case.JoinReport(target=target, report=filed, reporter=id_of("rob"), version=1, now=AT),
        case.Claim(target=target, now=AT),
        case.AddNote(target=target, text=WORDS, now=AT),
        decide,
    ]
    return [
        ("rob", register),
        ("rob", file),
        *((rights.OPERATOR, command) for command in by_site),
        ("anna", appeal.Lodge(appeal=ids.uuid7(), target=target, decision=decided, text=WORDS, now=AT)),
        (rights.OPERATOR, resolve),
        (rights.OPERATOR, report.EraseReport(target=target, reporter=id_of("rob"))),
        (rights.OPERATOR, erasing.EraseCaseWords(target=target)),
        (rights.OPERATOR, erasing.EraseAppealWords(**of)),
        *removed_in_bulk(),
    ]


def removed_in_bulk() -> list[tuple[str, Command]]:
    batch, target = ids.uuid7(), account.stream(id_of("ann"))
    order = bulk.OrderBulkRemoval(batch=batch, handle=id_of("ann"), reason=WORDS, now=AT)
    sent: list[Command] = [
        case.OpenCase(target=target, now=AT),
        order,
        bulk.TakeBackBulkRemoval(batch=batch, reason=WORDS),
        bulk.EraseBatchReasons(batch=batch, versions=(1, 2)),
    ]
    return [(rights.OPERATOR, command) for command in sent]


def moderator_who_leaves() -> list[tuple[str, Command]]:
    moderator, issued = ids.uuid7(), ids.uuid7()
    issue = token.IssueToken(
        token=issued, handle="mo", digest="0" * 64, scopes=("read",), expires_at=LATER, label=WORDS
    )
    return [
        ("mo", account.RegisterAccount(account=moderator, handle="mo", name=WORDS, password_hash="$argon2id$")),
        (rights.OPERATOR, account.GrantRole(handle="mo", role="moderator")),
        ("mo", issue),
        ("mo", post.LockPost(post=POST, reason=WORDS)),
        ("mo", comment.RemoveComment(comment=COMMENT, reason=WORDS)),
        ("mo", suspension.SuspendAccount(handle="anna", reason=WORDS)),
        ("mo", leaving.Leave(handle="mo", words="erase", until=AT, reason=WORDS)),
        (moderator, leaving.EraseAccount(handle=moderator, now=LATER)),
        (moderator, leaving.RetireHandle(handle=moderator, version=2, reserved_until=LATER)),
        (moderator, token.EraseToken(token=issued)),
        (moderator, reasons.ErasePostReasons(post=POST)),
        (moderator, reasons.EraseCommentReasons(comment=COMMENT)),
        (moderator, reasons.EraseAccountReasons(account=id_of("ann"))),
    ]
