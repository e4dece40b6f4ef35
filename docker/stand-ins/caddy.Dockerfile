# In the place of caddy:2.11-alpine: the same version built from its sources, and BusyBox, whose commands Alpine has.
FROM python:3.13-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends busybox \
    && rm -rf /var/lib/apt/lists/* \
    && ln -s /bin/busybox /usr/local/bin/wget \
    && mkdir -p /data /config /srv \
    # Alpine has nobody of that name, and ours is called so.
    && userdel proxy
COPY caddy /usr/bin/caddy
COPY adduser /usr/local/sbin/adduser
ENV XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data
WORKDIR /srv
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
