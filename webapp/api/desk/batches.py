"""Many cases decided at once, and taken back as one. Each part stands for itself, and the answer lists them all."""

from msgspec.structs import replace

from domain.errors import NotClaimed, NotFound, Refused
from domain.ids import now
from domain.messages import Command, Receipt
from domain.moderation.case import Claim, Release
from domain.moderation.deciding import checked
from domain.moderation.decision import CaseDecided, Decide, TakeBackDecision, in_order
from operational.idempotency import id_for
from readmodel.moderation.queries import DecisionsOfBatch, Statement
from webapp.api import problems
from webapp.api.operations import Call, Operation, Reply
from webapp.api.schema import request_bodies
from webapp.site import commands
from webapp.site.database import ask

from . import answers, bodies, staff, targets
from .decisions import command_of
from .stored import event_at

WITHOUT_WAITING_S = -1.0


def decide_cases(call: Call) -> Reply:
    """Decide many cases in the same way. Those that nobody has claimed are claimed first; what somebody else has
    claimed, or where something came in since the version that you saw, is skipped and listed."""
    staff.require(call)
    wanted: bodies.CasesDecision = call.body
    _require_complete(wanted)
    batch = id_for(call.caller.account, call.key)
    receipts: list[Receipt] = []
    parts = [_decided(call, wanted, seen, batch, receipts) for seen in wanted.cases]
    commands.await_shown(receipts, call.wait_s)
    return Reply(answers.Batch(id=batch, parts=parts))


def take_back_batch(call: Call) -> Reply:
    """Take back what was decided as one. What was taken back already, or isn't yours to take back, is skipped and
    listed."""
    staff.require(call)
    batch = call.ids["id"]
    found: list[Statement] = ask(DecisionsOfBatch(batch=batch))
    if not found:
        raise NotFound("There is no such batch.")
    receipts: list[Receipt] = []
    parts = [_taken_back(call, one, receipts) for one in found]
    commands.await_shown(receipts, call.wait_s)
    return Reply(answers.Batch(id=batch, parts=parts))


def _require_complete(wanted: bodies.CasesDecision) -> None:
    """What would be refused of each part is refused before anything is claimed. Raises Invalid."""
    checked(command_of(wanted, target="", decision=""), in_order(wanted.acts), rules=None)


def _decided(
    call: Call, wanted: bodies.CasesDecision, seen: bodies.CaseSeen, batch: str, receipts: list[Receipt]
) -> answers.Part:
    try:
        target = targets.stream_named(seen.id)
        decision = id_for(call.caller.account, _key(call, seen.id))
        command = command_of(wanted, target, decision=decision, batch=batch)
        receipt = _claim_and_decide(call, command, seen)
    except Refused as refusal:
        return _skipped(seen.id, None, refusal)
    receipts.append(receipt)
    made = event_at(receipt, CaseDecided)
    return answers.Part(
        id=seen.id,
        outcome="decided" if made else "escalated",
        decision=made.decision if made else None,
        version=receipt.version,
    )


def _claim_and_decide(call: Call, command: Decide, seen: bodies.CaseSeen) -> Receipt:
    """A repeat is answered before anything is claimed again."""
    call = replace(call, key=_key(call, seen.id), seen=(seen.version,), wait_s=WITHOUT_WAITING_S)
    try:
        return call.send(command)
    except NotClaimed:
        _send_alone(call, Claim(target=command.target, now=now()))
    try:
        return call.send(command)
    except Refused:
        _send_alone(call, Release(target=command.target, now=now()))
        raise


def _send_alone(call: Call, command: Command) -> Receipt:
    """Without a key, and whatever came in since."""
    return replace(call, key=None, seen=None).send(command)


def _taken_back(call: Call, found: Statement, receipts: list[Receipt]) -> answers.Part:
    id = targets.named(found.target)
    command = TakeBackDecision(target=found.target, decision=found.id, reason=call.body.reason, now=now())
    try:
        receipt = replace(call, key=_key(call, found.id), wait_s=WITHOUT_WAITING_S).send(command)
    except Refused as refusal:
        return _skipped(id, found.id, refusal)
    receipts.append(receipt)
    return answers.Part(id=id, outcome="undone", decision=found.id, version=receipt.version)


def _key(call: Call, part: str) -> str | None:
    """A part's own key: several have their effects once each."""
    return call.key and f"{call.key}:{part}"


def _skipped(id: str, decision: str | None, refusal: Refused) -> answers.Part:
    return answers.Part(
        id=id, outcome="skipped", decision=decision, problem=problems.kind_of(refusal).slug, detail=refusal.sentence,
        **problems.claim(refusal),
    )  # fmt: skip


OPERATIONS = (
    Operation(
        method="POST", path="/moderation/decisions", handler=decide_cases, scope="moderate", body=bodies.CasesDecision,
        query=request_bodies.Waiting, answer=answers.Batch,
    ),
    Operation(
        method="POST", path="/batches/{id}/undo", handler=take_back_batch, scope="moderate",
        body=request_bodies.OwedWhy, query=request_bodies.Waiting, answer=answers.Batch,
    ),
)  # fmt: skip
