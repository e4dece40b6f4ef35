"""Settings from the environment, typed and read once. Only bootstrap imports this."""

import json
import os
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

import data_folder
import retention
from domain import web_address
from domain.signing import OldKey, SiteKeys, old_keys
from domain.text import handle_key, is_handle, whole_number

Value = TypeVar("Value")


class BadSetting(Exception):
    """An environment variable can't be used. The message names it and says what would be right."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting of the environment, with its defaults filled in (DESIGN §9).

    read_model_options go to create_engine as they are; event_log_url is "store:" for the embedded log.
    """

    port: int
    data_dir: Path
    keys: SiteKeys
    event_store_url: str
    event_log_url: str
    read_model_url: str
    read_model_options: dict[str, Any]
    log_format: str
    public_url: str
    rate_limits: bool
    cors_origins: tuple[str, ...]
    webhooks_may_call_private: bool
    reserved_handles: frozenset[str]
    free_handles: frozenset[str]
    trusted_proxies: int
    security_contact: str
    metrics_token: str
    retention: retention.Retention
    leave_after: timedelta

    @property
    def embedded_store(self) -> bool:
        return self.event_store_url.startswith("sqlite:")

    @property
    def local_url(self) -> str:
        """Where this machine itself reaches the site."""
        return f"http://localhost:{self.port}"

    @property
    def address(self) -> str:
        """Where people reach the site, else where this machine does."""
        return self.public_url or self.local_url

    @property
    def event_source(self) -> str:
        """The absolute `source` of this site's events, wherever they are told."""
        return f"{self.address}/api/v1/events"


def read(environ: Mapping[str, str] = os.environ) -> Settings:
    """Reads the environment. Raises BadSetting at the first value that can't be used."""
    try:
        data_dir = data_folder.located(environ, Path("data"))
        kept, leave_after = retention.read(environ), retention.read_leave_after(environ)
    except (data_folder.NotText, retention.NoSpan) as error:
        raise BadSetting(str(error)) from error
    stores = ("sqlite:///", "mongodb://", "mongodb+srv://")
    store_url = _url(environ, "EVENT_STORE_URL", f"sqlite:///{data_dir / 'events.db'}", stores)
    embedded = store_url.startswith("sqlite:")
    log_url = _url(environ, "EVENT_LOG_URL", "store:", ("store:", "kafka://"))
    if log_url == "store:" and not embedded:
        raise BadSetting("EVENT_LOG_URL must be kafka://host:port/topic when EVENT_STORE_URL is MongoDB.")
    if log_url != "store:" and embedded:
        raise BadSetting("EVENT_LOG_URL must be store: (or not set) when EVENT_STORE_URL is SQLite.")
    if log_url != "store:" and not re.fullmatch(r"kafka://[^/\s]+/[A-Za-z0-9._-]+(\?[a-z0-9._=&-]*)?", log_url):
        raise BadSetting("EVENT_LOG_URL must look like kafka://host:port,host:port/topic.")
    reserved_handles, free_handles = _handles(environ)
    return Settings(
        port=_number(environ, "PORT", 8000, 1, 65535),
        data_dir=data_dir,
        keys=SiteKeys(environ.get("SECRET_KEY") or _kept_secret(data_dir, embedded), _old_keys(environ)),
        event_store_url=store_url,
        event_log_url=log_url,
        read_model_url=_url(
            environ, "READ_MODEL_URL", _sqlite_url(data_dir / "read.db"), ("sqlite:///", "mssql+pyodbc://")
        ),
        read_model_options=_options(environ),
        log_format=_one_of(environ, "LOG_FORMAT", ("text", "json")),
        public_url=_public(environ),
        rate_limits=_one_of(environ, "RATE_LIMITS", ("on", "off")) == "on",
        cors_origins=_origins(environ),
        webhooks_may_call_private=_one_of(environ, "WEBHOOKS_MAY_CALL", ("public", "private")) == "private",
        reserved_handles=reserved_handles,
        free_handles=free_handles,
        trusted_proxies=_number(environ, "TRUSTED_PROXIES", 0, 0, 1),
        security_contact=_contact(environ),
        metrics_token=_metrics_token(environ),
        retention=kept,
        leave_after=leave_after,
    )


