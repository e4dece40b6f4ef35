"""A backup of the composed site, as docs/production.md has it: made by a container of its own while the site runs."""

import os

from tools.images.people import People
from tools.images.site import Site

UID = 10001
"""Whose processes in the image are."""


def test_a_backup_is_made_beside_the_running_site_and_rehearsed(site: Site, people: People) -> None:
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
