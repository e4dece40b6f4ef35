"""`reader.py FOLDER`: a process that reads as pages do. For each stream that it is asked for, the version it shows."""

import sys
from pathlib import Path

from readmodel.engine import progress
from readmodel.generations.generations import Generations

if __name__ == "__main__":
    generations = Generations(f"sqlite:///{Path(sys.argv[1]) / 'read.db'}")
    for line in sys.stdin:
        with generations.connect() as connection:
            print(progress.version(connection, line.strip()), flush=True)
