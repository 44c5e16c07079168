# shellcheck shell=bash
# Stand-ins with the names of the two public .NET images, so that buildah builds the Dockerfile unchanged and asks no
# registry: a Debian base with this machine's .NET runtime. The SDK itself is mounted at build time (see buildah.sh).

dotnet_root() { dirname "$(readlink -f "$(command -v dotnet)")"; }

ensure_dotnet_bases() {
  local want
  "$HACK/tools" dotnet >/dev/null
  want=$(cat "$IMAGES_D/dotnet-bases.sh" "$IMAGES_D/debian.sh" <(dotnet --list-runtimes) /etc/ssl/certs/ca-certificates.crt | hash_text)
  stamped dotnet-bases "$want" && buildah_ inspect --type image mcr.microsoft.com/dotnet/aspnet:10.0 >/dev/null 2>&1 && return
  say "making stand-ins for the .NET images from Debian packages and this machine's .NET"
  make_dotnet_bases
  stamp dotnet-bases "$want"
}

make_dotnet_bases() {
  local dir root env dotnet image
  dotnet=$(dotnet_root)
  dir=$(mktemp -d "$WA_CACHE/bases.XXXXXX")
  root="$dir/root"
  env='"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1","DOTNET_RUNNING_IN_CONTAINER=true","DOTNET_NOLOGO=1","DOTNET_CLI_TELEMETRY_OPTOUT=1","ASPNETCORE_HTTP_PORTS=8080","APP_UID=1654"]'
  debian_root "$root" libgcc-s1 libstdc++6 zlib1g libssl3
  mkdir -p "$root/usr/share/dotnet" "$root/usr/bin"
  ln -s /usr/share/dotnet/dotnet "$root/usr/bin/dotnet"
  pack_image "$dir/sdk.tar" mcr.microsoft.com/dotnet/sdk:10.0 "$root" "{$env}"
  mkdir -p "$root/usr/share/dotnet/shared"/Microsoft.{NETCore,AspNetCore}.App
  cp -a "$dotnet/dotnet" "$dotnet/host" "$root/usr/share/dotnet/"
  for image in NETCore AspNetCore; do
    cp -a "$dotnet/shared/Microsoft.$image.App"/10.* "$root/usr/share/dotnet/shared/Microsoft.$image.App/"
  done
  pack_image "$dir/aspnet.tar" mcr.microsoft.com/dotnet/aspnet:10.0 "$root" "{$env}"
  for image in sdk aspnet; do buildah_ pull -q "docker-archive:$dir/$image.tar" >/dev/null; done
  rm -rf "$dir"
}
