#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Installs the Debian packages that building and testing need, saying which were missing; elsewhere
# names what to install.
set -eu
BUILD="gcc make libc6-dev clang llvm libbpf-dev bpftool libelf-dev libdw-dev libiberty-dev zlib1g-dev systemtap-sdt-dev pkg-config
	libsdl2-dev libsdl2-ttf-dev libpng-dev fonts-dejavu-core"
TEST="libcmocka-dev clang-format python3 xvfb xauth xdotool x11-utils imagemagick tmux stress-ng linux-perf valgrind man-db groff
	util-linux procps"

foreign() {
	echo "deps: $1 is not known to this script; install: $2" >&2
	exit 0
}

if ! command -v dpkg-query >/dev/null; then
	if command -v dnf >/dev/null; then
		foreign dnf "gcc make pkgconf clang llvm libbpf-devel bpftool elfutils-libelf-devel elfutils-devel binutils-devel zlib-devel systemtap-sdt-devel SDL2-devel SDL2_ttf-devel libpng-devel dejavu-sans-fonts dejavu-sans-mono-fonts libcmocka-devel clang-tools-extra xorg-x11-server-Xvfb xdotool xprop ImageMagick tmux stress-ng perf valgrind man-db groff python3"
	elif command -v zypper >/dev/null; then
		foreign zypper "gcc make pkg-config clang llvm libbpf-devel bpftool libelf-devel libdw-devel binutils-devel zlib-devel systemtap-sdt-devel libSDL2-devel libSDL2_ttf-devel libpng16-devel dejavu-fonts libcmocka-devel clang-tools-extra xorg-x11-server-Xvfb xdotool xprop ImageMagick tmux stress-ng perf valgrind man-db groff python3"
	elif command -v pacman >/dev/null; then
		foreign pacman "gcc make pkgconf clang llvm libbpf bpf libelf elfutils binutils zlib sdl2 sdl2_ttf libpng ttf-dejavu cmocka xorg-server-xvfb xdotool xorg-xprop imagemagick tmux stress-ng perf valgrind man-db groff python"
	fi
	foreign "this system" "the equivalents of $BUILD $TEST"
fi

missing=
for p in $BUILD $TEST; do
	dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null | grep -qx installed || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
echo "deps: installing$missing"
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
if ! command -v ${sudo:-true} >/dev/null; then
	echo "deps: installing needs root, and there is no sudo here: run make deps as root" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
known=
for p in $missing; do # one that apt does not know would keep it from installing the others
	if apt-cache show "$p" >/dev/null 2>&1; then
		known="$known $p"
	else
		echo "deps: apt knows no $p here: install what provides it under another name" >&2
	fi
done
[ -n "$known" ] || exit 0
# shellcheck disable=SC2086 # a list of words on purpose
$sudo apt-get install -y -qq --no-install-recommends $known >/dev/null
