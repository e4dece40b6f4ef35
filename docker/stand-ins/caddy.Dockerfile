# In the place of caddy:2-alpine: Debian's Caddy, with the commands of BusyBox that our Dockerfile and Alpine have in common.
FROM python:3.13-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends caddy busybox \
    && rm -rf /var/lib/apt/lists/* \
    && ln -s /bin/busybox /usr/local/bin/wget \
    && mkdir -p /data /config /srv \
    # Alpine has nobody of that name, and ours is called so.
    && userdel proxy
COPY adduser /usr/local/sbin/adduser
ENV XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data
WORKDIR /srv
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
