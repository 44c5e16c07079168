# shellcheck shell=bash
# Image archives (what 'docker save' writes) into the nodes' containerd; nothing is ever pulled.

# image_id TAR: the digest of the image's configuration.
image_id() { tar -xOf "$1" manifest.json | grep -o '"Config": *"[^"]*"' | sort | hash_text; }

# import_image NODE TAR: run inside the node. A note of what was imported stands beside containerd's data.
import_image() {
  local note id
  note="$RUN/$1/containerd/wa-operator-loaded/$(basename "$2")"
  id=$(image_id "$2")
  [ "$(cat "$note" 2>/dev/null)" != "$id" ] || return 0
  ctr -n k8s.io images import "$2" >/dev/null
  mkdir -p "${note%/*}"
  printf '%s\n' "$id" >"$note"
}

import_preloaded() {
  local tar
  for tar in "$PRELOADED"/*.tar; do
    [ ! -e "$tar" ] || import_image "$1" "$tar"
  done
}
