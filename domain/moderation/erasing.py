"""Words in cases and appeals go for good: when whoever gave them leaves, when whom they are about does, or as an admin
or the operator wants it.

In each command versions says which of all words, for admins and the operator; without, all go. A closed account takes
what it gave itself; of a case about what it wrote, and of an appeal that it lodged, everything. Reports are erased by
report.EraseReport, notes about accounts with the account or by reasons.EraseAccountReasons.
"""

from typing import ClassVar

from domain.errors import NotFound
from domain.ids import Id, StreamName
from domain.messages import Command, Erasure, Event
from domain.rights import Account, require_active, require_admin
from domain.versions import Erasable, Versions


class EraseCaseWords(Command, frozen=True, kw_only=True):
    """Reasons, notes, and what decisions say."""

    target: str
    versions: tuple[int, ...] = ()


class EraseCaseEdits(Command, frozen=True, kw_only=True):
    """What decisions say that put a text in the place of the author's, for when that text is erased. A reason that
    stands beside it goes as well."""

    target: str


class EraseAppealWords(Command, frozen=True, kw_only=True):
    """account: whose appeal it is, by id."""

    target: str
    decision: str
    account: str
    versions: tuple[int, ...] = ()


class CaseWordsErased(Erasure, frozen=True, kw_only=True):
    type: ClassVar[str] = "CaseWordsErased"
    schema: ClassVar[int] = 1
    secret: ClassVar[bool] = True
    target: StreamName


class AppealWordsErased(Erasure, frozen=True, kw_only=True):
    type: ClassVar[str] = "AppealWordsErased"
    schema: ClassVar[int] = 1
    secret: ClassVar[bool] = True
    target: StreamName
    decision: Id


EraseWords = EraseCaseWords | EraseCaseEdits | EraseAppealWords
COMMANDS: tuple[type[Command], ...] = (EraseCaseWords, EraseCaseEdits, EraseAppealWords)


def decide(thing: Erasable, command: EraseWords, by: Account, owner: str, edits: Versions) -> list[Event]:
    """thing: the case or the appeal. owner: whose text the case is about, or who lodged the appeal. edits: of a case."""
    if not by.closed:
        require_active(by)
        require_admin(by)
    if not thing.exists:
        raise NotFound("There is nothing of which words could go.")
    match command:
        case EraseCaseWords():
            erased = _chosen(thing, command.versions, by, owner)
        case EraseCaseEdits():
            erased = tuple(edits) if not by.closed or by.id == owner else ()
        case EraseAppealWords():
            erased = _chosen(thing, command.versions, by, owner)
    if not erased:
        return []
    if isinstance(command, EraseAppealWords):
        return [AppealWordsErased(target=command.target, decision=command.decision, erased=erased)]
    return [CaseWordsErased(target=command.target, erased=erased)]


def _chosen(thing: Erasable, versions: tuple[int, ...], by: Account, owner: str) -> tuple[int, ...]:
    if by.closed and by.id != owner:
        return tuple(thing.reasons_by.get(by.id, ()))
    if by.closed or not versions:
        return tuple(thing.text_versions)
    wanted = frozenset(versions)
    return tuple(version for version in thing.text_versions if version in wanted)
