#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Installs the Debian packages that building and testing need, saying which were missing.
set -eu
PACKAGES="gcc make libc6-dev libcmocka-dev zlib1g-dev"
command -v dpkg-query >/dev/null || {
	echo "deps: not a Debian system; install the equivalents of: $PACKAGES" >&2
	exit 0
}
missing=
for p in $PACKAGES; do
	dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null | grep -qx installed || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
echo "deps: installing$missing"
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get update -qq
# shellcheck disable=SC2086 # a list of words on purpose
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
