"""Rules of the site: published whole by admins, numbered by their place, cited by the version that published them."""

from domain.errors import Forbidden, Invalid, Stale, Suspended
from domain.messages import Envelope
from domain.rights import OPERATOR
from domain.site.rules import PublishRules, Rule, RulesPublished
from tests.domain.case import AT, people

KIND = Rule(title="Be kind", text="Argue with the sentence,\nnot with the person.")
SOURCE = Rule(title="Say where it is from")
PUBLISH = PublishRules(rules=(KIND, SOURCE))
PUBLISHED = RulesPublished(rules=(KIND, SOURCE))


def test_an_admin_and_the_operator_publish_rules():
    people().when(PUBLISH, by="root").then(PUBLISHED)
    people().when(PUBLISH, by=OPERATOR).then(PUBLISHED)


def test_nobody_else_does():
    for by in ("ada", "mod", "nobody"):
        people().when(PUBLISH, by=by).refused(Forbidden)
    people().when(PUBLISH, by="sus").refused(Suspended)


def test_the_same_rules_again_are_no_event():
    people().given(PUBLISHED).when(PUBLISH, by="root").then()
    people().when(PublishRules(rules=()), by="root").then()


def test_rules_are_tidied_as_other_texts():
    rule = Rule(title="  Be \t kind ", text="one\r\ntwo")
    people().when(PublishRules(rules=(rule,)), by="root").then(
        RulesPublished(rules=(Rule(title="Be kind", text="one\ntwo"),))
    )


def test_all_of_them_can_be_taken_back():
    people().given(PUBLISHED).when(PublishRules(rules=()), by="root").then(RulesPublished(rules=()))


def test_every_wrong_field_is_named_by_the_number_of_its_rule():
    wrong = (KIND, Rule(title=" ", text="x" * 2_001), Rule(title="x" * 121))
    case = people().when(PublishRules(rules=wrong), by="root").refused(Invalid)
    assert isinstance(case.outcome, Invalid)
    assert case.outcome.fields == {
        "rules.2.title": "Title of rule 2 can't be empty.",
        "rules.2.text": "Text of rule 2 is 2,001 characters long; 2,000 is the most.",
        "rules.3.title": "Title of rule 3 is 121 characters long; 120 is the most.",
    }


def test_fifty_are_the_most():
    people().when(PublishRules(rules=(SOURCE,) * 50), by="root").then(RulesPublished(rules=(SOURCE,) * 50))
    people().when(PublishRules(rules=(SOURCE,) * 51), by="root").refused(Invalid, "50 rules are the most")


def test_rules_that_somebody_published_meanwhile_are_never_overwritten():
    case = people().given(PUBLISHED)
    receipts = []
    for seen in (0, 2, 1):
        try:
            sent = Envelope(actor="root", at=AT, seen=(seen,))
            receipts.append(case.bus.send(PublishRules(rules=(SOURCE,)), sent).version)
        except Stale as stale:
            receipts.append(-stale.version)
    assert receipts == [-1, -1, 2]


def test_how_many_rules_each_version_had_is_known():
    story = people().given(PUBLISHED, RulesPublished(rules=(KIND,)), RulesPublished(rules=()))
    assert story.bus.aggregates().site().rule_counts == {1: 2, 2: 1, 3: 0}
