#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The main job: traces a bundled workload live. Without a display it draws demo.png and prints the
# terminal timeline and the report. usage: tests/demo.sh BUILD
set -eu
cd "$(dirname "$0")/.."
B=${1:-build}
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
if ! command -v ${sudo:-true} >/dev/null; then
	echo "demo: recording needs root, and there is no sudo here: run make demo as root" >&2
	exit 1
fi

if ! "$B/conctrace" doctor >/dev/null 2>&1 && ! $sudo "$B/conctrace" doctor >/dev/null; then
	$sudo "$B/conctrace" doctor
	exit 1
fi
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
	echo "demo: a window opens; close it to end. The trace stays in conctrace.ctr."
	exec $sudo "$B/conctrace" "$B/workloads/pool"
fi
echo "demo: there is no display, so no window: the same run follows as a picture, a timeline and a report"
$sudo "$B/conctrace" record -o demo.ctr "$B/workloads/pool"
"$B/conctrace" picture demo.ctr -o demo.png
echo
"$B/conctrace" view --term --once demo.ctr
echo
"$B/conctrace" report demo.ctr
echo
echo "demo: the picture is demo.png, the trace demo.ctr"
