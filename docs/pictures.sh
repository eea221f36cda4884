#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes the pictures of the README and docs from traces recorded now. usage: docs/pictures.sh [BUILD]
set -eu
cd "$(dirname "$0")/.."
B=${1:-build}
. docs/picture.sh

# NAME FROM TO COMMAND...: records COMMAND and draws [FROM, TO) of it.
draw() {
	name=$1 from=$2 to=$3
	shift 3
	record "$name" "$@"
	paint "$name" "docs/$name.png" 1280x720+ dark "$from" "$to"
}

draw lock 400ms 480ms "$B/workloads/lock"
draw pool 200ms 320ms "$B/workloads/pool" --workers 4
draw fork 0s 2s "$B/workloads/fork"
OPTIONS=--coroutines
draw coroutines 900ms 901ms "$B/workloads/coroutines"
