# shellcheck shell=bash
# Root file systems out of Debian packages, unpacked without running any maintainer script: no container needed.

SUITE=bookworm

# debian_root FOLDER PACKAGE...: a root file system that holds the packages and what they depend on.
debian_root() {
  local root=$1 tar="$1.tar"
  shift
  need_packages "making images" mmdebstrap busybox
  mmdebstrap --quiet --mode=root --variant=extract --include="base-files,libc6,busybox,netbase,ca-certificates,tzdata,$(IFS=,; echo "$*")" \
    "$SUITE" "$tar" "$(debian_mirror)" 2>"$WA_CACHE/mmdebstrap.log" || {
    tail -n 20 "$WA_CACHE/mmdebstrap.log" >&2
    die "mmdebstrap could not unpack: $*" "The whole output is in $WA_CACHE/mmdebstrap.log. Is a Debian mirror reachable?"
  }
  mkdir -p "$root"
  tar -C "$root" -xf "$tar"
  # Nothing here is administered by packages, speaks other character sets or runs Perl.
  rm -rf "$tar" "${root:?}"/usr/share/{doc,man,locale,lintian,info,i18n,perl*,zoneinfo/right} "${root:?}"/var/cache/* "${root:?}"/var/lib/{apt,dpkg,systemd} \
    "${root:?}"/dev/* "${root:?}"/usr/lib/{systemd,*/perl*,*/libperl*,*/gconv}
  finish_root "$root"
}

# finish_root: what maintainer scripts would have done, as far as it matters here.
finish_root() {
  local root=$1 applet
  for applet in $(busybox --list); do
    [ -e "$root/bin/$applet" ] || [ -e "$root/usr/bin/$applet" ] || [ -e "$root/sbin/$applet" ] || [ -e "$root/usr/sbin/$applet" ] ||
      ln -s /bin/busybox "$root/bin/$applet"
  done
  rm -rf "${root:?}"/var/{run,lock}
  ln -s /run "$root/var/run"
  ln -s /run/lock "$root/var/lock"
  mkdir -p "$root"/{root,tmp,run/lock,home/app,docker-entrypoint-initdb.d,etc/ssl/certs}
  chmod 1777 "$root/tmp"
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/" # the machine's own, so that a build reaches its registries
  printf 'root:x:0:0:root:/root:/bin/sh\npostgres:x:999:999::/var/lib/postgresql:/bin/sh\napp:x:1654:1654::/home/app:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\npostgres:x:999:\napp:x:1654:\n' >"$root/etc/group"
  printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
}
