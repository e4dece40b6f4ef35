"""The process manager of moderation: reads new commits in order of position, and does what follows from them.

Reports are joined to cases, decisions are carried out and reversed. Every command has an id that is made from what it
follows from, and the cursor moves on behind what is done: a process that dies anywhere, or does the same as another
one, leaves nothing out and does nothing twice. See docs/decisions/0105.
"""

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from threading import Event as Stop

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from domain import account, comment, gaps, post
from domain.bus import CommandBus
from domain.commit import SequencedCommit
from domain.errors import Damaged, Parked, Unavailable, first_line
from domain.ids import LENGTH
from domain.messages import Event
from domain.moderation import case
from domain.moderation.appeal import AppealOverturned
from domain.moderation.decision import CaseDecided, DecisionTakenBack
from domain.moderation.report import ReportFiled, ReportWithdrawn
from domain.ports import Codec, EventStore
from eventstore.chain import follows
from operational import moderation_cursor, store_cursor
from operational.store_cursor import StoreCursor
from readmodel.engine.connections import changing

from . import joining
from .carrying_out import carry_out
from .reversing import NotCarriedOut, Reversal, reverse
from .sender import Sender

BATCH_COMMITS = 500
POLL_S = 0.2
RETRY_S = 1.0
"""Behind something that isn't available."""
STORE_CHECK_INTERVAL_S = 1.0
"""How often the store is asked whether it is still the one that the cursor stands in."""
ASIDE_INTERVAL_S = 5.0
"""How often what was put aside is tried again."""
ERASURES = frozenset({post.PostErased.type, comment.CommentErased.type, account.ProfileErased.type})
EDITS = ERASURES | {post.PostEdited.type, comment.CommentEdited.type, account.ProfileEdited.type}
"""After these the text isn't what a moderator has before them."""
STREAMS = ("report-", "case-", "appeal-")
ACTED_ON = frozenset(
    event.type for event in (ReportFiled, ReportWithdrawn, CaseDecided, DecisionTakenBack, AppealOverturned)
) | {gaps.UNREADABLE}  # fmt: skip

log = structlog.get_logger("moderation")


