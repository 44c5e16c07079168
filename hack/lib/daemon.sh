# shellcheck shell=bash
# Processes that outlive the script: their output is in the folder $LOGS. A file in the folder $PIDS holds pid, start time and boot
# id, so that a pid which was given to someone else, or which stands there since before a reboot, is never taken for ours.

# daemon NAME COMMAND...: starts it detached, unless it runs.
daemon() {
  local name=$1
  shift
  alive "$name" && return
  setsid "$@" >>"$LOGS/$name.log" 2>&1 </dev/null &
  identity $! >"$PIDS/$name"
}

identity() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  read -ra stat <<<"${stat##*) }"
  printf '%s %s %s\n' "$1" "${stat[19]}" "$(cat /proc/sys/kernel/random/boot_id)"
}

pid_of() { cut -d ' ' -f 1 "$PIDS/$1" 2>/dev/null; }

alive() {
  local line
  line=$(cat "$PIDS/$1" 2>/dev/null) && [ -n "$line" ] && [ "$(identity "${line%% *}")" = "$line" ] &&
    ! grep -qs '^State:.Z' "/proc/${line%% *}/status"
}

gone() { ! alive "$1"; }

# stop NAME [SIGNAL]: and waits until it is gone; KILL after 10 s.
stop() {
  local name=$1
  if alive "$name"; then
    kill -s "${2:-TERM}" "$(pid_of "$name")"
    wait_for 10 "$name to end" gone "$name" || kill -s KILL "$(pid_of "$name")"
    wait_for 10 "$name to end after SIGKILL" gone "$name"
  fi
  rm -f "$PIDS/$name"
}

# ready SECONDS NAME CHECK...: waits for a daemon to answer, and gives up at once when it has died.
ready() {
  local limit=$1 name=$2
  shift 2
  if wait_for "$limit" "$name to be ready" answers_or_died "$name" "$@" && alive "$name"; then return; fi
  tail -n 5 "$LOGS/$name.log" >&2
  die "$name did not start" "See $LOGS/$name.log."
}

answers_or_died() {
  local name=$1
  shift
  gone "$name" || "$@"
}
