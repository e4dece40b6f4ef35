"""`python -m bench.growth FOLDER`: rebuilds the site in a folder and prints by how many MB the process's peak grew."""

import resource
import sys
from pathlib import Path

from .site import BenchSite


def main(folder: Path) -> None:
    site = BenchSite(folder)
    rebuilder = site.rebuilder()
    before = _peak_kib()
    fresh, _ = rebuilder.fill(lambda _progress: None)
    print((_peak_kib() - before) / 1024)
    rebuilder.discard(fresh)
    site.close()


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(Path(sys.argv[1]))
