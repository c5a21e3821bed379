#!/bin/bash
# Stand-ins for the two base images of docker/*/Dockerfile, made of this machine's own files in a second, where no image registry
# is reached. Arguments: a folder for the image store, and a storage driver of buildah's (overlay or vfs).
#   localhost/runtime-deps  what mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled holds: C libraries, OpenSSL, authorities; no shell
#   localhost/dotnet-sdk    folders only: the build gets this machine's /usr and /etc/ssl with --volume
set -euo pipefail
export STORAGE_DRIVER=$2
buildah=(buildah --root "$1/store" --runroot "$1/run")
# Base images that are made again, even with the same content, make buildah build every image again.
if "${buildah[@]}" inspect --type image localhost/dotnet-sdk >/dev/null 2>&1; then exit; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

commit() {
  local container
  container=$("${buildah[@]}" from scratch)
  "${buildah[@]}" add -q "$container" "$work/$1" / >/dev/null
  "${buildah[@]}" config --env PATH=/usr/local/bin:/usr/bin:/bin --env DOTNET_NOLOGO=true --env DOTNET_CLI_TELEMETRY_OPTOUT=true \
    --env DOTNET_GENERATE_ASPNET_CERTIFICATE=false --env DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=true --workingdir / "$container"
  "${buildah[@]}" commit -q "$container" "localhost/$1" >/dev/null
  "${buildah[@]}" rm "$container" >/dev/null
}

base=$work/runtime-deps
mkdir -p "$base"/{tmp,etc/ssl/certs,proc,dev,sys}
for library in libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 librt.so.1 libgcc_s.so.1 libstdc++.so.6 libssl.so.3 libcrypto.so.3 libz.so.1 libresolv.so.2; do
  path=$(ldconfig -p | awk -v name="$library" '$1 == name && /x86-64|AArch64/ { print $NF; exit }')
  install -D "$(readlink -f "$path")" "$base$path"
done
loader=$(ldconfig -p | awk '$1 ~ /^ld-linux-(x86-64|aarch64)/ { print $NF; exit }')
install -D "$(readlink -f "$loader")" "$base$loader"
case $(uname -m) in x86_64) mkdir -p "$base/lib64" && cp "$base$loader" "$base/lib64/" 2>/dev/null || true ;; esac
cp -L /etc/ssl/certs/ca-certificates.crt "$base/etc/ssl/certs/"
printf 'root:x:0:0::/:\napp:x:1001:1001::/:\n' > "$base/etc/passwd"
printf 'root:x:0:\napp:x:1001:\n' > "$base/etc/group"
touch "$base/etc/hosts"
printf 'hosts: files dns\n' > "$base/etc/nsswitch.conf"
chmod 1777 "$base/tmp"
commit runtime-deps

sdk=$work/dotnet-sdk
mkdir -p "$sdk"/{usr,tmp,etc/ssl,root,proc,dev,sys}
chmod 1777 "$sdk/tmp"
for link in bin sbin lib lib64; do ln -s "usr/$link" "$sdk/$link"; done
printf 'root:x:0:0::/root:\n' > "$sdk/etc/passwd"
commit dotnet-sdk
