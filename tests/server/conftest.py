"""A site around the real supervisor, with stand-ins for what it starts."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.supervised_site import CLI, PROJECTOR, ROOT, WSGI, Site
from tools.drill.processes import free_port


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    shutil.copytree(ROOT / "server", tmp_path / "server")
    for name in ("data_folder.py", "logs.py"):
        shutil.copy(ROOT / name, tmp_path)
    processes = {"projector/__main__.py": PROJECTOR, "webhooks/__main__.py": "import time\ntime.sleep(60)\n"}
    for path, text in {"cli/__main__.py": CLI, "webapp/wsgi.py": WSGI, **processes}.items():
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    made = Site(tmp_path, free_port())
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()
