"""`python -m tools.bench.growth FOLDER`: rebuilds a folder's site, prints the growth of the peak in MB."""

import sys
from pathlib import Path

from .site import BenchSite


def main(folder: Path) -> None:
    site = BenchSite(folder)
    rebuilder = site.rebuilder()
    before = _peak_mb()
    fresh, _ = rebuilder.fill(lambda _progress: None)
    print(_peak_mb() - before)
    rebuilder.discard(fresh)
    site.close()


def _peak_mb() -> float:
    """The most this process had in memory (Linux). getrusage would give its parent's, where that had more."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]))
