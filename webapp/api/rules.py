"""The site's rules: what stands, as any version published it, and publishing others."""

from typing import Annotated

from msgspec import Meta

from domain.errors import NotFound
from domain.site.rules import MAX_RULE_TEXT_CHARS, MAX_RULE_TITLE_CHARS, MAX_RULES, PublishRules, Rule
from readmodel.site.rules import SiteRules
from webapp.site.database import ask

from . import pagination
from .operations import Call, Operation, Reply
from .schema import fields, request_bodies, response_bodies

Title = Annotated[str, Meta(description="One line.", extra_json_schema={"maxLength": MAX_RULE_TITLE_CHARS})]
Text = Annotated[str, Meta(description="Markdown.", extra_json_schema={"maxLength": MAX_RULE_TEXT_CHARS})]
Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class RuleText(request_bodies.Request, frozen=True, kw_only=True):
    title: Title
    text: Text = ""


class RulesText(request_bodies.Request, frozen=True, kw_only=True):
    """All rules, in their order; an empty list takes them back."""

    rules: Annotated[list[RuleText], Meta(max_length=MAX_RULES)]


class OfVersion(request_bodies.Request, frozen=True, kw_only=True):
    """version left out: the rules that are in force."""

    version: Version | None = None


class NumberedRule(response_bodies.Answer, frozen=True, kw_only=True):
    number: Annotated[int, Meta(ge=1)]
    title: str
    text: str


class Rules(response_bodies.Answer, frozen=True, kw_only=True):
    """Rules as one version published them; 0 with nulls where none were published yet. erased: their words are gone.

    versions: all that there are, newest first."""

    version: fields.Count
    published_at: fields.Moment | None
    published_by: str | None
    erased: bool
    rules: list[NumberedRule]
    versions: list[int]


class PublishedRules(response_bodies.Answer, frozen=True, kw_only=True):
    """version: 0 where there were none before, and are none now."""

    id: fields.Id
    version: Annotated[int, Meta(ge=0)]


def show_rules(call: Call) -> Reply:
    """The site's rules. Decisions cite a rule by its number and a version, which `version` shows."""
    wanted: OfVersion = call.query
    found = ask(SiteRules(version=wanted.version))
    if found is None and wanted.version is not None:
        raise NotFound("There is no such version of the rules.")
    if found is None:
        none = Rules(version=0, published_at=None, published_by=None, erased=False, rules=[], versions=[])
        return Reply(none, {"ETag": '"0"'})
    numbered = [NumberedRule(number=at, title=one.title, text=one.text) for at, one in enumerate(found.rules, 1)]
    shown = Rules(
        version=found.version,
        published_at=found.published_at,
        published_by=found.published_by,
        erased=found.erased,
        rules=numbered,
        versions=list(found.versions),
    )
    return Reply(shown, {"ETag": f'"{found.version}"'})


def publish_rules(call: Call) -> Reply:
    """Publish other rules in place of those in force. If-Match names the version that you saw, "0" where there was
    none. For admins."""
    wanted: RulesText = call.body
    texts = tuple(Rule(title=one.title, text=one.text) for one in wanted.rules)
    return pagination.versioned(call.send(PublishRules(rules=texts)))


OPERATIONS = (
    Operation(
        method="GET", path="/rules", handler=show_rules, scope="read", public=True, query=OfVersion, answer=Rules,
        etag=True, refusals=(404,),
    ),
    Operation(
        method="PUT", path="/rules", handler=publish_rules, scope="moderate", body=RulesText,
        query=request_bodies.Waiting, answer=PublishedRules, edits=True, conditional=True, refusals=(409,),
    ),
)  # fmt: skip
