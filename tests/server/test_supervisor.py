"""bin/run's supervisor, run for real around a small stand-in site: what it starts, restarts, stops and refuses."""

import os
import signal
import socket
import subprocess
import time
import urllib.request

import pytest

from server import orphans
from tests.server.supervised_site import (
    SLOW_TO_IMPORT,
    STREAM,
    STUBBORN_WSGI,
    Site,
    alive,
    eventually,
    marked,
)
from tools.drill.processes import free_port


def test_it_migrates_starts_all_and_prints_the_address_and_first_steps(site: Site) -> None:
    site.start(WEB_WORKERS="1")
    site.ready()
    assert site.output.startswith("migrated\n")
    assert "projector | projecting" in site.output
    assert f"http://127.0.0.1:{site.port}/register" in site.output
    assert "bin/verbatim demo" in site.output


@pytest.mark.parametrize(("public_url", "times"), [("", 1), ("https://example.org", 0)])
def test_it_says_once_that_the_address_of_the_site_is_unknown(site: Site, public_url: str, times: int) -> None:
    site.start(WEB_WORKERS="2", PUBLIC_URL=public_url)
    site.ready()
    assert site.output.count("PUBLIC_URL isn't set") == times


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_children_and_it_exits_with_zero(site: Site, number: signal.Signals) -> None:
    process = site.start(WEB_WORKERS="1")
    site.ready()
    pids = [site.pid("web"), site.pid("projector"), site.pid("webhooks")]
    process.send_signal(number)
    assert process.wait(10) == 0
    assert not any(alive(pid) for pid in pids)
    assert not list((site.root / "data" / "run").glob("*.pid"))


def test_an_open_stream_does_not_hold_up_stopping(site: Site) -> None:
    (site.root / "webapp" / "wsgi.py").write_text(STREAM)
    process = site.start(WEB_WORKERS="1")
    site.ready()
    with urllib.request.urlopen(f"http://127.0.0.1:{site.port}/events", timeout=5) as stream:
        assert stream.readline() == b": beat\n"
        process.send_signal(signal.SIGINT)
        # Well under the eight seconds after which gunicorn would cut it.
        assert process.wait(5) == 0
    assert "did not stop in time" not in site.output


def test_a_killed_projector_is_started_again_and_the_web_is_left_alone(site: Site) -> None:
    site.start(WEB_WORKERS="1")
    site.ready()
    web, first = site.pid("web"), site.pid("projector")
    os.kill(first, signal.SIGKILL)
    eventually(lambda: site.pid("projector") != first)
    assert "projector was killed by SIGKILL; starting it again in 0.2 s." in site.output
    assert site.pid("web") == web
    assert alive(web)


def test_a_killed_web_server_serves_again_on_the_same_port(site: Site) -> None:
    site.start(WEB_WORKERS="2")
    site.ready()
    first = site.pid("web")
    os.kill(first, signal.SIGKILL)
    eventually(lambda: site.pid("web") != first)
    eventually(lambda: urllib.request.urlopen(f"http://127.0.0.1:{site.port}/readyz", timeout=1).status == 200)


def test_a_child_that_keeps_dying_is_started_ever_more_slowly(site: Site) -> None:
    (site.root / "projector" / "__main__.py").write_text("raise SystemExit(3)\n")
    site.start(WEB_WORKERS="1")
    eventually(lambda: "projector ended with code 3; starting it again in 0.8 s." in site.output)
    assert "starting it again in 0.2 s." in site.output
    assert "starting it again in 0.4 s." in site.output


def test_children_die_with_a_supervisor_that_is_killed(site: Site) -> None:
    process = site.start(WEB_WORKERS="1")
    site.ready()
    pids = [site.pid("web"), site.pid("projector"), site.pid("webhooks")]
    process.kill()
    process.wait()
    eventually(lambda: not any(alive(pid) for pid in pids))


def test_the_next_one_comes_up_whenever_the_supervisor_was_killed(site: Site) -> None:
    (site.root / "webapp" / "wsgi.py").write_text(SLOW_TO_IMPORT)
    for moment_s in (0.0, 0.1, 0.3, 0.6, 1.0, 1.5, 2.5):
        process = site.start()
        site.began(process)
        time.sleep(moment_s)
        process.kill()
        process.wait()
    site.start()
    site.ready()
    assert "Traceback" not in site.output


