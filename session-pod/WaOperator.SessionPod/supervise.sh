#!/bin/sh
# supervise.sh COMMAND...: runs the session pod's process and starts the next one at once when a signal ended it (kill -9, a crash, a
# shortage of memory). The next process belongs to the same pod, so it may take the shard's lease at once, and nothing
# waits for kubelet to notice. Everything else stays with kubelet: an exit of the process's own choosing ends the container, and so
# does a process that lived for less than WA_SUPERVISE_SECONDS (10), so that one that cannot start does not restart in a loop.
child=
stopping=

# seconds: time since boot, which cannot be set.
seconds() {
  read -r up _ </proc/uptime
  printf '%s' "${up%.*}"
}

# shellcheck disable=SC2317 # called by the trap
stop() {
  stopping=yes
  [ -z "$child" ] || kill -TERM "$child" 2>/dev/null
}
trap stop TERM INT

while [ -z "$stopping" ]; do
  began=$(seconds)
  "$@" &
  child=$!
  # A signal that came between the two lines above found no child.
  [ -z "$stopping" ] || kill -TERM "$child" 2>/dev/null
  wait "$child"
  status=$?
  # A trapped signal ends the wait, not the child. Only one process of a pod may ever run: the next begins when this one is reaped.
  while kill -0 "$child" 2>/dev/null; do
    wait "$child"
    status=$?
  done
  [ -z "$stopping" ] && [ $status -gt 128 ] || exit $status
  [ $(($(seconds) - began)) -ge "${WA_SUPERVISE_SECONDS:-10}" ] || exit $status
  echo "session-pod: the process was ended by signal $((status - 128)); starting the next one" >&2
done
exit 143
