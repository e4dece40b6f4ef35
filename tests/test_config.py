"""The environment: a bad value is refused at start, by name, with what would be right."""

import os
import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

import config
from config import BadSetting
from domain.signing import OldKey
from readmodel.generations.generations import Generations
from retention import Retention


def _read(tmp_path: Path, **environ: str) -> config.Settings:
    return config.read({"DATA_DIR": str(tmp_path / "data"), **environ})


def test_everything_has_a_default(tmp_path: Path) -> None:
    settings = _read(tmp_path)
    assert (settings.port, settings.event_log_url, settings.rate_limits) == (8000, "store:", True)
    assert settings.event_store_url == f"sqlite:///{tmp_path / 'data' / 'events.db'}"
    assert settings.read_model_url == f"sqlite:///{tmp_path / 'data' / 'read.db'}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "８０"),
        ("EVENT_STORE_URL", "postgres://x"),
        ("EVENT_LOG_URL", "kafka://nowhere"),
        ("READ_MODEL_URL", "mysql://x"),
        ("READ_MODEL_OPTIONS", "{"),
        ("READ_MODEL_OPTIONS", "[1]"),
        ("LOG_FORMAT", "xml"),
        ("PUBLIC_URL", "example.org"),
        ("PUBLIC_URL", "https://example.org/forum"),
        ("PUBLIC_URL", "https://example.org?a=b"),
        ("PUBLIC_URL", "https://example.org/#top"),
        ("PUBLIC_URL", "https://mira:hunter2@example.org"),
        ("PUBLIC_URL", "https://[::1"),
        ("PUBLIC_URL", "https://exa mple.org"),
        ("PUBLIC_URL", "https://[v1.x]"),
        ("PUBLIC_URL", "https://a..b"),
        ("PUBLIC_URL", "https://-a.example"),
        ("PUBLIC_URL", "https://a-.example"),
        ("PUBLIC_URL", "https://exa\\mple.org"),
        ("PUBLIC_URL", "https://256.1.1.1"),
        ("PUBLIC_URL", "https://example.org:0"),
        ("PUBLIC_URL", "https://example.org:99999"),
        ("PUBLIC_URL", "https://example.org:"),
        ("PUBLIC_URL", "ftp://example.org"),
        ("RESERVED_HANDLES", "two words,ok,--no"),
        ("RESERVED_HANDLES", "-"),
        ("RATE_LIMITS", "maybe"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://a.example/path"),
        ("CORS_ORIGINS", "https://a..b"),
        ("CORS_ORIGINS", "https://a.example:99999"),
        ("KEEP_SESSIONS", "30"),
        ("KEEP_LOGS", "for ever"),
        ("KEEP_DRAFTS", "0d"),
        ("KEEP_DELIVERIES", "59m"),
        ("KEEP_TAKEOUTS", "3651d"),
        ("LEAVE_AFTER", "366d"),
        ("LEAVE_AFTER", "soon"),
        ("KEEP_BACKUPS", "٣d"),
    ],
)
def test_a_bad_value_is_refused_by_name_with_what_would_be_right(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=rf"^{name} must .+"):
        _read(tmp_path, **{name: value})


def test_how_long_things_are_kept_is_set_by_kind(tmp_path: Path) -> None:
    assert _read(tmp_path).retention == Retention()
    kept = _read(tmp_path, KEEP_SESSIONS="12h", KEEP_LOGS="14d", KEEP_DRAFTS="").retention
    assert (kept.sessions, kept.logs, kept.drafts) == (timedelta(hours=12), timedelta(days=14), Retention().drafts)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000",
        "https://[::1]:8443",
        "http://192.0.2.1",
        "https://my_host.lan",
        "https://bücher.example",
    ],
)
def test_a_possible_host_is_a_public_url(tmp_path: Path, url: str) -> None:
    settings = _read(tmp_path, PUBLIC_URL=f"{url}/", CORS_ORIGINS=url)
    assert (settings.public_url, settings.cors_origins) == (url, (url,))


def test_an_origin_is_as_browsers_write_it(tmp_path: Path) -> None:
    """Whether cookies are Secure is told by its beginning, and an Origin header is compared with it."""
    settings = _read(tmp_path, PUBLIC_URL="HTTPS://Example.ORG", CORS_ORIGINS="Https://A.example")
    assert (settings.public_url, settings.cors_origins) == ("https://example.org", ("https://a.example",))


