# shellcheck shell=bash
# shellcheck disable=SC2034 # ports are used by the files that are sourced beside this one
# Ports, secrets and numbers of hack/dev.

SECRETS="$DEV/secrets"
PHONE=491700000001  # the session's
FRIEND=491700000002 # has only a phone; gets the message of the curl

# choose_ports: the usual one of each, or the next free one; what runs keeps its own.
choose_ports() {
  port POSTGRESQL_PORT postgresql 15432
  port REDIS_PORT redis 16379
  port SIMULATOR_PORT simulator 18443
  port SIMULATOR_CONTROL_PORT simulator 18090
  port POD_PORT pod 18080
  port API_PORT pod 18081
}

# port VARIABLE PROCESS FIRST
port() {
  local file="$DEV/$1" number=$3
  if alive "$2" && [ -s "$file" ]; then
    number=$(cat "$file")
  else
    while (: <"/dev/tcp/127.0.0.1/$number") 2>/dev/null; do number=$((number + 1)); done
    printf '%s\n' "$number" >"$file"
  fi
  printf -v "$1" '%s' "$number"
}

# make_secrets: each once.
make_secrets() {
  local name
  install -d -m 700 "$SECRETS"
  for name in postgres wa_pod api-key; do
    [ -s "$SECRETS/$name" ] || openssl rand -hex 24 >"$SECRETS/$name"
  done
  [ -s "$SECRETS/master-key" ] || openssl rand -base64 32 >"$SECRETS/master-key"
}

# dsn ROLE: a connection string for the database, with the role's password.
dsn() { printf 'Host=127.0.0.1;Port=%s;Database=wa;Username=%s;Password=%s' "$POSTGRESQL_PORT" "$1" "$(cat "$SECRETS/$1")"; }
