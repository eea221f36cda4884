# SPDX-License-Identifier: BSD-2-Clause
# What pictures.sh and gallery.sh share: recording and drawing. Read with '.'; wants B, the build;
# makes dir, a folder that goes at the end.
CONCTRACE=$(realpath "$B/conctrace")
dir=$(mktemp -d)
chmod 755 "$dir"
trap 'rm -rf "$dir"' EXIT

# In a scheduling group of its own, from which others hardly get a core: sched(7), autogroup.
first_in_line() {
	setsid -w sh -c 'echo -20 2>/dev/null >/proc/self/autogroup; exec "$@"' sh "$@"
}

# NAME COMMAND...: records COMMAND, with what stands in OPTIONS.
OPTIONS=
record() {
	trace=$dir/$1.ctr
	shift
	first_in_line "$CONCTRACE" record -q $OPTIONS -o "$trace" -- "$@" >/dev/null </dev/null
}

# NAME FILE SIZE THEME [FROM TO]: draws what record made; SIZE 1280x720+ has all lanes, findings too.
paint() {
	"$CONCTRACE" picture "$dir/$1.ctr" -o "$2" --size "$3" --theme "$4" ${5:+--from "$5" --to "$6"}
}
