"""The WSGI application behind exactly one reverse proxy: the visitor's address and scheme are those that it reports.

Without a proxy serve webapp.wsgi: here anyone could claim any address, and so escape the limits on attempts.
"""

from werkzeug.middleware.proxy_fix import ProxyFix

from webapp.wsgi import app

app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
