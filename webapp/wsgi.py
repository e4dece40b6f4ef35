"""What gunicorn serves. Built once in each worker, after the fork."""

import sys

import bootstrap
from domain.errors import Damaged, Unavailable
from readmodel.generations import NoGeneration

from . import create_app

try:
    bootstrap.logging()
    app = create_app(bootstrap.site())
except (bootstrap.BadSetting, NoGeneration, Damaged, Unavailable) as error:
    sys.exit(f"web: {error}")
