#!/bin/bash
# deb.sh PACKAGE installs a package of Snellen on a machine that has nothing else: a fresh root of
# this machine's Debian, made by debootstrap. There a user runs a small study to its end; then the
# package is removed. Roots and downloaded packages are kept in SNELLEN_ROOTS or
# ~/.cache/snellen-roots. deb.sh -check only says whether this can be done here.
. "$(dirname "$0")/root.sh"

require_root make test-deb
if [ "${1:-}" = -check ]; then exit 0; fi
[ -f "${1:-}" ] || fail "there is no package ${1:-}" "make test-deb"
unshared "$@"

package=$(realpath "$1")
version=$(dpkg-deb --field "$package" Version)
suite=$(host_release)
base=$(roots)/$suite-base
root=$(roots)/$suite-deb
lock_root "$root"
if [ ! -d "$base" ]; then make_root "$base" "$suite" ca-certificates; fi

now() { date +%s.%N; }
since() { awk -v from="$1" -v to="$(now)" 'BEGIN { printf "%.0f s", to - from }'; }
size() { # of the root in MB, without apt's lists and downloads
  du -sxm --exclude="$root"/{proc,sys,dev,var/cache/apt,var/lib/apt} "$root" | cut -f1
}

# The root of a run lives no longer than the run.
remove_root() {
  unmount
  rm -rf --one-file-system "$root"
}
trap remove_root EXIT
rm -rf --one-file-system "$root"
cp -a --reflink=auto "$base" "$root"
share_network "$root"
mount_system "$root"
mkdir -p "$(roots)/archives"
mount_at "$root" /var/cache/apt/archives --bind "$(roots)/archives"
install -D -m 644 "$package" "$root/snellen/snellen.deb"

environment+=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
as_root() { # COMMAND...
  chroot "$root" /usr/bin/env -i HOME=/root "${environment[@]}" "$@" 9>&-
}
as_user() { # SHELL-COMMANDS
  chroot --userspec=guest:guest "$root" \
    /usr/bin/env -i HOME=/home/guest "${environment[@]}" /bin/sh -euc "cd; $1" 9>&-
}

echo "installing $(basename "$package") on $suite"
before=$(size)
start=$(now)
as_root apt-get update -qq
as_root apt-get install -y -qq --no-install-recommends /snellen/snellen.deb \
  >"$root/install.log" 2>&1 || {
  tail -20 "$root/install.log" >&2
  fail "the package cannot be installed" "the lines above are apt's"
}
echo "installed in $(since "$start"), $(($(size) - before)) MB with all that it needs"

if as_root sh -c 'command -v cc gcc g++ go pkg-config'; then
  fail "the package brings a compiler" "see its Depends in cmd/packaging/deb.sh"
fi
if as_root dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' | grep '^i.*-dev$'; then
  fail "the package brings headers" "see its Depends in cmd/packaging/deb.sh"
fi

as_root useradd --create-home --user-group --shell /bin/sh guest
as_user 'snellen version'
as_user 'snellen version' | grep -qF "snellen $version " ||
  fail "snellen does not print $version, the package's version" "see cmd/packaging/deb.sh"
as_user 'snellen-remote </dev/null' | grep -q '"type":"hello"' ||
  fail "snellen-remote does not start" "see cmd/packaging/deb.sh"
as_root bash -n /usr/share/bash-completion/completions/snellen

start=$(now)
as_user 'snellen init -demo demo'
echo "footage drawn in $(since "$start")"
start=$(now)
# One epoch, few frames and two resolutions: the study has every kind of step, and takes a minute.
as_user 'cd demo
  sed -i -e "s/epochs *= 10/epochs = 1/" -e "s/\"7,9\"/\"\"/" \
    -e "s/frames *= 150/frames = 20/" -e "s/every = 4/every = 40/" \
    -e "/resolution \"640x480\"/d" -e "/resolution \"160x120\"/d" demo.hcl
  snellen apply -auto-approve'
echo "studied in $(since "$start")"
as_user 'cd demo; snellen plan -detailed-exitcode; test -s demo.report/index.html'

as_root dpkg-query -L snellen >"$root/files"
as_root apt-get purge -y -qq snellen >/dev/null
while read -r file; do
  if [ -e "$root$file" ] && [ ! -d "$root$file" ]; then
    fail "$file is left behind the package" "see cmd/packaging/deb.sh"
  fi
done <"$root/files"
echo "removed; $(basename "$package") works"
