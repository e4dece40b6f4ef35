"""What gunicorn serves. Built once in each worker, after the fork."""

import bootstrap

from . import create_app

with bootstrap.starting("web"):
    bootstrap.logging()
    app = create_app(bootstrap.site())
