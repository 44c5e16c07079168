# shellcheck shell=bash
# The project's images with Docker.

prepare_builder() { :; }
forget_old_builds() { :; } # Docker looks after its own cache

leave_no_mount() { :; }
base_images() { :; } # Docker knows when they change, if it is asked to pull

# build_image TARGET NAME VERSION
build_image() {
  DOCKER_BUILDKIT=1 docker build --quiet --target "$1" --tag "$2" --build-arg VERSION="$3" "$ROOT" >/dev/null
}

save_images() { # TAR VERSION NAME...: with the tags dev and VERSION
  local tar=$1 version=$2 name
  shift 2
  for name; do docker tag "$name:dev" "$name:$version"; done
  docker save -o "$tar" "${@/%/:dev}" "${@/%/:$version}"
}

# ensure_database_image postgres|redis TAR: the public images.
ensure_database_image() {
  local name
  case $1 in postgres) name=postgres:15 ;; redis) name=redis:7 ;; esac
  docker image inspect $name >/dev/null 2>&1 || docker pull --quiet $name >/dev/null
  [ -f "$2" ] || docker save -o "$2" $name
}
