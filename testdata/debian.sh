#!/bin/bash
# debian.sh [SUITE [COMMAND...]] runs make test, or COMMAND, on the other Debian: in a root of SUITE (trixie on bookworm,
# else bookworm) that debootstrap makes once, in SNELLEN_ROOTS or ~/.cache/snellen-roots. Its exit status is COMMAND's.
set -euo pipefail

fail() { printf 'error: %s\nhint: %s\n' "$1" "$2" >&2; exit 1; }

PATH=$PATH:/usr/sbin:/sbin # a user's PATH lacks those, also after sudo env PATH="$PATH"
[ "$(id -u)" = 0 ] || fail "a root of another Debian needs root" "sudo env PATH=\"\$PATH\" $0${*:+ $*}"
command -v debootstrap >/dev/null || fail "debootstrap is missing" "apt install debootstrap"
command -v go >/dev/null || fail "Go 1.26 is missing" "install it from https://go.dev/dl/, or under sudo: sudo env PATH=\"\$PATH\" $0${*:+ $*}"

# In namespaces of its own, mounts and stray processes end with the script, however it ends.
if [ "${1:-}" = --unshared ]; then
  shift
elif unshare --mount --pid --fork true 2>/dev/null; then
  exec unshare --mount --pid --fork --kill-child "$0" --unshared "$@"
fi

codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
suite=${1:-}
if [ -z "$suite" ]; then
  suite=bookworm
  if [ "$codename" = bookworm ]; then suite=trixie; fi
fi
case $suite in bookworm | trixie) ;; *) fail "$suite is no supported Debian" "name bookworm or trixie" ;; esac
if [ $# -gt 0 ]; then shift; fi
if [ $# = 0 ]; then set -- make test; fi

cd "$(dirname "$0")/.."
roots=${SNELLEN_ROOTS:-${XDG_CACHE_HOME:-$HOME/.cache}/snellen-roots}
mkdir -p "$roots"
root=$(cd "$roots" && pwd)/$suite
exec 9>"$root.lock"
flock -n 9 || { echo "waiting for another run in $root"; flock 9; }

if [ ! -d "$root" ]; then
  # apt itself says which archive it uses, whatever form its sources have.
  sources=$(apt-get update --print-uris | sed -nE "s|^'(.+)/dists/([^']+)/InRelease' .*|\2 \1|p")
  source_of() { awk -v suite="$1" '$1 == suite && !found { print $2; found = 1 }' <<<"$sources"; }
  mirror=$(source_of "$codename")
  security=$(source_of "$codename-security")
  [ -n "$mirror" ] || fail "apt has no source for Debian $codename" "add it to /etc/apt/sources.list"
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -f $keyring ] || fail "the archive's keys are missing" "apt install debian-archive-keyring"

  echo "making $root with debootstrap (a few minutes)"
  rm -rf --one-file-system "$root.new"
  debootstrap --variant=minbase --include=make,git,ca-certificates --keyring=$keyring "$suite" "$root.new" "$mirror" 2>&1 |
    tee "$root.log" | sed -u -nE '/^[WE]: |^I: (Resolving|Extracting dpkg|Unpacking the base|Configuring the base)/s/^/  /p' ||
    fail "debootstrap failed" "see $root.log, and if it knows no key of $suite: apt install debian-archive-keyring"
  {
    echo "deb $mirror $suite main"
    echo "deb $mirror $suite-updates main"
    if [ -n "$security" ]; then echo "deb $security $suite-security main"; fi
  } >"$root.new/etc/apt/sources.list"
  # Services that packages bring must not start in a root.
  printf '#!/bin/sh\nexit 101\n' >"$root.new/usr/sbin/policy-rc.d"
  chmod +x "$root.new/usr/sbin/policy-rc.d"
  mv "$root.new" "$root"
fi

# The host's way to the network. Of apt's settings only those for fetching: the rest names programs that the root lacks.
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
apt-config dump | grep '^Acquire::' | grep -vE '^Acquire::(IndexTargets|CompressionTypes|Changelogs)' >"$root/etc/apt/apt.conf.d/90host" || true
certificates=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
if [ -f "$certificates" ]; then cp -L "$certificates" "$root/etc/ssl/certs/ca-certificates.crt"; fi
if [ -d /usr/local/share/ca-certificates ]; then cp -RL /usr/local/share/ca-certificates "$root/usr/local/share/"; fi

# Where unshare does not work the trap unmounts; lazily, since a stray process may still hold a mount.
mounts=()
unmount() {
  local i
  for ((i = ${#mounts[@]} - 1; i >= 0; i--)); do umount -l "${mounts[i]}" || true; done
}
trap unmount EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mount_at() { # PLACE OPTION... WHAT
  local place=$root$1
  shift
  mkdir -p "$place"
  mount "$@" "$place" || fail "mount is not allowed here" "in a container: docker run --privileged"
  mounts+=("$place")
}
mount_at /proc -t proc proc
mount_at /sys --bind -o ro /sys
# Terminals and shared memory of its own, so that the processes of host and root do not meet there; private, so that the
# host does not see those mounts where unshare does not work.
mount_at /dev --bind --make-private /dev
mount_at /dev/pts -t devpts -o newinstance,ptmxmode=0666 devpts
mount_at /dev/shm -t tmpfs tmpfs
modules=$(go env GOMODCACHE)
mkdir -p "$modules"
mount_at /snellen/modules --bind "$modules"
mount_at /snellen/go --bind -o ro "$(realpath "$(go env GOROOT)")"
if [ -d /etc/apt/auth.conf.d ]; then mount_at /etc/apt/auth.conf.d --bind -o ro /etc/apt/auth.conf.d; fi
if [ -d ../shared ]; then mount_at /snellen/shared --bind -o ro "$(realpath ../shared)"; fi

# A run that was cut short leaves locks in /tmp.
find "$root/tmp" -mindepth 1 -delete

# The copy has what git would commit, as it is now. Its times are kept: by them go test knows what passed before.
echo "copying the working tree to $root/snellen/tree"
rm -rf "$root/snellen/tree"
mkdir -p "$root/snellen/tree"
git ls-files -z --cached --others --exclude-standard --deduplicate |
  while IFS= read -r -d '' file; do if [ -e "$file" ] || [ -L "$file" ]; then printf '%s\0' "$file"; fi; done |
  tar -c --null --verbatim-files-from -T - | tar -x --no-same-owner -C "$root/snellen/tree"

# Go's build cache stays in the root: it does not notice that headers differ.
environment=(HOME=/root "TERM=${TERM:-dumb}" LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive
  PATH=/snellen/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  GOMODCACHE=/snellen/modules GOCACHE=/snellen/cache)
for name in GOFLAGS GOPROXY GOSUMDB GOPRIVATE GONOPROXY GONOSUMDB GOINSECURE GOTOOLCHAIN; do
  environment+=("$name=$(go env $name)")
done
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY CI; do
  if [ -n "${!name:-}" ]; then environment+=("$name=${!name}"); fi
done
echo "running on $suite: $*"
chroot "$root" /usr/bin/env -i "${environment[@]}" /bin/sh -c 'cd /snellen/tree && exec "$@"' sh "$@" 9>&-
