#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every subcommand has a man page that groff takes without a warning, no option is missing in it, and it tells of none
# that there is not.
# usage: tests/check_man.sh BUILD
# shellcheck disable=SC2317 # functions that check runs
cd "$(dirname "$0")/.." || exit 1
B=${1:-build}
failed=0

# Says ok, or not ok if the rest of the arguments is no true command.
check() {
	claim=$1
	shift
	if "$@"; then
		echo "ok man page $claim"
	else
		echo "not ok man page $claim"
		failed=1
	fi
}

# The long options that the help of COMMAND... has; false: there is no help.
options() {
	help=$("$@" --help) || return 1
	printf '%s\n' "$help" | grep -oE -- '--[a-z-]+' | grep -vxE -- '--(help|usage|version)' | sort -u
}

# Whether the page has that option.
has() {
	sed 's/\\-/-/g' "man/$1" | grep -qE -- "(^|[^a-z-])$2([^a-z-]|\$)"
}

# The long options that the page tells of: what follows .TP or .TQ in the section OPTIONS.
told() {
	awk '/^\.SH/ { inside = $0 == ".SH OPTIONS" } inside && head { print } { head = /^\.T[PQ]/ }' "man/$1" |
		sed 's/\\-/-/g' | grep -oE -- '--[a-z-]+' | grep -vxE -- '--(help|usage|version)' | sort -u
}

# Whether the program has that option, as its help says.
is_real() {
	printf '%s\n' "$all" | grep -qx -- "$1"
}

is_clean() {
	warnings=$(LC_ALL=C.UTF-8 groff -man -ww -Tutf8 -z "$1" 2>&1) && [ -z "$warnings" ] && return
	printf '%s\n' "$warnings"
	return 1
}

for page in man/*.1; do
	check "$page is clean" is_clean "$page"
done
for name in record report picture dump watch info doctor workloads view; do
	case $name in
	view) all=$(options "$B/conctrace-view") ;;
	*) all=$(options "$B/conctrace" "$name") ;;
	esac || check "of $name: its help" false
	for option in $all; do
		check "of $name has $option" has "conctrace-$name.1" "$option"
	done
	for option in $(told "conctrace-$name.1"); do
		check "of $name tells of $option, and there is one" is_real "$option"
	done
done
exit $failed
