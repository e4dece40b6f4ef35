# In the place of mongo:8.0: FerretDB over PostgreSQL, in one container, as the user that MongoDB's image has.
FROM verbatim-stand-in/postgres
RUN groupadd --non-unique --gid 999 mongodb \
    && useradd --non-unique --uid 999 --gid 999 --home-dir /data/db --no-create-home mongodb \
    && mkdir -p /data/db /data/configdb /docker-entrypoint-initdb.d \
    && chown 999:999 /data/db /data/configdb
COPY ferretdb /usr/local/bin/ferretdb
COPY postgresql.conf /etc/verbatim-postgresql.conf
COPY mongo-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
EXPOSE 27017
