# root.sh is sourced by debian.sh and deb.sh, which run commands in the root of a Debian release.
# shellcheck shell=bash

set -euo pipefail
# A user's PATH lacks these, also after sudo env PATH="$PATH".
PATH=$PATH:/usr/sbin:/sbin

fail() {
  printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
  exit 1
}

# require_root COMMAND... fails where a root cannot be made, and names the command to type then.
require_root() {
  local again="sudo env PATH=\"\$PATH\" $*"
  [ "$(id -u)" = 0 ] || fail "this needs the rights of root" "$again"
  command -v debootstrap >/dev/null || fail "debootstrap is missing" "apt install debootstrap"
  command -v go >/dev/null ||
    fail "Go 1.26 is missing" "install it from https://go.dev/dl/, or under sudo: $again"
}

# unshared ARG... starts the script again in its own namespaces, where that is allowed. There,
# mounts and stray processes end with the script, however it ends.
unshared() {
  if [ -n "${SNELLEN_UNSHARED:-}" ]; then
    unset SNELLEN_UNSHARED
  elif unshare --mount --pid --fork true 2>/dev/null; then
    SNELLEN_UNSHARED=1 exec unshare --mount --pid --fork --kill-child "$0" "$@"
  fi
}

# host_release prints the codename of this machine's Debian.
host_release() { (. /etc/os-release && echo "${VERSION_CODENAME:-}"); }

# roots prints the folder that keeps roots between runs.
roots() {
  local folder=${SNELLEN_ROOTS:-${XDG_CACHE_HOME:-$HOME/.cache}/snellen-roots}
  mkdir -p "$folder"
  (cd "$folder" && pwd)
}

# lock_root waits until no other run uses the root, and holds the lock until the script ends.
lock_root() { # ROOT
  exec 9>"$1.lock"
  flock -n 9 || {
    echo "waiting for another run in $1"
    flock 9
  }
}

# make_root makes a root by debootstrap, with the archive that this machine's apt uses.
make_root() { # ROOT SUITE PACKAGE,...
  local root=$1 suite=$2 sources mirror security codename
  codename=$(host_release)
  # apt itself prints the archive, whatever form its sources have.
  sources=$(apt-get update --print-uris | sed -nE "s|^'(.+)/dists/([^']+)/InRelease' .*|\2 \1|p")
  source_of() {
    awk -v suite="$1" '$1 == suite && !found { print $2; found = 1 }' <<<"$sources"
  }
  mirror=$(source_of "$codename")
  security=$(source_of "$codename-security")
  [ -n "$mirror" ] ||
    fail "apt has no source for Debian $codename" "add it to /etc/apt/sources.list"
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -f $keyring ] || fail "the archive's keys are missing" "apt install debian-archive-keyring"

  echo "making $root with debootstrap (a few minutes)"
  rm -rf --one-file-system "$root.new"
  local steps='(Resolving|Extracting dpkg|Unpacking the base|Configuring the base)'
  debootstrap --variant=minbase --include="$3" --keyring=$keyring \
    "$suite" "$root.new" "$mirror" 2>&1 |
    tee "$root.log" | sed -u -nE "/^[WE]: |^I: $steps/s/^/  /p" ||
    fail "debootstrap failed" \
      "see $root.log, and if it knows no key of $suite: apt install debian-archive-keyring"
  {
    echo "deb $mirror $suite main"
    echo "deb $mirror $suite-updates main"
    if [ -n "$security" ]; then echo "deb $security $suite-security main"; fi
  } >"$root.new/etc/apt/sources.list"
  # Services that packages bring must not start in a root.
  printf '#!/bin/sh\nexit 101\n' >"$root.new/usr/sbin/policy-rc.d"
  chmod +x "$root.new/usr/sbin/policy-rc.d"
  mv "$root.new" "$root"
}

# share_network gives the root this machine's way to the network. Of apt's settings it copies those
# for fetching alone: the others name programs that the root lacks.
share_network() { # ROOT
  local root=$1
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  apt-config dump | grep '^Acquire::' |
    grep -vE '^Acquire::(IndexTargets|CompressionTypes|Changelogs)' \
      >"$root/etc/apt/apt.conf.d/90host" || true
  local certificates=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
  if [ -f "$certificates" ]; then
    mkdir -p "$root/etc/ssl/certs"
    cp -L "$certificates" "$root/etc/ssl/certs/ca-certificates.crt"
  fi
  if [ -d /usr/local/share/ca-certificates ]; then
    cp -RL /usr/local/share/ca-certificates "$root/usr/local/share/"
  fi
}

# mount_at mounts something in the root, until the script ends.
mounts=()
mount_at() { # ROOT PLACE OPTION... WHAT
  local place=$1$2
  shift 2
  mkdir -p "$place"
  mount "$@" "$place" ||
    fail "mount is not allowed here" "in a container: docker run --privileged"
  mounts+=("$place")
}

# unmount undoes mount_at, for where unshare does not work. It is lazy, since a stray process may
# still hold a mount.
unmount() {
  local i
  for ((i = ${#mounts[@]} - 1; i >= 0; i--)); do umount -l "${mounts[i]}" || true; done
  mounts=()
}
trap unmount EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# mount_system mounts what programs expect of a running system.
mount_system() { # ROOT
  mount_at "$1" /proc -t proc proc
  mount_at "$1" /sys --bind -o ro /sys
  # Its own terminals and shared memory, so that the processes of host and root do not meet there;
  # private, so that the host does not see those mounts where unshare does not work.
  mount_at "$1" /dev --bind --make-private /dev
  mount_at "$1" /dev/pts -t devpts -o newinstance,ptmxmode=0666 devpts
  mount_at "$1" /dev/shm -t tmpfs tmpfs
  if [ -d /etc/apt/auth.conf.d ]; then
    mount_at "$1" /etc/apt/auth.conf.d --bind -o ro /etc/apt/auth.conf.d
  fi
}

# environment holds the variables of commands in a root, and no others.
environment=("TERM=${TERM:-dumb}" LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive)
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY CI; do
  if [ -n "${!name:-}" ]; then environment+=("$name=${!name}"); fi
done
