# Two images: `site`, which every process of ours runs in, and `proxy`, the way in. Neither needs a vendor's package
# repository: ODBC's manager is Debian's, SQL Server's driver comes in a wheel (its licence is Microsoft's).

FROM python:3.13-slim-bookworm AS wheels
COPY requirements.txt requirements-server.txt /tmp/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: \
        -r /tmp/requirements.txt -r /tmp/requirements-server.txt \
    && rm -rf /opt/venv/lib/python3.13/site-packages/pip* \
        /opt/venv/lib/python3.13/site-packages/mssql_python_odbc/libs/linux/rhel \
        /opt/venv/lib/python3.13/site-packages/mssql_python_odbc/libs/linux/suse

FROM python:3.13-slim-bookworm AS site
# The last two are what the driver itself is linked against.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libodbc2 libltdl7 libgssapi-krb5-2 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 verbatim \
    && useradd --uid 10001 --gid 10001 --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin verbatim
COPY --from=wheels /opt/venv /opt/venv
WORKDIR /app
COPY . .
# At run time the file system is read-only: modules are compiled now.
RUN python -m compileall -q . /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    BIND=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/tmp/verbatim \
    LOG_FORMAT=json \
    TRUSTED_PROXIES=1
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "server.container_entrypoint"]
CMD ["gunicorn", "-c", "server/gunicorn_conf.py", "webapp.wsgi:app"]
HEALTHCHECK --interval=10s --timeout=10s --start-period=120s --retries=3 CMD ["python", "-m", "server.healthcheck", "web"]

# Not before 2.11.2: where a container refused the connection, a form was lost on its way to another one.
FROM caddy:2.11-alpine AS proxy
# It listens above 1024, so it needs neither root nor the one capability that the vendor's file carries.
RUN adduser -D -H -u 10002 proxy \
    && chown -R proxy /data /config \
    && cp /usr/bin/caddy /tmp/caddy && mv /tmp/caddy /usr/bin/caddy
COPY docker/Caddyfile /etc/caddy/Caddyfile
USER proxy
EXPOSE 8080 8443
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
    CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:2019/config/"]
