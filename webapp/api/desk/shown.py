"""Answers made from what the read model gives, each with what its reader may see."""

from typing import Any

import msgspec

from domain.moderation.decision import came_to_nothing
from readmodel.moderation import queries as views

from . import answers
from .targets import named


def text(view: views.TextSeen | None) -> answers.Text | None:
    if view is None:
        return None
    return answers.Text(
        version=view.version, title=view.title, body=view.body, url=view.url, at=view.at, erased=view.erased
    )


def report(view: views.ReportView) -> answers.ReportOfCase:
    """For staff."""
    return answers.ReportOfCase(
        id=view.id, state=view.state, reporter=None if view.stranger else view.reporter, stranger=view.stranger,
        version=view.version, category=view.category, rule=view.rule, rules_version=view.rules_version, law=view.law,
        text=view.text, at=view.at, upheld=view.upheld, dismissed=view.dismissed,
    )  # fmt: skip


def note(view: views.NoteView) -> answers.Note:
    return answers.Note(by=view.by, at=view.at, text=view.text)


def decision_for_staff(view: views.Statement) -> answers.Decision:
    whole = decision_for_author(view)
    return msgspec.structs.replace(whole, decided_by=view.decided_by, batch=view.batch, basis=view.basis)


def decision_for_author(view: views.Statement) -> answers.Decision:
    """Without whether anybody had reported it: in a small thread that would name them."""
    return answers.Decision(
        id=view.id, target=named(view.target), outcome=_outcome(view), at=view.at, appeal_until=view.appeal_until,
        state=view.state, author=view.author, acts=view.acts, reason=view.reason, note=view.note, rule=view.rule,
        rules_version=view.rules_version, until=view.until, points=view.points, strike_expires=view.strike_expires,
        automated=view.automated, done=view.done, skipped=view.skipped,
        looked_at=text(view.looked_at), taken_back_reason=view.taken_back_reason,
    )  # fmt: skip


def decision_for_reporter(view: views.Statement) -> answers.Decision:
    return answers.Decision(
        id=view.id, target=named(view.target), outcome=_outcome(view), at=view.at, appeal_until=view.appeal_until
    )


def _outcome(view: views.Statement) -> answers.Outcome:
    return "nothing" if came_to_nothing(view.acts) else "acted"


def appeal_for_staff(view: views.AppealView) -> answers.Appeal:
    whole = appeal_for_party(view)
    return msgspec.structs.replace(whole, decided_by=view.decided_by, resolved_by=view.resolved_by)


def appeal_for_party(view: views.AppealView) -> answers.Appeal:
    replies = [answers.AppealReply(by_staff=one.by_staff, text=one.text, at=one.at) for one in view.replies]
    return answers.Appeal(
        id=view.id, state=view.outcome or "open", decision=view.decision, target=named(view.target),
        account=view.account, party=view.party, text=view.text, at=view.at, version=view.version, replies=replies,
        reason=view.reason, resolved_at=view.resolved_at, decided_by=None, resolved_by=None,
    )  # fmt: skip


def case_item(view: views.CaseView) -> answers.CaseItem:
    return answers.CaseItem(**_of_case(view))


def case(view: views.CaseDetails) -> answers.Case:
    return answers.Case(
        **_of_case(view.case),
        reports=[report(one) for one in view.reports],
        reported=text(view.reported),
        today=text(view.today),
        notes=[note(one) for one in view.notes],
        decisions=[decision_for_staff(one) for one in view.decisions],
        appeals=[appeal_for_staff(one) for one in view.appeals],
        similar=[named(one) for one in view.similar],
    )


def _of_case(view: views.CaseView) -> dict[str, Any]:
    id = named(view.id)
    return {
        "id": id, "target": id, "kind": view.kind, "author": view.author, "thread": view.thread or None,
        "state": view.state, "version": view.version, "score": view.score, "report_count": view.reports,
        "categories": view.categories, "opened_at": view.opened_at, "changed_at": view.changed_at,
        "claimed_by": view.claimed_by, "claimed_until": view.claimed_until, "title": view.title,
        "excerpt": view.excerpt,
    }  # fmt: skip


def account_file(view: views.AccountFile) -> answers.AccountFile:
    strikes = [answers.Strike(**msgspec.structs.asdict(one)) for one in view.strikes]
    return answers.AccountFile(
        account=view.account, joined_at=view.joined_at, posts=view.posts, comments=view.comments,
        suspended=view.suspended, suspended_until=view.suspended_until, warnings=view.warnings, strikes=strikes,
        points=view.points, suggestion=view.suggestion, reporting_paused_until=view.reporting_paused_until,
        reporting_paused_reason=view.reporting_paused_reason,
        reports_upheld=view.reports_upheld, reports_dismissed=view.reports_dismissed,
        notes=[note(one) for one in view.notes],
        decisions=[decision_for_staff(one) for one in view.decisions],
        cases=[case_item(one) for one in view.cases],
    )  # fmt: skip
