#!/bin/bash
# debian.sh [SUITE [COMMAND...]] runs make test, or COMMAND, on the other Debian: in a root of SUITE
# (trixie on bookworm, else bookworm). debootstrap makes the root once, in SNELLEN_ROOTS or
# ~/.cache/snellen-roots. The exit status is that of COMMAND.
. "$(dirname "$0")/root.sh"

require_root "$0" "$@"
unshared "$@"

suite=${1:-}
if [ -z "$suite" ]; then
  suite=bookworm
  if [ "$(host_release)" = bookworm ]; then suite=trixie; fi
fi
case $suite in
bookworm | trixie) ;;
*) fail "$suite is no supported Debian" "name bookworm or trixie" ;;
esac
if [ $# -gt 0 ]; then shift; fi
if [ $# = 0 ]; then set -- make test; fi

cd "$(dirname "$0")/.."
root=$(roots)/$suite
lock_root "$root"
if [ ! -d "$root" ]; then make_root "$root" "$suite" make,git,ca-certificates; fi
share_network "$root"
mount_system "$root"
modules=$(go env GOMODCACHE)
mkdir -p "$modules"
mount_at "$root" /snellen/modules --bind "$modules"
mount_at "$root" /snellen/go --bind -o ro "$(realpath "$(go env GOROOT)")"
if [ -d ../shared ]; then mount_at "$root" /snellen/shared --bind -o ro "$(realpath ../shared)"; fi

# A run that was cut short leaves locks in /tmp.
find "$root/tmp" -mindepth 1 -delete

# The copy has what git would commit, as it is now. File times are kept: by them go test recognises
# what passed before.
echo "copying the working tree to $root/snellen/tree"
rm -rf "$root/snellen/tree"
mkdir -p "$root/snellen/tree"
git ls-files -z --cached --others --exclude-standard --deduplicate |
  while IFS= read -r -d '' file; do
    if [ -e "$file" ] || [ -L "$file" ]; then printf '%s\0' "$file"; fi
  done |
  tar -c --null --verbatim-files-from -T - | tar -x --no-same-owner -C "$root/snellen/tree"

# Go's build cache stays in the root: it does not notice that headers differ.
environment+=(HOME=/root GOMODCACHE=/snellen/modules GOCACHE=/snellen/cache
  PATH=/snellen/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
for name in GOFLAGS GOPROXY GOSUMDB GOPRIVATE GONOPROXY GONOSUMDB GOINSECURE GOTOOLCHAIN; do
  environment+=("$name=$(go env $name)")
done
echo "running on $suite: $*"
chroot "$root" /usr/bin/env -i "${environment[@]}" \
  /bin/sh -c 'cd /snellen/tree && exec "$@"' sh "$@" 9>&-
