"""Makes schemas of which generators of clients make what is meant: oapi-codegen for Go, openapi-generator for Java.

An enum without a type becomes interface{}, a null for a default a class that is a map, anyOf with null a union type.
"""

from typing import Any

NULL = {"type": "null"}
INT32_MAX = 2**31 - 1


def portable(schema: Any) -> Any:
    """The same schema, said more plainly."""
    if isinstance(schema, list):
        return [portable(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: portable(value) for name, value in _nullable(schema).items()}
    if found.get("default", "") is None:
        del found["default"]
    if isinstance(found.get("enum"), list):
        found = {"type": "string", **found}
    if found.get("type") in ("integer", ["integer", "null"]):
        found.setdefault("format", "int32" if found.get("maximum", INT32_MAX + 1) <= INT32_MAX else "int64")
    if found.get("type") == "number":
        found.setdefault("format", "double")
    return found


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """What may be null or of one type, with both in `type`."""
    choices = schema.get("anyOf")
    if not isinstance(choices, list) or len(choices) != 2 or NULL not in choices:
        return schema
    (one,) = (choice for choice in choices if choice != NULL)
    around = {name: value for name, value in schema.items() if name != "anyOf"}
    if "enum" in one:
        return {**one, **around, "type": ["string", "null"], "enum": [*one["enum"], None]}
    if not isinstance(one.get("type"), str):
        return schema
    return {**one, **around, "type": [one["type"], "null"]}
