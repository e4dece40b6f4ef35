"""While people write: scaled, rolled over to another build, killed one by one and all at once, cut off, down and up.

The order of these tests is that of the story: each leaves the site as the next one needs it.
"""

import os
import random
import signal
import subprocess
from contextlib import closing
from pathlib import Path

from tests.images.traveller import Traveller
from tools.images.cut_drill import SCALE, cut_off
from tools.images.cuts import CUTS
from tools.images.docker import docker
from tools.images.people import People
from tools.images.settings import variables
from tools.images.site import Site, wait_for
from tools.images.verdicts import summary, verdict

START_TIMEOUT_S = 180.0
NEXT_BUILD = "<!-- the next build -->"
COUNTED = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8000/metrics').read().decode())"


def healthy(site: Site) -> bool:
    states = [one["State"] for one in site.inspected() if site.service_of(one) != "migrate"]
    return all(state["Running"] and state["Health"]["Status"] == "healthy" for state in states)


def nothing_is_wrong(site: Site, ledgers: Path) -> bool:
    found = verdict(site, ledgers)
    print(summary(found))
    return found.clean


def test_it_grows_while_people_write_and_every_web_container_answers(site: Site, people: People, ledgers: Path) -> None:
    with people.writing() as failed:
        site.compose("up", "-d", "--wait", "--no-recreate", *SCALE)
        webs = site.containers("web")
        assert len(webs) == 2
        assert len(site.containers("projector")) == 3
        wait_for("requests to each", lambda: all(serves(one) for one in webs), START_TIMEOUT_S)

    assert failed == []
    assert nothing_is_wrong(site, ledgers)


def serves(container: str) -> bool:
    return 'endpoint="posts.show"' in docker("exec", container, "python", "-c", COUNTED)


def test_another_build_is_rolled_out_without_a_failed_request(site: Site, people: People, ledgers: Path) -> None:
    with (site.folder / "templates" / "base.html").open("a") as page:
        page.write(NEXT_BUILD)
    before = {*site.containers("web", "relay", "projector", "webhooks")}
    site.compose("build")
    with people.writing() as failed:
        environment = {**os.environ, **variables(), **site.environment}
        done = subprocess.run(["bin/rollout"], cwd=site.folder, env=environment, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert failed == []
    assert not before & {*site.containers("web", "relay", "projector", "webhooks")}
    assert [len(site.containers(name)) for name in ("web", "relay", "projector")] == [2, 2, 3]
    with closing(people.person(Traveller)) as stranger:
        assert NEXT_BUILD in stranger.get("/about").html
    assert nothing_is_wrong(site, ledgers)


def test_each_container_can_be_killed_in_turn(site: Site, people: People, ledgers: Path) -> None:
    with people.writing():
        for service in ("proxy", "web", "relay", "projector", "webhooks", "kafka", "mongo", "mssql"):
            killed = site.containers(service)[0]
            docker("kill", killed)
            docker("start", killed)
        wait_for("everything's health", lambda: healthy(site), START_TIMEOUT_S)

    assert nothing_is_wrong(site, ledgers)


def test_what_dies_by_itself_is_started_again(site: Site) -> None:
    dying = site.inspected("web", "relay", "projector", "webhooks", stopped=False)
    for one in dying:
        os.kill(one["State"]["Pid"], signal.SIGKILL)

    wait_for("their return", lambda: healthy(site), START_TIMEOUT_S)
    counts = {one["Id"]: one["RestartCount"] for one in site.inspected()}
    assert all(counts[one["Id"]] == one["RestartCount"] + 1 for one in dying)


def test_hosts_that_are_cut_off_lose_and_double_nothing(site: Site, people: People, ledgers: Path) -> None:
    found, done = cut_off(site, people, ledgers, 0.0, random.Random(7), longest_s=4.0)

    print(summary(found))
    assert done.keys() == CUTS.keys()
    assert found.clean


def test_all_can_be_killed_at_once(site: Site, people: People, ledgers: Path) -> None:
    with people.writing():
        docker("kill", *site.containers())
        site.compose("up", "-d", "--wait", "--no-recreate", *SCALE)

    assert nothing_is_wrong(site, ledgers)


def test_after_down_and_up_everything_is_there(site: Site, people: People, ledgers: Path) -> None:
    with closing(people.person(Traveller)) as mira:
        mira.register()
        post = mira.publish("Before", "it must be there afterwards")

        site.down()
        assert site.inspected() == []
        site.compose("up", "-d", "--wait")

        assert "it must be there afterwards" in mira.get(f"/posts/{post}").html
        mira.comment(post, "still logged in")
    assert nothing_is_wrong(site, ledgers)
