# shellcheck shell=bash
# The project's images with buildah, on stand-ins for the public base images.

# buildah_ ARGUMENT...: with storage of its own, in the cache.
buildah_() { TMPDIR="$WA_CACHE/tmp" buildah --root "$WA_CACHE/containers" --runroot "$WA_CACHE/containers-run" "$@"; }

# leave_no_mount: the storage keeps itself mounted.
leave_no_mount() { ! mountpoint -q "$WA_CACHE/containers/overlay" || umount --recursive "$WA_CACHE/containers/overlay"; }

prepare_builder() {
  need_packages "building images" buildah
  mkdir -p "$WA_CACHE/tmp" "$HOME/.nuget/NuGet" "$HOME/.nuget/packages"
  # Where .NET was never used, NuGet has yet to write its settings, which it cannot do through the mount.
  [ -e "$HOME/.nuget/NuGet/NuGet.Config" ] || "$(dotnet_root)/dotnet" nuget list source >/dev/null
  ensure_dotnet_bases
}

# base_images: what the stand-ins were made from.
base_images() { cat "$WA_CACHE/stamps/dotnet-bases"; }

# forget_old_builds: layers that no image needs; with other inputs they are of no more use.
forget_old_builds() { buildah_ rmi --prune >/dev/null 2>&1 || true; }

# build_image TARGET NAME VERSION: stages that targets share are built once and kept as layers. This machine's SDK, NuGet
# settings and packages are mounted.
build_image() {
  buildah_ build --layers --pull-never --isolation chroot --network host --target "$1" --tag "$2" --build-arg VERSION="$3" \
    --volume "$(dotnet_root):/usr/share/dotnet:ro" \
    --volume "$HOME/.nuget/NuGet:/root/.nuget/NuGet:ro" \
    --volume "$HOME/.nuget/packages:/root/.nuget/packages" \
    --file "$ROOT/Dockerfile" "$ROOT" >"$WA_CACHE/image-build.log" 2>&1 || {
    tail -n 30 "$WA_CACHE/image-build.log" >&2
    die "the image $2 could not be built" "The whole output is in $WA_CACHE/image-build.log."
  }
}

# save_images TAR VERSION NAME...: one archive of several images, as 'docker save' writes it, with the tags dev and VERSION.
# What they share stands in it once.
save_images() {
  local tar=$1 version=$2 dir name manifests=()
  shift 2
  dir=$(mktemp -d "$WA_CACHE/save.XXXXXX")
  mkdir "$dir/all"
  for name; do
    buildah_ push --quiet "$name:dev" "docker-archive:$dir/one.tar:$name:dev"
    tar -C "$dir/all" --skip-old-files -xf "$dir/one.tar" --exclude manifest.json --exclude repositories
    manifests+=("$(tar -xOf "$dir/one.tar" manifest.json |
      sed "s/^\[//; s/\]$//; s|\"RepoTags\":\[[^]]*\]|\"RepoTags\":[\"docker.io/$name:dev\",\"docker.io/$name:$version\"]|")")
    rm "$dir/one.tar"
  done
  (IFS=, && printf '[%s]' "${manifests[*]}") >"$dir/all/manifest.json"
  (cd "$dir/all" && tar -cf "$tar.part" -- *.json *.tar)
  mv "$tar.part" "$tar"
  rm -rf "$dir"
}
