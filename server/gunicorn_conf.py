"""gunicorn's configuration: threads, because a live stream holds one; limits, because the internet is out there."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import logs
from server import environment

bind = f"{environment.bracketed(environment.bind())}:{environment.port()}"
worker_class = "server.worker.Worker"
workers = environment.whole_number("WEB_WORKERS", 2, 1, 64)
threads = environment.whole_number("WEB_THREADS", 32, 1, 500)
# Never preload: database, Mongo and Kafka clients don't survive a fork.
preload_app = False
# Ends before the supervisor's ten seconds do, so that gunicorn puts its own workers away.
graceful_timeout = 8
timeout = 60
keepalive = 15
limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190
# Since 25.1 gunicorn opens a control socket in the home folder: nobody here asked for one.
control_socket_disable = True
accesslog = None
# What is written is its owner's alone. gunicorn sets it in its workers; who reads this sets its own.
umask = 0o077
os.umask(umask)
errorlog = "-"
logconfig_dict = logs.gunicorn_config(logs.log_format())
loglevel = "warning"

METRICS = environment.data_dir() / "run" / f"metrics-{environment.port()}"
METRICS.mkdir(parents=True, exist_ok=True)
# Workers count separately and /metrics adds up; the client library reads this at import.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS)


def on_starting(server: Any) -> None:
    """Empties the metrics, since counts of an earlier run would be added to this one's, and says what is missing."""
    shutil.rmtree(METRICS, ignore_errors=True)
    METRICS.mkdir(parents=True, exist_ok=True)
    if not os.environ.get("PUBLIC_URL"):
        server.log.warning("PUBLIC_URL isn't set, so feeds and shared links hold no host name.")


def post_worker_init(worker: Any) -> None:
    """Tells live streams whether the worker stops and how many threads it has: each holds one, and has to let go."""
    if hasattr(worker.wsgi, "extensions"):
        process = worker.wsgi.extensions["verbatim"]
        process.stopping, process.threads = lambda: not worker.alive, worker.cfg.threads


def child_exit(_server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
