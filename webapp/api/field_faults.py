"""Validation errors of a call's fields, as sentences for people, by the field's type."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from domain import text


def fault(name: str, value: Any, type: Any, *, strict: bool) -> str:
    """What is wrong with a value; "" where its type takes it. strict False: it is a parameter, which is always text."""
    try:
        found = msgspec.convert(value, type, strict=strict)
    except msgspec.ValidationError:
        return _type_fault(_name(name), value, inspect.type_info(type), strict)
    return _limit_fault(name, found, inspect.type_info(type))


def limit_faults(found: msgspec.Struct) -> dict[str, str]:
    """Field → sentence for each text of a body that is too long or too short once it is tidied as it will be stored."""
    said = {name: _limit_fault(name, getattr(found, name), info) for name, info in _limited(type(found))}
    return {name: sentence for name, sentence in said.items() if sentence}


@cache
def _limited(kind: type[msgspec.Struct]) -> list[tuple[str, inspect.Type]]:
    fields = ((field.name, inspect.type_info(field.type)) for field in msgspec.structs.fields(kind))
    return [(name, info) for name, info in fields if "tidied" in _extra(info)]


def _limit_fault(name: str, value: Any, info: inspect.Type) -> str:
    extra = _extra(info)
    if "tidied" not in extra or not isinstance(value, str):
        return ""
    length = len(text.tidied(value, extra["tidied"], extra["max"]))
    if length > extra["max"]:
        return text.too_long(name, length, extra["max"])
    return f"{_name(name)} can't be empty." if length < extra["min"] else ""


def _type_fault(name: str, value: Any, info: inspect.Type, strict: bool) -> str:
    extra, info = _extra(info), _plain(info)
    if value is None:
        return f"{name} can't be null."
    if "fault" in extra and isinstance(value, str):
        return f"{name} {extra['fault']}."
    match info:
        case inspect.StrType():
            return _text_fault(name, value, info)
        case inspect.IntType():
            return f"{name} must be a whole number{_range(info)}."
        case inspect.LiteralType():
            return f"{name} must be {_choice([str(one) for one in info.values])}."
        case inspect.ListType():
            return _list_fault(name, value, info, strict)
    return f"{name} can't be taken as it is."


def _text_fault(name: str, value: Any, info: inspect.StrType) -> str:
    if not isinstance(value, str):
        return f"{name} must be text."
    if info.max_length is not None and len(value) > info.max_length:
        return text.too_long(name, len(value), info.max_length)
    if info.min_length is not None and len(value) < info.min_length:
        if not value:
            return f"{name} can't be empty."
        return f"{name} is {len(value):,} characters long; {info.min_length:,} is the least."
    return f"{name} isn't written as it must be."


def _range(info: inspect.IntType) -> str:
    if info.ge is None:
        return ""
    return f" of at least {info.ge:,}" if info.le is None else f" from {info.ge:,} to {info.le:,}"


def _list_fault(name: str, value: Any, info: inspect.ListType, strict: bool) -> str:
    if not isinstance(value, list):
        return f"{name} must be a list."
    if info.max_length is not None and len(value) > info.max_length:
        return f"{name} may hold {info.max_length} values; {len(value):,} came."
    if len(value) < (info.min_length or 0):
        return f"{name} must hold something, or be left out."
    return next(_wrong_items(name, value, info.item_type, strict), f"{name} can't be taken as it is.")


def _wrong_items(name: str, values: list[Any], item: inspect.Type, strict: bool) -> Iterator[str]:
    plain = _plain(item)
    for value in values:
        if isinstance(plain, inspect.LiteralType) and value in plain.values:
            continue
        yield _type_fault(f"Each of {name.lower()}", value, item, strict)


def _choice(values: list[str]) -> str:
    return f"one of: {', '.join(values)}" if len(values) > 1 else values[0]


def _extra(info: inspect.Type) -> dict[str, Any]:
    """What fields.py says about a type beyond msgspec's own."""
    if isinstance(info, inspect.UnionType):
        return _extra(_one(info))
    return (info.extra or {}) if isinstance(info, inspect.Metadata) else {}


def _plain(info: inspect.Type) -> inspect.Type:
    if isinstance(info, inspect.UnionType):
        return _plain(_one(info))
    return _plain(info.type) if isinstance(info, inspect.Metadata) else info


def _one(info: inspect.UnionType) -> inspect.Type:
    """What it may be beside null."""
    return next(one for one in info.types if not isinstance(one, inspect.NoneType))


def _name(field: str) -> str:
    return field.replace("_", " ").capitalize()
