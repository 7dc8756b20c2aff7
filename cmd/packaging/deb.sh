#!/bin/bash
# deb.sh PROGRAM... builds bin/snellen_VERSION_ARCH.deb, which holds what make install installs.
# dpkg-shlibdeps computes the packages that it depends on, from the libraries of the programs. The
# same commit gives the same bytes on the same Debian.
#
# VERSION is the package's version: by default 1.2.3 for a commit with the tag v1.2.3, else the
# commit's date and hash; +changed follows where files differ from the commit.
# SOURCE_DATE_EPOCH is the time of its files: by default the commit's.
set -Eeuo pipefail
trap 'echo "error: line $LINENO of cmd/packaging/deb.sh failed: $BASH_COMMAND" >&2' ERR
umask 022
export LC_ALL=C
cd "$(dirname "$0")/../.."

fail() {
  printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
  exit 1
}
for tool in dpkg-deb dpkg-shlibdeps; do
  command -v $tool >/dev/null || fail "$tool is missing" "on Debian: apt install dpkg-dev"
done

export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
version=${VERSION:-}
if [ -z "$version" ]; then
  version=$(git describe --tags --exact-match --match 'v[0-9]*' 2>/dev/null | sed 's/^v//') ||
    version=0+$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d%H%M).$(git rev-parse --short=12 HEAD)
  git diff --quiet HEAD || version+=+changed
fi
architecture=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
stage=$work/stage

# -trimpath and -s keep the build's folders out of the programs. All but snellen-worker are built as
# make build does.
for program in "$@"; do
  tags= cgo=0
  if [ "$program" = snellen-worker ]; then tags=$TAGS cgo=1; fi
  CGO_ENABLED=$cgo go build -trimpath -tags "$tags" -ldflags "-s -w -X main.version=$version" \
    -o "$work/bin/$program" "./cmd/$program"
done
make --no-print-directory -s install BIN="$work/bin" DESTDIR="$stage" PREFIX=/usr \
  ZSHDIR=/usr/share/zsh/vendor-completions
mkdir -p "$stage/usr/share/doc/snellen"
cmd/packaging/copyright.sh "$@" >"$stage/usr/share/doc/snellen/copyright"

# dpkg-shlibdeps wants a source package around it. The other programs load no library.
mkdir -p "$work/source/debian" "$stage/DEBIAN"
printf 'Source: snellen\n\nPackage: snellen\nArchitecture: any\n' >"$work/source/debian/control"
libraries=$(cd "$work/source" && dpkg-shlibdeps -O "-e$stage/usr/bin/snellen-worker")
cat >"$stage/DEBIAN/control" <<END
Package: snellen
Version: $version
Architecture: $architecture
Maintainer: ${DEBEMAIL:-Snellen <snellen@localhost>}
Section: science
Priority: optional
Installed-Size: $(du -sk --apparent-size "$stage/usr" | cut -f1)
Depends: ffmpeg (>= 7:5.1), ${libraries#shlibs:Depends=}
Description: eye chart for image classifiers
 Snellen finds out how far the resolution of footage may drop before a camera
 no longer recognises things. It scales videos, trains a network for each
 resolution, shows each network a shelf, and compares the results.
END
(cd "$stage" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)

# One thread, since the number of threads shows in the compressed bytes.
package=bin/snellen_${version}_$architecture.deb
mkdir -p bin
rm -f bin/snellen_*.deb
dpkg-deb --root-owner-group --threads-max=1 -Zxz --build "$stage" "$package" >/dev/null
echo "$package"
