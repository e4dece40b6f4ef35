"""The moderation desk: reports, the queue of cases, decisions, appeals, and people's files."""

from . import appeals, batches, cases, deciding, people, queue, reporting, reports, statements

BLUEPRINTS = (
    reporting.bp,
    reports.bp,
    queue.bp,
    cases.bp,
    deciding.bp,
    batches.bp,
    statements.bp,
    appeals.bp,
    people.bp,
)
