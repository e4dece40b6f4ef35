"""The rows of the catalogue about bulk removals, which are told of as one act about their account."""

from domain.errors import Sentence
from domain.moderation import bulk

from .act import Act, Final, Told

ACTS: tuple[Act, ...] = (
    Act(
        subject="account", command=bulk.OrderBulkRemoval, event=bulk.BulkRemovalOrdered, by="moderator",
        changes="batch", to=None, undo=Final("The batch's page has a button for that."),
        name=Sentence("Bulk removal ordered"), badge=None, form=None,
        told=Told(
            history=None, log=Sentence("%(who)s removed what [%(name)s] wrote in a period"),
            owner=Sentence("%(who)s removed what [you] wrote in a period"),
        ),
    ),
    Act(
        subject="account", command=bulk.TakeBackBulkRemoval, event=bulk.BulkRemovalTakenBack, by="moderator",
        changes="batch", to=None, undo=Final("Another batch may remove it again."),
        name=Sentence("Bulk removal taken back"), badge=None, form=None,
        told=Told(
            history=None, log=Sentence("%(who)s restored what had been removed in bulk of [%(name)s]"),
            owner=Sentence("%(who)s restored what had been removed in bulk of [what you wrote]"),
        ),
    ),
    Act(
        subject="account", command=bulk.EraseBatchReasons, event=bulk.BatchReasonsErased, by="nobody",
        changes="batch", to=None, undo=Final("Whoever gave them has left."), name=Sentence("Reasons erased"),
        badge=None, form=None,
        told=Told(
            history=None, log=Sentence("%(who)s left, and their reasons about [%(name)s] went with them"), owner=None,
        ),
    ),
)  # fmt: skip
