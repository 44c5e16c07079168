# shellcheck shell=bash
# Processes that outlive the script. A pid file holds pid, start time and boot id, so that a pid which was given to
# somebody else, or which stands there since before a reboot, is never taken for ours.

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