def test_orphans_that_heed_no_signal_are_killed_when_the_grace_is_over(site: Site) -> None:
    (site.root / "webapp" / "wsgi.py").write_text(STUBBORN_WSGI)
    supervise = site.root / "server" / "supervisor.py"
    supervise.write_text(supervise.read_text().replace("STOP_GRACE_S = 10.0", "STOP_GRACE_S = 1.0"))
    process = site.start(WEB_WORKERS="1")
    site.ready()
    process.kill()
    process.wait()
    next_one = site.start(WEB_WORKERS="1")
    site.ready()
    assert "left over from a bin/run that was killed" in site.output
    next_one.terminate()
    assert next_one.wait(10) == 0


def test_only_what_a_supervisor_of_the_same_folder_started_is_ended(site: Site) -> None:
    process = site.start(WEB_WORKERS="1")
    site.ready()
    (site.root / "elsewhere").mkdir()
    other = Site(site.root, free_port())
    other_folder = {"DATA_DIR": str(site.root / "elsewhere"), "WEB_WORKERS": "1"}
    neighbour = other.start(**other_folder)
    other.ready()
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        process.kill()
        process.wait()
        for name in ("web", "projector", "webhooks", "supervisor"):
            (site.root / "data" / "run" / f"{name}.pid").write_text(f"{stranger.pid}\n")
        site.start(WEB_WORKERS="1")
        site.ready()
        assert stranger.poll() is None
        assert neighbour.poll() is None
        assert urllib.request.urlopen(f"http://127.0.0.1:{other.port}/readyz", timeout=5).status == 200
    finally:
        for one in (stranger, neighbour):
            one.kill()
            one.wait()


def test_a_second_one_on_the_same_folder_and_port_harms_nothing(site: Site) -> None:
    process = site.start(WEB_WORKERS="1")
    site.ready()
    pids = [site.pid(name) for name in ("web", "projector", "webhooks")]
    second = Site(site.root, site.port)
    assert second.start(WEB_WORKERS="1").wait(10) == 1
    assert "Another bin/run works on" in second.output
    assert process.poll() is None
    assert [site.pid(name) for name in ("web", "projector", "webhooks")] == pids
    assert all(alive(pid) for pid in pids)


def test_orphans_are_found_by_ps_too_where_there_is_no_proc(site: Site) -> None:
    site.start(WEB_WORKERS="1")
    site.ready()
    mark = marked(site.pid("web")).partition("=")[2]
    found = {*orphans.find_by_ps(mark, "axwwe")}
    assert found == orphans.find(mark)
    assert {site.pid(name) for name in ("web", "projector", "webhooks")} < found


def test_a_second_signal_does_not_wait_for_a_stubborn_child(site: Site) -> None:
    process = site.start(WEB_WORKERS="1", STUBBORN="1")
    site.ready()
    projector = site.pid("projector")
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    assert process.wait(5) == 0
    assert not alive(projector)
    assert "projector did not stop in time and is killed." in site.output


def test_a_taken_port_is_named_with_the_way_out(site: Site) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", site.port))
        other.listen()
        assert site.start().wait(10) == 1
    assert f"Port {site.port} on 127.0.0.1 is taken" in site.output
    assert "PORT=" in site.output
    assert "migrated" not in site.output


def test_a_failed_migration_starts_nothing_and_keeps_its_code(site: Site) -> None:
    assert site.start(MIGRATE_CODE="4").wait(10) == 4
    assert "could not be made ready" in site.output
    assert "projecting" not in site.output


def test_two_on_one_data_folder_are_refused(site: Site) -> None:
    site.start(WEB_WORKERS="1")
    site.ready()
    second = Site(site.root, free_port())
    first_output = site.output
    assert second.start().wait(10) == 1
    assert "Another bin/run works on" in second.output
    assert first_output


@pytest.mark.parametrize("bad", [{"PORT": "eight"}, {"PORT": "70000"}, {"WEB_WORKERS": "0"}, {"WEB_THREADS": "-1"}])
def test_a_bad_setting_is_refused_by_name(site: Site, bad: dict[str, str]) -> None:
    assert site.start(**bad).wait(10) == 2
    (name, value), *_ = bad.items()
    assert site.output.startswith(f"{name} must be a whole number from")
    assert repr(value) in site.output
    assert "Traceback" not in site.output
