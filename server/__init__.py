"""The processes around the site: the web worker, the supervisor of `bin/run`, and what containers start with."""
