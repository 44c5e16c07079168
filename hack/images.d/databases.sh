# shellcheck shell=bash
# Stand-ins with the names of the public PostgreSQL and Redis images, from Debian's packages: for the demo and the tests,
# where no image can be pulled. They run as uid 999, also with a read-only root file system.

# ensure_database_image postgres|redis TAR
ensure_database_image() {
  local what=$1 tar=$2 want root
  want=$(cat "$IMAGES_D"/databases.sh "$IMAGES_D"/debian.sh "$IMAGES_D/$what"-* | hash_text)
  stamped "image-$what" "$want" && [ -f "$tar" ] && return
  say "making a stand-in for the image $what from Debian packages"
  root=$(mktemp -d "$WA_CACHE/$what.XXXXXX")
  "${what}_image" "$root/root" "$tar"
  rm -rf "$root"
  stamp "image-$what" "$want"
}

postgres_image() { # ROOT TAR
  local root=$1 program
  debian_root "$root" postgresql-15 postgresql-client-15
  # The compiler for queries is large, and nothing here is slow enough to use it.
  rm -rf "${root:?}"/usr/lib/postgresql/15/lib/{bitcode,llvmjit*} "${root:?}"/usr/lib/*/{libLLVM*,libz3*} "${root:?}"/usr/lib/llvm-*
  mkdir -p "$root"/var/lib/postgresql/data "$root"/run/postgresql
  for program in "$root"/usr/lib/postgresql/15/bin/*; do # in place of Perl scripts that choose among several clusters
    ln -sf "${program#"$root"}" "$root/usr/bin/"
  done
  chmod 1777 "$root"/var/lib/postgresql "$root"/var/lib/postgresql/data "$root"/run/postgresql
  install -m 755 "$IMAGES_D/postgres-entrypoint" "$root/usr/bin/docker-entrypoint"
  pack_image "$2" docker.io/library/postgres:15 "$root" '{"User":"999:999","WorkingDir":"/","ExposedPorts":{"5432/tcp":{}},"StopSignal":"SIGINT",
    "Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","PGDATA=/var/lib/postgresql/data","LANG=C.UTF-8"],
    "Entrypoint":["docker-entrypoint"],"Cmd":["postgres"]}'
}

redis_image() { # ROOT TAR
  local root=$1
  debian_root "$root" redis-server redis-tools
  mkdir -p "$root"/data "$root/usr/local/bin"
  chmod 1777 "$root/data"
  install -m 755 "$IMAGES_D/redis-server" "$root/usr/local/bin/redis-server"
  install -m 755 "$IMAGES_D/redis-entrypoint" "$root/usr/bin/docker-entrypoint"
  pack_image "$2" docker.io/library/redis:7 "$root" '{"User":"999:999","WorkingDir":"/data","ExposedPorts":{"6379/tcp":{}},
    "Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Entrypoint":["docker-entrypoint"],"Cmd":["redis-server"]}'
}