def test_a_server_store_needs_a_key_and_a_kafka_log(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="EVENT_LOG_URL"):
        _read(tmp_path, EVENT_STORE_URL="mongodb://h/db")
    with pytest.raises(BadSetting, match="SECRET_KEY"):
        _read(tmp_path, EVENT_STORE_URL="mongodb://h/db", EVENT_LOG_URL="kafka://h:9092/verbatim.commits")


def test_a_refusal_shows_no_password(tmp_path: Path) -> None:
    with pytest.raises(BadSetting) as refused:
        _read(tmp_path, READ_MODEL_URL="mysql://sa:hunter2@host/db")
    assert "hunter2" not in str(refused.value)


def test_the_embedded_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    first = _read(tmp_path).keys.current
    assert len(first) == 64
    assert _read(tmp_path).keys.current == first
    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(BadSetting, match=r"^DATA_DIR must"):
        _read(tmp_path)


@pytest.mark.parametrize("host", ["example.org", "[::1"])
@pytest.mark.parametrize("name", ["PUBLIC_URL", "CORS_ORIGINS"])
def test_an_origin_is_refused_without_its_password(tmp_path: Path, name: str, host: str) -> None:
    with pytest.raises(BadSetting) as refused:
        _read(tmp_path, **{name: f"https://mira:hunter2@{host}"})
    assert "hunter2" not in str(refused.value)


def test_a_data_folder_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="text in UTF-8"):
        _read(tmp_path, DATA_DIR=os.fsdecode(b"/tmp/caf\xe9"))


@pytest.mark.parametrize("name", ["50% off", "what?", "a#b", "%41", "a b&c=d"])
def test_a_data_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    settings = _read(tmp_path, DATA_DIR=str(tmp_path / name))
    with closing(Generations(settings.read_model_url)) as generations:
        generations.migrate()
        generations.live()
    assert {path.name for path in (tmp_path / name).iterdir()} >= {"read.db", "read-1.db"}
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_contact_for_security_is_an_address_for_people(tmp_path: Path) -> None:
    assert _read(tmp_path).security_contact == ""
    for contact in ("mailto:security@example.org", "https://example.org/report"):
        assert _read(tmp_path, SECURITY_CONTACT=contact).security_contact == contact
    for contact in ("security@example.org", "http://example.org", "mailto:a@b\nExpires: never", "javascript:alert(1)"):
        with pytest.raises(BadSetting, match="SECURITY_CONTACT"):
            _read(tmp_path, SECURITY_CONTACT=contact)


def test_handles_are_reserved_and_set_free_by_name(tmp_path: Path) -> None:
    settings = _read(tmp_path, RESERVED_HANDLES="Mayor, @bot9 -Admin,-@support")
    assert (settings.reserved_handles, settings.free_handles) == ({"mayor", "bot9"}, {"admin", "support"})
    with pytest.raises(BadSetting, match=r"RESERVED_HANDLES must .* 'mayor' is both"):
        _read(tmp_path, RESERVED_HANDLES="mayor,-Mayor")


def test_older_keys_count_to_the_end_of_a_day(tmp_path: Path) -> None:
    found = _read(tmp_path, SECRET_KEYS="2026-12-31:one,two:three,2027-01-31:four").keys
    assert found.old == (
        OldKey("one,two:three", "2026-12-31T23:59:59.999999Z"),
        OldKey("four", "2027-01-31T23:59:59.999999Z"),
    )
    assert found.still_accepted("2026-12-31T23:59:59.000000Z") == ["one,two:three", "four"]
    assert found.still_accepted("2027-01-01T00:00:00.000000Z") == ["four"]
    assert found.accepted("2028-01-01T00:00:00.000000Z") == [found.current]


@pytest.mark.parametrize("keys", ["old", "2026-12-31", "2026-12-31:", "2026-13-01:old", "tomorrow:old", ":old"])
def test_an_older_key_says_until_when_it_counts_and_isnt_shown(tmp_path: Path, keys: str) -> None:
    with pytest.raises(BadSetting, match="SECRET_KEYS must say until which day") as refused:
        _read(tmp_path, SECRET_KEYS=keys)
    assert "old" not in str(refused.value).replace("old key", "")
