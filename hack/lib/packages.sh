# shellcheck shell=bash
# Debian packages, installed without starting a service.

# need_packages WHY PACKAGE...: installs those which are missing, and says so first.
need_packages() {
  local why=$1 missing=() p
  shift
  for p in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p")
  done
  [ ${#missing[@]} = 0 ] && return
  command -v apt-get >/dev/null ||
    die "$why needs these Debian packages, and there is no apt-get here: ${missing[*]}" "Install what they hold by hand, or run on Debian 12."
  need_root "installing ${missing[*]}"
  say "installing Debian packages for $why: ${missing[*]}"
  locked apt install_packages "${missing[@]}"
}

install_packages() {
  local rc=0 policy=/usr/sbin/policy-rc.d log="$WA_CACHE/apt.log" placed=
  # A package that brings a server would start it. Debian's own way to say no is this file; it goes again at once.
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
    placed=yes
  fi
  {
    apt_install "$@" || { apt-get update && apt_install "$@"; }
  } >"$log" 2>&1 || rc=$?
  [ -z "$placed" ] || rm -f $policy
  [ $rc = 0 ] || {
    tail -n 20 "$log" >&2
    die "apt-get could not install: $*" "The whole output is in $log. Is a Debian mirror reachable?"
  }
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=600 "$@"
}

# debian_mirror: the machine's own Debian mirror.
debian_mirror() {
  local uri
  uri=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | grep -v security | head -n 1)
  [ -n "$uri" ] || uri=$(sed -n 's/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p' /etc/apt/sources.list 2>/dev/null | grep -v security | head -n 1)
  [ -n "$uri" ] || die "no Debian mirror is configured on this machine" "Add one to /etc/apt/sources.list."
  printf '%s\n' "$uri"
}