class Follower:
    """One process's part in it. Several may run: what each does has been done by the other, or is its own."""

    def __init__(
        self, store: EventStore, codec: Codec, bus: CommandBus, control: Engine,
        after_step: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        """after_step: called behind each command that was sent, and each saved cursor."""
        self._store = store
        self._control = control
        self._sender = Sender(store, bus, codec, after_step)
        self._after_step = after_step
        self._next_check = self._next_aside = 0.0

    def run(self, stop: Stop) -> None:
        """Until stop is set."""
        while not stop.is_set():
            try:
                pause = 0.0 if self.step() else POLL_S
            except (Unavailable, SQLAlchemyError) as error:
                log.warning("moderation: unavailable, retrying", error=first_line(error))
                pause = RETRY_S
            except Exception:
                log.exception("moderation: failed, retrying")
                pause = RETRY_S
            stop.wait(pause)

    def step(self) -> int:
        """Takes in up to BATCH_COMMITS; gives how many there were. Tries what was put aside again now and then."""
        if time.monotonic() >= self._next_check:
            self._check_store()
        if time.monotonic() >= self._next_aside:
            self.retry()
        cursor = moderation_cursor.load_or_create(self._control)
        commits = store_cursor.next_commits(self._store, cursor, BATCH_COMMITS)
        if not commits:
            return 0
        if not follows(cursor.chain, commits[0]) and self._check_store():
            return 0
        self._take_in(cursor, commits)
        return len(commits)

    def retry(self) -> None:
        """Does what was put aside, as far as it can be done now: of each target in order."""
        self._next_aside = time.monotonic() + ASIDE_INTERVAL_S
        failed: set[str] = set()
        for position, target in moderation_cursor.aside(self._control).items():
            commits = gaps.unbroken(self._store.read(position - 1, 1), position - 1, 1)
            if not commits or target in failed:
                continue
            if why := self._do(commits[0]):
                log.info("moderation: still put aside", position=position, target=target, why=why)
                failed.add(target)
            else:
                moderation_cursor.drop(self._control, position)
                log.info("moderation: done after all", position=position, target=target)

    def _check_store(self) -> bool:
        """Whether the cursor was changed: to the start, where it doesn't belong to the store as it is now, or to say
        which store that is."""
        self._next_check = time.monotonic() + STORE_CHECK_INTERVAL_S
        cursor = moderation_cursor.load_or_create(self._control)
        known = store_cursor.located(self._store, cursor)
        if known == cursor:
            return False
        if known is None:
            log.warning("the event store was put back, and is read again", cursor=cursor.position)
        start = StoreCursor(position=0, store=self._store.id())
        with changing(self._control) as connection:
            if moderation_cursor.advance(connection, cursor.position, known or start) and known is None:
                moderation_cursor.drop_all(connection)
        return True

    def _take_in(self, cursor: StoreCursor, commits: Sequence[SequencedCommit]) -> None:
        """Moves the cursor behind each commit of which something comes, and behind the last: another process that
        goes on with these isn't followed any further."""
        cases = self._cases_of_edited(commits)
        aside = set(moderation_cursor.aside(self._control).values())
        for at, commit in enumerate(commits):
            wanted = is_wanted(commit, cases)
            if not wanted and at + 1 < len(commits):
                continue
            target = target_of(self._sender.codec, commit)
            why = "Something earlier about the same is put aside." if wanted and target in aside else ""
            if wanted and not why:
                why = self._do(commit)
            reached = store_cursor.moved(cursor, [commit])
            with changing(self._control) as connection:
                if not moderation_cursor.advance(connection, cursor.position, reached):
                    return
                if why:
                    moderation_cursor.put_aside(connection, commit.position, target, why)
                    aside.add(target)
            cursor = reached
            self._after_step()

    def _cases_of_edited(self, commits: Sequence[SequencedCommit]) -> Collection[str]:
        """Those of the edited streams that have a case, in one round trip."""
        edited = {one.stream for one in commits if any(event.type in EDITS for event in one.events)}
        found = self._store.load_from({case.stream(stream): 1 for stream in edited}) if edited else {}
        return {stream for stream in edited if case.stream(stream) in found}

    def _do(self, commit: SequencedCommit) -> str:
        """Does what follows from a commit. Gives why it can't be done now; "" where it is done. Raises Unavailable."""
        try:
            if any(event.type in EDITS for event in commit.events):
                joining.notice_text(self._sender, commit.stream, commit)
                if any(event.type in ERASURES for event in commit.events):
                    joining.forget_edits(self._sender, commit.stream, commit)
            else:
                for stored in commit.events:
                    if stored.type in ACTED_ON:
                        self._follow(self._sender.codec.decode(stored, commit), commit)
        except (Unavailable, SQLAlchemyError):
            raise
        except (Damaged, Parked, NotCarriedOut) as error:
            log.error("moderation: put aside", position=commit.position, stream=commit.stream, error=first_line(error))
            return f"{type(error).__name__}: {first_line(error)}"
        except Exception as error:
            log.exception("moderation: put aside", position=commit.position, stream=commit.stream)
            return type(error).__name__
        return ""

    def _follow(self, event: Event, commit: SequencedCommit) -> None:
        sender = self._sender
        match event:
            case ReportFiled():
                joining.join(sender, event, commit)
            case ReportWithdrawn():
                joining.leave(sender, event, commit)
            case CaseDecided():
                carry_out(sender, event, commit)
            case DecisionTakenBack():
                reversal = Reversal(target=event.target, decision=event.decision, reason=event.reason or "")
                reverse(sender, reversal, commit)
            case AppealOverturned():
                reversal = Reversal(
                    target=event.target, decision=event.decision, reason=event.reason or "", appeal=event.appeal
                )
                reverse(sender, reversal, commit)


def is_wanted(commit: SequencedCommit, cases: Collection[str]) -> bool:
    """Whether something may come of a commit: told by its stream and the types of its events, nothing is decoded.

    cases: edited streams that have one. A commit that is missing could be anything.
    """
    if commit.stream in cases:
        return any(event.type in EDITS for event in commit.events)
    ours = commit.stream.startswith(STREAMS) or not commit.stream
    return ours and any(event.type in ACTED_ON for event in commit.events)


def target_of(codec: Codec, commit: SequencedCommit) -> str:
    """What a commit is about: commits about the same target are done in their order. Where that can't be read it is
    the commit's stream."""
    kind, _, rest = commit.stream.partition("-")
    match kind:
        case "case":
            return rest
        case "report":
            # report-<kind>-<uuid of the target>-<uuid of the reporter>
            return rest[: -LENGTH - 1]
        case "appeal":
            with suppress(Damaged):
                for stored in commit.events:
                    if isinstance(event := codec.decode(stored, commit), AppealOverturned):
                        return event.target
    return commit.stream or f"position-{commit.position}"
