"""What people do, through the proxy and over TLS, and what the proxy keeps to itself."""

import http.client
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from queue import Queue

import pytest

from tests.images.traveller import Traveller
from tools.images.people import People
from tools.images.site import HOST, Site, wait_for

LONG = "Ein langer Text, der ganz bleibt: äöü € 🙂. " * 950
PATIENCE_S = 60.0
UID = 10001
"""Whose the processes in the image are."""


@pytest.fixture(scope="module")
def mira(people: People) -> Iterator[Traveller]:
    with closing(people.person(Traveller)) as one:
        one.register()
        yield one


def get(site: Site, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
    """A stranger's request over TLS, with the certificate checked: status and text."""
    with closing(http.client.HTTPSConnection(HOST, site.https_port, timeout=20, context=site.certificate())) as line:
        line.request("GET", path, headers=dict(headers or {}))
        response = line.getresponse()
        return response.status, response.read().decode()


def test_what_is_published_and_edited_is_shown_with_its_history(site: Site, mira: Traveller) -> None:
    post = mira.publish("In a container", "the first text")
    mira.edit(post, "the second text")

    assert "the second text" in mira.get(f"/posts/{post}").html
    status, history = get(site, f"/posts/{post}/history")
    assert status == 200
    assert "first" in history


def test_a_long_text_comes_through_whole(site: Site, mira: Traveller) -> None:
    text = LONG[:39_000]
    post = mira.publish("A long one", text)

    status, answer = get(site, f"/api/v1/posts/{post}")
    assert status == 200
    assert len(answer) > 39_000
    assert text.strip()[-200:] in answer


def test_german_is_spoken_to_whoever_asks_for_it(site: Site) -> None:
    german, english = (get(site, "/", {"Accept-Language": language})[1] for language in ("de", "en"))

    assert '<html lang="de"' in german
    assert "Registrieren" in german
    assert '<html lang="en"' in english


def test_a_reader_is_told_at_once_of_what_another_says(site: Site, mira: Traveller) -> None:
    post = mira.publish("Live", "somebody watches")
    told: Queue[str] = Queue()
    with closing(http.client.HTTPSConnection(HOST, site.https_port, timeout=60, context=site.certificate())) as line:
        line.request("GET", f"/live/posts/{post}", headers={"Accept": "text/event-stream"})
        stream = line.getresponse()
        assert stream.status == 200
        reading = threading.Thread(target=_read, args=(stream, told), daemon=True)
        reading.start()
        told.get(timeout=PATIENCE_S)
        while not told.empty():
            told.get()
        mira.comment(post, "something new")
        assert told.get(timeout=PATIENCE_S)


def _read(stream: http.client.HTTPResponse, told: "Queue[str]") -> None:
    try:
        for line in iter(stream.readline, b""):
            if line.startswith((b"data:", b"id:", b"retry:")):
                told.put(line.decode())
    except (OSError, ValueError, AttributeError):
        return


def test_over_plain_http_one_is_led_to_the_encrypted_site(site: Site) -> None:
    with closing(http.client.HTTPConnection(HOST, site.http_port, timeout=20)) as line:
        line.request("GET", "/about", headers={"Host": HOST})
        response = line.getresponse()

    assert response.status == 308
    assert response.getheader("Location", "").startswith(f"https://{HOST}")


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "//metrics", "/%6detrics", "/./metrics", "/METRICS"])
def test_counts_are_refused_from_outside(site: Site, path: str) -> None:
    status, text = get(site, path)

    assert status in (301, 308, 404)
    assert "verbatim_" not in text
    assert "python_info" not in text


def test_counts_are_there_for_whoever_is_inside(site: Site) -> None:
    asked = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8000/metrics').read().decode())"

    assert "# HELP" in site.execute("web", "python", "-c", asked)


def test_a_backup_is_made_beside_the_running_site_and_rehearsed(site: Site, mira: Traveller) -> None:
    """By containers of their own, as docs/production.md has it."""
    post = mira.publish("Kept", "for the backup")
    wait_for("the post to be shown", lambda: "for the backup" in mira.get(f"/posts/{post}").html, PATIENCE_S)
    folder = site.folder / "backups"
    folder.mkdir(mode=0o700)
    os.chown(folder, UID, UID)
    mounts = [f"{folder}:/backups"]

    made = site.run("python", "-m", "cli", "backup", "/backups/site", mounts=mounts)
    rehearsed = site.run("python", "-m", "cli", "restore", "/backups/site", "--rehearse", mounts=mounts)

    assert "it reaches position" in made
    assert "Everything in it is as it is on the live site." in rehearsed
    assert list((folder / "site").glob("*/manifest.json"))
    assert (folder / "site.erasures").exists()
