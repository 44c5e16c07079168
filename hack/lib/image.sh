# shellcheck shell=bash
# Images made without a builder: a root file system, packed as 'docker save' would.

# pack_image TAR NAME ROOT CONFIG: one layer from the folder ROOT; CONFIG is the JSON object with Env, Entrypoint and so on.
# The same folder gives the same bytes.
pack_image() {
  local tar=$1 name=$2 root=$3 config=$4 dir layer id
  dir=$(mktemp -d "${tar%/*}/pack.XXXXXX")
  tar -C "$root" --sort=name --numeric-owner --owner=0 --group=0 --mtime=@0 -cf "$dir/layer.tar" .
  layer=$(sha256sum "$dir/layer.tar" | cut -d ' ' -f 1)
  printf '{"architecture":"%s","os":"linux","created":"1970-01-01T00:00:00Z","config":%s,"rootfs":{"type":"layers","diff_ids":["sha256:%s"]},"history":[{"created":"1970-01-01T00:00:00Z"}]}' \
    "$(dpkg --print-architecture)" "$config" "$layer" >"$dir/config.json"
  id=$(sha256sum "$dir/config.json" | cut -d ' ' -f 1)
  mv "$dir/config.json" "$dir/$id.json"
  printf '[{"Config":"%s.json","RepoTags":["%s"],"Layers":["layer.tar"]}]' "$id" "$name" >"$dir/manifest.json"
  tar -C "$dir" --owner=0 --group=0 --mtime=@0 -cf "$tar.part" "$id.json" layer.tar manifest.json
  rm -rf "$dir"
  mv "$tar.part" "$tar"
}