def _number(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    value = environ.get(name) or str(default)
    found = whole_number(value)
    if found is None or not least <= found <= most:
        raise BadSetting(f"{name} must be a whole number from {least} to {most}; it is {value!r}.")
    return found


def _one_of(environ: Mapping[str, str], name: str, values: tuple[str, ...]) -> str:
    value = environ.get(name) or values[0]
    if value not in values:
        raise BadSetting(f"{name} must be {' or '.join(values)}; it is {value!r}.")
    return value


def _url(environ: Mapping[str, str], name: str, default: str, starts: tuple[str, ...]) -> str:
    value = environ.get(name) or default
    if not value.startswith(starts):
        raise BadSetting(f"{name} must start with {' or '.join(starts)}; it is {_without_password(value)!r}.")
    return value


def _sqlite_url(path: Path) -> str:
    """Of a file whose name may hold what a URL gives a meaning."""
    return f"sqlite:///{quote(str(path))}"


def _without_password(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//…@", url)


def _public(environ: Mapping[str, str]) -> str:
    value = (environ.get("PUBLIC_URL") or "").rstrip("/").lower()
    if not value:
        return ""
    if problem := _origin_problem(value):
        raise BadSetting(f"PUBLIC_URL must be the site's whole address, such as https://example.org, {problem}.")
    return value


def _origin_problem(value: str) -> str:
    """What keeps it from being an origin; "" for nothing. Without the value where that may hold a password."""
    if "@" in value:
        return "without a name or password in it"
    if "?" in value or "#" in value:
        return f"without what follows ? or #; it is {value!r}"
    if not _has_possible_host(value):
        return f"and {value!r} is none"
    if urlsplit(value).path:
        return f"without a path: the site is served at the root of its host; it is {value!r}"
    return ""


def _has_possible_host(value: str) -> bool:
    """Beside what a link may lead to: no label begins or ends with a hyphen, since none such gets a certificate."""
    address = web_address.parse(value)
    if address is None or address.scheme not in ("http", "https") or not value.isprintable() or " " in value:
        return False
    parts = urlsplit(value)
    hyphens = any(label.startswith("-") or label.endswith("-") for label in address.host.split("."))
    return not hyphens and parts.port != 0 and not parts.netloc.endswith(":")


def _origins(environ: Mapping[str, str]) -> tuple[str, ...]:
    origins = tuple(origin for origin in re.split(r"[,\s]+", (environ.get("CORS_ORIGINS") or "").lower()) if origin)
    for origin in origins:
        if _origin_problem(origin):
            named = _without_password(origin)
            raise BadSetting(f"CORS_ORIGINS must be like https://a.example,https://b.example; {named!r} is no origin.")
    return origins


def _handles(environ: Mapping[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    """RESERVED_HANDLES, with commas or blanks between: handles that nobody may register, and with a minus before them
    those that anybody may though they are reserved by default."""
    typed = [name for name in re.split(r"[,\s]+", environ.get("RESERVED_HANDLES") or "") if name]
    for name in typed:
        if not is_handle(handle_key(name.removeprefix("-"))):
            raise BadSetting(f"RESERVED_HANDLES must be handles with commas between; {name!r} can't be one.")
    reserved = frozenset(handle_key(name) for name in typed if not name.startswith("-"))
    free = frozenset(handle_key(name[1:]) for name in typed if name.startswith("-"))
    for name in sorted(reserved & free):
        raise BadSetting(f"RESERVED_HANDLES must name a handle with a minus or without; {name!r} is both.")
    return reserved, free


def _options(environ: Mapping[str, str]) -> dict[str, Any]:
    value = environ.get("READ_MODEL_OPTIONS") or "{}"
    try:
        options = json.loads(value)
    except ValueError as error:
        raise BadSetting(f"READ_MODEL_OPTIONS must be a JSON object; {error}.") from error
    if not isinstance(options, dict):
        raise BadSetting(f'READ_MODEL_OPTIONS must be a JSON object such as {{"pool_size": 20}}; it is {value!r}.')
    return options


def _old_keys(environ: Mapping[str, str]) -> tuple[OldKey, ...]:
    try:
        return old_keys(environ.get("SECRET_KEYS") or "")
    except ValueError as error:
        raise BadSetting(
            "SECRET_KEYS must say until which day each old key counts, as 2026-12-31:KEY,2027-01-31:KEY; one entry "
            "says no such day, or no key."
        ) from error


def _kept_secret(data_dir: Path, embedded: bool) -> str:
    """The secret key in DATA_DIR, generated once, readable by its owner only."""
    if not embedded:
        raise BadSetting("SECRET_KEY must be set when EVENT_STORE_URL is a server: any long random text.")
    return _with_os_errors("DATA_DIR", lambda: data_folder.secret(data_dir / "secret_key"))


def _with_os_errors(name: str, action: Callable[[], Value]) -> Value:
    try:
        return action()
    except OSError as error:
        raise BadSetting(f"{name} must be a folder that can be written to; {error}.") from error


def _contact(environ: Mapping[str, str]) -> str:
    """SECURITY_CONTACT: where reports of security holes go, as RFC 9116 has it: an https: or mailto: address."""
    value = environ.get("SECURITY_CONTACT") or ""
    if value and not re.fullmatch(r"mailto:[^\s@<>\"]+@[^\s@<>\"]+|https://[^\s<>\"]+", value):
        raise BadSetting(f"SECURITY_CONTACT must be mailto:somebody@example.org or https://…; it is {value!r}.")
    return value


def _metrics_token(environ: Mapping[str, str]) -> str:
    """METRICS_TOKEN: what a program on another machine shows to read /metrics and /readyz."""
    value = environ.get("METRICS_TOKEN") or ""
    if value and not re.fullmatch(r"[!-~]{16,}", value):
        raise BadSetting("METRICS_TOKEN must have at least 16 characters, ASCII and without blanks.")
    return value
