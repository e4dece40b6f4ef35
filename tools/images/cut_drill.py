"""`bin/images cut`: a site of its own on the stand-ins, people who write, and one host after the other cut off."""

import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from tools.drill.verdict import Verdict

from .cuts import CUTS
from .people import People
from .site import Site
from .verdicts import summary, verdict

SCALE = ("--scale", "web=2", "--scale", "relay=2", "--scale", "projector=3")
LONGEST_S = 20.0
RECOVERY_S = 4.0


def run(seconds: float) -> int:
    """0 where nothing was lost, doubled or stuck. Needs the engine, Compose and the stand-ins."""
    with tempfile.TemporaryDirectory(prefix="verbatim-cut-") as folder:
        site, ledgers = Site(Path(folder) / "site"), Path(folder) / "ledgers"
        ledgers.mkdir()
        # The checker in its container is another user.
        Path(folder).chmod(0o755)
        site.clone()
        try:
            site.compose("up", "-d", "--build", "--wait", *SCALE)
            people = People(site.https_port, site.certificate(), ledgers)
            found, done = cut_off(site, people, ledgers, seconds, random.Random())
        finally:
            site.remove()
    print("\n".join(f"{count} × {what}" for what, count in sorted(done.items())))
    print(summary(found))
    return 0 if found.clean else 1


def cut_off(
    site: Site, people: People, ledgers: Path, seconds: float, rng: random.Random, longest_s: float = LONGEST_S
) -> tuple[Verdict, Counter[str]]:
    """Every kind of cut once, and on until the time is over, while people write. Gives the verdict and the counts."""
    done: Counter[str] = Counter()
    until = time.monotonic() + seconds
    with people.writing():
        while not done or time.monotonic() < until:
            for what in rng.sample(list(CUTS), len(CUTS)):
                if len(done) < len(CUTS) or time.monotonic() < until:
                    CUTS[what](site, rng.uniform(1.0, longest_s))
                    done[what] += 1
                    time.sleep(RECOVERY_S)
    return verdict(site, ledgers), done
