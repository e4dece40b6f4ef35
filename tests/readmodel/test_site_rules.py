"""Rules by version: the newest by default, each with its number, and all versions newest first."""

from domain.rights import OPERATOR
from domain.site.rules import PublishRules, Rule
from readmodel.engine.queries import Moderations
from readmodel.site.rules import RulesHistory, SiteRules
from tests.readmodel.site import Site

KIND, SOURCE = Rule(title="Be kind", text="Always."), Rule(title="Say where it is from")


def test_each_version_is_kept_whole(site: Site) -> None:
    assert site.ask(SiteRules()) is None
    site.send(PublishRules(rules=(KIND,)), OPERATOR)
    site.send(PublishRules(rules=(SOURCE, KIND)), OPERATOR)
    newest, first = site.ask(SiteRules()), site.ask(SiteRules(version=1))
    assert (newest.version, newest.rules, newest.versions) == (2, (SOURCE, KIND), (2, 1))
    assert (first.version, first.rules, first.published_by) == (1, (KIND,), OPERATOR)
    assert site.ask(SiteRules(version=3)) is None
    assert [view.version for view in site.ask(RulesHistory())] == [2, 1]
    assert [view.version for view in site.ask(RulesHistory(before=2))] == [1]
    assert [item.type for item in site.ask(Moderations(limit=2)).items] == ["RulesPublished", "RulesPublished"]
