# shellcheck shell=bash
# PostgreSQL and Redis of hack/dev.

# PostgreSQL refuses to run as root. The capability lets it reach its data below a home that only root may enter.
AS_POSTGRES=(env)
[ "$(id -u)" != 0 ] ||
  AS_POSTGRES=(setpriv --reuid=postgres --regid=postgres --clear-groups --inh-caps=+dac_override --ambient-caps=+dac_override)

start_postgresql() {
  local data="$DEV/postgresql"
  if ! alive postgresql; then
    say "starting PostgreSQL"
    [ -s "$data/PG_VERSION" ] || init_postgresql "$data"
    daemon postgresql "${AS_POSTGRES[@]}" postgres -D "$data" -p "$POSTGRESQL_PORT" -k '' -c listen_addresses=127.0.0.1
    ready 60 postgresql pg_isready -q -h 127.0.0.1 -p "$POSTGRESQL_PORT"
  fi
  sql postgres "select 1 from pg_database where datname = 'wa'" | grep -q 1 || sql postgres 'create database wa'
  sql wa "select 1 from pg_roles where rolname = 'wa_pod'" | grep -q 1 || sql wa "create role wa_pod login password '$(cat "$SECRETS/wa_pod")'"
  sql wa "revoke connect on database postgres, template1 from public"
}

# init_postgresql FOLDER: complete, or not there.
init_postgresql() {
  rm -rf "$1"
  install -d -m 700 "$1"
  [ "$(id -u)" != 0 ] || chown postgres: "$1"
  "${AS_POSTGRES[@]}" initdb -D "$1" -U postgres -E UTF8 --locale=C -A scram-sha-256 --pwfile=/dev/stdin --no-sync \
    <"$SECRETS/postgres" >"$LOGS/initdb.log" 2>&1 || {
    rm -rf "$1"
    die "initdb failed" "The whole output: $LOGS/initdb.log"
  }
}

sql() { # DATABASE STATEMENT
  PGPASSWORD=$(cat "$SECRETS/postgres") psql -h 127.0.0.1 -p "$POSTGRESQL_PORT" -U postgres -d "$1" -AtXq -v ON_ERROR_STOP=1 -c "$2"
}

start_redis() {
  alive redis && return
  say "starting Redis"
  daemon redis redis-server --port "$REDIS_PORT" --bind 127.0.0.1 --save '' --dir "$DEV"
  ready 60 redis redis-cli -h 127.0.0.1 -p "$REDIS_PORT" ping
}
