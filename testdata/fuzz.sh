#!/bin/sh
# fuzz.sh TIME [PATTERN]   runs each fuzz target for that long, one after the other, and prints what
#                          each found. PATTERN selects targets by their package and name.
#
# It ends with 1 if a target failed, after all were run. The input that failed lies in the package's
# testdata/fuzz: mend the cause, add the input to the target's seeds, and remove the file.
set -u
time=${1:?usage: testdata/fuzz.sh TIME [PATTERN]}
log=$(mktemp) && table=$(mktemp) || exit 1
trap 'rm -f "$log" "$table"' EXIT
trap 'exit 130' INT TERM

failed=0
for target in $(grep -rE '^func Fuzz[A-Za-z]+\(' --include='*_test.go' . |
	sed -E 's|/[^/]*:func (Fuzz[A-Za-z]+).*|:\1|' | sort | grep -E -e "${2:-.}"); do
	package=${target%:*} name=${target#*:}
	echo "$package $name"
	began=$(date +%s) result=ok
	# Without a bound, the time for one input that reaches new code is a minute.
	if ! go test -tags "${TAGS:-}" -run '^$' -fuzz "^$name\$" -fuzztime "$time" \
		-fuzzminimizetime 1s "$package" >"$log" 2>&1; then
		# A target whose time ends while it runs an input says so, and is no failure.
		if grep -av '^fuzz: ' "$log" | grep -aqvE \
			"^(--- FAIL: $name |    context deadline exceeded|FAIL|exit status 1|\$)"; then
			result=FAILED failed=1
			grep -av '^fuzz: elapsed' "$log" | cut -c1-500 | head -40
		fi
	fi
	counts=$(sed -nE 's/.*execs: ([0-9]+) .*new interesting: ([0-9]+) .*/\1 \2/p' "$log" | tail -1)
	echo "$package $name ${counts:-0 0} $(($(date +%s) - began)) $result" >>"$table"
done
awk 'BEGIN { printf "\n%-30s %-20s %12s %8s %8s\n", "package", "target", "executions", "new", "seconds" }
	{ printf "%-30s %-20s %12s %8s %8s %s\n", $1, $2, $3, $4, $5, $6 == "ok" ? "" : $6 }' "$table"
exit $failed
