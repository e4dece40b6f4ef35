"""The rows of the catalogue about the site itself, which has no owner who could be told."""

from domain.errors import Sentence
from domain.site import newcomers, rules

from .act import Act, Final, Told

ACTS: tuple[Act, ...] = (
    Act(
        subject="site", command=rules.PublishRules, event=rules.RulesPublished, by="admin",
        changes="rules", to=None, undo=Final("An admin publishes the earlier ones again."),
        name=Sentence("Rules published"), badge=None, form=None,
        told=Told(
            history=Sentence("%(who)s published these rules"), log=Sentence("%(who)s published [the site’s rules]"),
            owner=None,
        ),
    ),
    Act(
        subject="site", command=newcomers.SetNewcomerLimits, event=newcomers.NewcomerLimitsSet, by="admin",
        changes="newcomers", to=None, undo=Final("An admin sets the earlier ones again."),
        name=Sentence("Limits for new accounts set"), badge=None, form=None,
        told=Told(
            history=Sentence("%(who)s set these limits for new accounts"),
            log=Sentence("%(who)s set [the limits for new accounts]"), owner=None,
        ),
    ),
)  # fmt: skip
