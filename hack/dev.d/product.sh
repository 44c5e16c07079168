# shellcheck shell=bash
# What hack/dev runs of this repository: the simulator, the session pod, and the operator's part by tools/WaOperator.Dev.

APP="$DEV/app" # a copy of what was built, so that a later build disturbs nothing that runs

# take_build: programs that have changed are stopped, and start with the new ones.
take_build() {
  local built="$ROOT/tools/WaOperator.Dev/bin/Debug/net10.0"
  say "building the simulator and the session pod"
  compile build "$ROOT/tools/WaOperator.Dev"
  ! diff -rq "$built" "$APP" >/dev/null 2>&1 || return 0
  stop pod
  stop simulator
  rm -rf "$APP"
  cp -a "$built" "$APP"
}

start_simulator() {
  alive simulator && return
  say "starting the simulator"
  Logging__LogLevel__Default=Warning daemon simulator dotnet "$APP/WaOperator.Simulator.dll" --state "$DEV/simulator" --journal 1000 \
    --root-key-out "$DEV/root.pub" --listen "127.0.0.1:$SIMULATOR_PORT" --control "127.0.0.1:$SIMULATOR_CONTROL_PORT"
  ready 60 simulator control GET /healthz
}

control() { # METHOD PATH [OPTION...]: of the simulator's control API
  curl -fs -X "$1" "${@:3}" "http://127.0.0.1:$SIMULATOR_CONTROL_PORT$2"
}

# operators_part declare|connect
operators_part() {
  WA_DEV_DATABASE=$(dsn postgres) WA_DEV_API_KEY=$(cat "$SECRETS/api-key") WA_DEV_PHONE=$PHONE \
    WA_DEV_SIMULATOR="http://127.0.0.1:$SIMULATOR_CONTROL_PORT" dotnet "$APP/WaOperator.Dev.dll" "$1" ||
    die "the session is not there" "Why may stand in $LOGS/pod.log."
}

# start_pod: settings as the operator gives them to a pod of a StatefulSet.
start_pod() {
  alive pod && return
  say "starting the session pod"
  (
    export DOTNET_gcServer=0 ASPNETCORE_HTTP_PORTS=''
    export WA__Database__ConnectionString WA__Redis__Configuration="127.0.0.1:$REDIS_PORT" WA__MasterKey__File="$SECRETS/master-key"
    export WA__WhatsApp__Url="ws://127.0.0.1:$SIMULATOR_PORT/ws/chat" WA__WhatsApp__RootKey
    export WA__Pod__Name=dev-0 WA__Pod__Uid WA__Pod__PoolUid=dev WA__Pod__Port="$POD_PORT" WA__Api__Port="$API_PORT"
    export WA__Pod__Listen=127.0.0.1
    WA__Database__ConnectionString=$(dsn wa_pod)
    WA__WhatsApp__RootKey=$(cat "$DEV/root.pub")
    # As tools/WaOperator.Dev registers it: no other pod may take the lease.
    WA__Pod__Uid=dev-0
    daemon pod dotnet "$APP/WaOperator.SessionPod.dll"
  )
  ready 60 pod curl -fs "http://127.0.0.1:$POD_PORT/readyz"
}
