#!/bin/bash
# Called as mongod is: `docker-entrypoint.sh mongod --replSet … --keyFile FILE …`. Starts PostgreSQL on loopback, makes
# the site's user, starts FerretDB. As mongod does, it refuses a key that others than its owner may read.
set -euo pipefail

key="$(sed -n 's/.*--keyFile \([^ ]*\).*/\1/p' <<<"$*")"
[[ "$1" == mongod && -s "$key" && "$(stat -c %a "$key")" == 600 ]] || { echo "bad arguments or key: $*" >&2; exit 1; }

binaries=/usr/lib/postgresql/18/bin
data=/data/db/postgres
sql() { "$binaries/psql" -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -U postgres "$@"; }

[[ -s "$data/PG_VERSION" ]] || "$binaries/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
# Left by a container that was killed; its number is another process's by now.
rm -f "$data/postmaster.pid"
{ cat /etc/verbatim-postgresql.conf && echo "listen_addresses = '127.0.0.1'"; } >"$data/postgresql.auto.conf"
"$binaries/postgres" -D "$data" &
postgres=$!
ferretdb=
# By the trap below.
# shellcheck disable=SC2329
end() {
    trap - TERM INT
    [[ -z "$ferretdb" ]] || kill -TERM "$ferretdb" 2>/dev/null || true
    kill -INT "$postgres" 2>/dev/null || true
    wait
    exit 0
}
trap end TERM INT

until "$binaries/pg_isready" -q -h 127.0.0.1 -U postgres; do
    kill -0 "$postgres" || exit 1
    sleep 0.2
done
sql -c 'SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS documentdb CASCADE' postgres
# MongoDB's image does this by docker/mongo-init.js. FerretDB knows no role for one database alone.
if [[ "$(sql -At -c "SELECT 1 FROM pg_roles WHERE rolname = 'verbatim'" postgres)" != 1 ]]; then
    # By a variable of psql's: no statement that is logged, and no list of processes, has the password.
    sql postgres >/dev/null <<'SQL'
\getenv password MONGO_PASSWORD
SELECT documentdb_api.create_user(jsonb_build_object('createUser', 'verbatim', 'pwd', :'password', 'roles',
    '[{"role": "clusterAdmin", "db": "admin"}, {"role": "readWriteAnyDatabase", "db": "admin"}]'::jsonb)::text::documentdb_core.bson);
SQL
fi

ferretdb --listen-addr=:27017 --postgresql-url=postgres://postgres@127.0.0.1:5432/postgres --state-dir=/data/configdb \
    --telemetry=disable --log-level=warn &
ferretdb=$!
wait -n "$postgres" "$ferretdb" || true
# One without the other is no use: whoever restarts containers restarts both.
kill -KILL "$postgres" "$ferretdb" 2>/dev/null || true
exit 1
