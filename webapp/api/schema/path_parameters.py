"""The parameters in the paths of operations, as the OpenAPI document declares them."""

import re
from typing import Any

from domain import ids, text

Schema = dict[str, Any]
_NAMED = re.compile(r"\{(\w+)\}")
_UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_UUID_PATTERN = f"^{_UUID}$"
_SCHEMAS: dict[str, Schema] = {
    "id": {"type": "string", "format": "uuid", "pattern": _UUID_PATTERN},
    "delivery": {"type": "string", "format": "uuid", "pattern": _UUID_PATTERN},
    "handle": {
        "type": "string",
        "minLength": 1,
        "maxLength": text.MAX_HANDLE_CHARS,
        "pattern": "^[a-z0-9_][a-z0-9_-]*$",
    },
    "case": {
        "type": "string",
        "maxLength": len("comment-") + ids.LENGTH + text.MAX_HANDLE_CHARS,
        "pattern": f"^((post|comment)-{_UUID}|account-[a-z0-9_][a-z0-9_-]*)$",
        "description": "What it is about: post-<id>, comment-<id> or account-<handle>.",
    },
    "role": {"type": "string", "enum": ["moderator", "admin"]},
}


def described(path: str) -> list[Schema]:
    return [{"name": name, "in": "path", "required": True, "schema": _SCHEMAS[name]} for name in _NAMED.findall(path)]
