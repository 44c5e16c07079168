# shellcheck shell=bash
# compile VERB PROJECT [OPTION...]: 'dotnet build' or 'dotnet publish'; says nothing unless it fails, and then just the errors.
compile() {
  local verb=$1 project=$2 log
  shift 2
  log=$(mktemp)
  if ! dotnet "$verb" "$project" --nologo --verbosity quiet "$@" >"$log" 2>&1; then
    grep -E 'error|warning' "$log" | sort -u | head -n 20 >&2
    die "$project does not build" "The whole output: $log"
  fi
  rm "$log"
}
