# shellcheck shell=bash
# For the benchmarks that run beside Baileys: what they build, and how they start. Source it behind all.sh.

# Baileys is installed when they are missing or when the lock file changed; the tests of the simulator use the same stamp.
baileys_packages() {
  local folder=tests/baileys stamp=tests/baileys/node_modules/.installed wanted
  wanted=$(sha256sum "$folder/package-lock.json" | cut -d ' ' -f 1 | tr '[:lower:]' '[:upper:]')
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then return; fi
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund >/dev/null)
  printf '%s' "$wanted" >"$stamp"
}

# bench_beside_baileys NAME [OPTION...]: builds pod and simulator as their images hold them (Dockerfile) and becomes the benchmark.
bench_beside_baileys() {
  local out="$ROOT/artifacts/bench" project
  baileys_packages
  for project in session-pod/WaOperator.SessionPod tools/WaOperator.Simulator; do
    say "publishing $project" >&2
    compile publish "$project" --configuration Release --output "$out/${project##*/}" \
      -p:ForImage=true -p:RunAnalyzers=false -p:UseAppHost=false
  done
  compile build tools/WaOperator.Benchmarks --configuration Release -p:RunAnalyzers=false
  uname -srm
  grep -m 1 'model name' /proc/cpuinfo || true
  printf '%s cores, load %s\n' "$(nproc)" "$(cut -d ' ' -f 1 /proc/loadavg)"
  DOTNET_gcServer=0 exec dotnet tools/WaOperator.Benchmarks/bin/Release/net10.0/WaOperator.Benchmarks.dll "$@" \
    --pod "$out/WaOperator.SessionPod/WaOperator.SessionPod.dll" \
    --simulator "$out/WaOperator.Simulator/WaOperator.Simulator.dll" \
    --driver tools/WaOperator.Benchmarks/WhatsApp/baileys.mjs --packages tests/baileys
}
