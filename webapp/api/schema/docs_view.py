"""The OpenAPI document as text for the documentation page: operations by area, and types."""

from functools import cache
from typing import Any

import msgspec

from . import openapi

Schema = dict[str, Any]
_COMPONENT = "#/components/schemas/"


class Field(msgspec.Struct, frozen=True):
    """A field or a parameter. link names the type that its own leads to."""

    name: str
    type: str
    said: str
    place: str = ""
    link: str = ""


class Call(msgspec.Struct, frozen=True):
    """answers: status, what it means, and the name of its type where it is the good one."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    needs: str
    parameters: list[Field]
    body: str
    body_required: bool
    answers: list[tuple[str, str, str]]


class Type(msgspec.Struct, frozen=True):
    name: str
    description: str
    fields: list[Field]


@cache
def areas() -> dict[str, list[Call]]:
    """The calls by area, in the order of the table."""
    found: dict[str, list[Call]] = {}
    for path, methods in openapi.document()["paths"].items():
        for method, described in methods.items():
            found.setdefault(described["tags"][0].capitalize(), []).append(_call(path, method, described))
    return found


@cache
def types() -> list[Type]:
    components: Schema = openapi.document()["components"]["schemas"]
    return [_type(name, schema) for name, schema in sorted(components.items())]


def _call(path: str, method: str, described: Schema) -> Call:
    body = described.get("requestBody")
    return Call(
        id=described["operationId"],
        method=method.upper(),
        path=path,
        summary=described["summary"],
        description="" if described["description"].rstrip(".") == described["summary"] else described["description"],
        needs=_authorization_text(described["security"], described.get("x-scope", "")),
        parameters=[_parameter(parameter) for parameter in described["parameters"]],
        body=_reference_name(body["content"]["application/json"]["schema"]) if body else "",
        body_required=bool(body and body["required"]),
        answers=[_answer(status, answer) for status, answer in described["responses"].items()],
    )


def _authorization_text(security: list[Schema], scope: str) -> str:
    if not scope:
        return "Needs no token."
    needed = f"a token with the scope {scope}"
    return f"Public; with {needed} as yourself." if {} in security else f"Needs {needed}."


def _parameter(parameter: Schema) -> Field:
    schema = parameter["schema"]
    described = parameter.get("description") or schema.get("description", "")
    said = " ".join(part for part in (described, _default_text(schema)) if part)
    required = "" if parameter["in"] == "path" or not parameter["required"] else "Required. "
    return Field(name=parameter["name"], type=_type_text(schema), said=required + said, place=parameter["in"])


def _answer(status: str, answer: Schema) -> tuple[str, str, str]:
    schema = answer.get("content", {}).get("application/json", {}).get("schema")
    return status, answer["description"], _reference_name(schema) if schema else ""


def _type(name: str, schema: Schema) -> Type:
    required = schema.get("required", ())
    fields = [
        Field(name=field, type=_type_text(about), said=_field_text(about, field in required), link=_linked_type(about))
        for field, about in schema.get("properties", {}).items()
    ]
    return Type(name=name, description=schema.get("description", ""), fields=fields)


def _field_text(schema: Schema, required: bool) -> str:
    described = schema.get("description") or next(
        (one["description"] for one in schema.get("anyOf", ()) if "description" in one), ""
    )
    return " ".join(
        part for part in (described, "" if required else _default_text(schema) or "May be left out.") if part
    )


def _default_text(schema: Schema) -> str:
    default = schema.get("default")
    return f"{msgspec.json.encode(default).decode()} if left out." if default not in (None, "") else ""


def _type_text(schema: Schema) -> str:
    """A type in words, with its bounds."""
    if "$ref" in schema:
        return _reference_name(schema)
    if "anyOf" in schema:
        return " or ".join(_type_text(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(value or "null" for value in schema["enum"])
    types = schema.get("type", "anything")
    if isinstance(types, list):
        return " or ".join(_type_text(schema | {"type": one} if one != "null" else {"type": one}) for one in types)
    if types == "array":
        return f"list of {_type_text(schema.get('items', {}))}"
    words = types if types in ("integer", "number") else schema.get("format") or types
    return words + _bounds_text(schema)


def _bounds_text(schema: Schema) -> str:
    for least, most, unit in (("minimum", "maximum", ""), ("minLength", "maxLength", " characters")):
        if most in schema:
            return f", {schema.get(least, 0):,} to {schema[most]:,}{unit}"
        if least in schema:
            return f", {schema[least]:,} or more{unit}"
    return ""


def _linked_type(schema: Schema) -> str:
    inner = schema.get("items", schema)
    return _reference_name(inner) if "$ref" in inner else ""


def _reference_name(schema: Schema) -> str:
    return str(schema["$ref"]).removeprefix(_COMPONENT)
