#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Who may include whom, and the other rules a compiler does not see. Prints one "ok" or "not ok" line
# per rule, offenders below it; exit status 1 if any rule is broken.
#	tests/check_layers.sh [ROOT]         checks a tree (default: the one this file is in)
#	tests/check_layers.sh --self-test    breaks each rule in a copy and expects it to be found
set -u
LC_ALL=C
export LC_ALL

# folder: the folders, or single headers, whose headers it may include. Each may include its own.
LAYERS='
bpf                  trace/record.h
userspace/base
userspace/trace      base
userspace/import     trace base
userspace/model      trace base
userspace/analysis   model trace base
userspace/export     model trace base
userspace/collect    trace base bpf/conctrace.skel.h
userspace/cmd        collect analysis export model import trace base
viz                  analysis model import/import.h trace base
workloads
'

# headers of libraries: pattern, and the only files (as patterns) that may include them.
LIBRARIES='
SDL*                 viz/paint_sdl.c viz/window_sdl.c viz/font.c
bpf/*                userspace/collect/* bpf/*
elfutils/*           userspace/collect/symbols.c
vmlinux.h            none
linux/bpf.h          userspace/collect/* bpf/*
'

# calls that overrun or that cannot tell a mistake: what to use instead stands in docs/style.md
FORBIDDEN='strcpy|strcat|stpcpy|sprintf|vsprintf|gets|atoi|atol|atoll|atof|strtok'
# only cmd/ and viz/main.c speak and end the program; base/mem.c does when memory is out
QUIET_EXCEPT='userspace/base/mem\.c|viz/main\.c'
SPEAKING='printf|vprintf|puts|putchar|perror|err|errx|warn|warnx|exit|abort'
MAX_LINES=800

self=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
root=$(dirname "$(dirname "$self")")
failed=0

sources()
{
	find bpf userspace viz workloads -name '*.[ch]' 2>/dev/null | sort
}

# verdict NAME OFFENDERS
verdict()
{
	if [ -z "$2" ]; then
		echo "ok layers: $1"
		return
	fi
	failed=1
	echo "not ok layers: $1"
	printf '%s\n' "$2" | sed 's/^/	/'
}

# "file name" for every include of that kind: quote is " or <
includes()
{
	sources | xargs -r sed -n -e 's/^[ 	]*#[ 	]*include[ 	]*'"$1"'\([^">]*\)[">].*/\1/' -e 't found' \
		-e b -e ':found' -e F -e p | paste - -
}

check_includes()
{
	offenders=$(includes '"' | while read -r file name; do
		dir=$(dirname "$file")
		# as the compiler looks for it: beside the file, then -Iuserspace, then -I.
		if [ -e "$dir/$name" ]; then
			target=$dir/$name
		elif [ -e "userspace/$name" ]; then
			target=userspace/$name
		else
			target=$name
		fi
		case $target in */*) ;; *) target=$dir/$target ;; esac
		case $target in */../*) target=$(realpath -ms --relative-to=. "$target") ;; esac
		printf '%s %s\n' "$file" "$target"
	done | awk -v layers="$LAYERS" '
		BEGIN {
			nr = split(layers, line, "\n")
			for (i = 1; i <= nr; i++) {
				n = split(line[i], word, /[ \t]+/)
				if (word[1] == "")
					continue
				known[word[1]] = 1
				for (k = 2; k <= n; k++)
					may[word[1], word[k]] = 1
			}
		}
		function layer_of(path,    part, n) {
			n = split(path, part, "/")
			return part[1] == "userspace" && n > 2 ? part[1] "/" part[2] : part[1]
		}
		{
			from = layer_of($1)
			to = layer_of($2)
			short = $2
			sub(/^userspace\//, "", short)
			folder = to
			sub(/^userspace\//, "", folder)
			if (!(from in known))
				print $1 ": its folder is not in the table of tests/check_layers.sh"
			else if (from != to && !((from, folder) in may) && !((from, short) in may))
				print $1 " includes " short ": " from " may not"
		}')
	verdict "every folder includes only what the table allows" "$offenders"
}

check_libraries()
{
	offenders=$(includes '<' | while read -r file name; do
		printf '%s\n' "$LIBRARIES" | while read -r pattern allowed; do
			[ -n "$pattern" ] || continue
			# shellcheck disable=SC2254 # patterns on purpose
			case $name in $pattern) ;; *) continue ;; esac
			fine=0
			set -f
			for a in $allowed; do
				# shellcheck disable=SC2254
				case $file in $a) fine=1 ;; esac
			done
			set +f
			[ $fine = 1 ] || echo "$file includes <$name>"
		done
	done)
	verdict "SDL, libbpf and libdw are included only where the table says" "$offenders"
}

# code without comments and strings, "file:line:text", so that a word in a sentence is no call
code()
{
	# shellcheck disable=SC2016 # $0 is awk's
	sources | xargs -r awk '
		FNR == 1 { inside = 0 }
		{
			text = $0
			gsub(/\\"/, "", text)
			gsub(/"[^"]*"/, "\"\"", text)
			if (inside) {
				if (!sub(/^.*\*\//, "", text))
					next
				inside = 0
			}
			gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, "", text)
			if (sub(/\/\*.*$/, "", text))
				inside = 1
			sub(/\/\/.*$/, "", text)
			print FILENAME ":" FNR ":" text
		}'
}

check_forbidden()
{
	verdict "no call of $(echo "$FORBIDDEN" | tr '|' ' ')" \
		"$(code | grep -E "[^A-Za-z0-9_]($FORBIDDEN)[ 	]*\(")"
}

check_speaking()
{
	verdict "nobody below cmd/ and viz/main.c prints, exits or reads the environment" "$(code |
		grep -E '^(userspace/(base|trace|import|export|model|analysis|collect)|viz)/' |
		grep -vE "^($QUIET_EXCEPT):" |
		grep -E "^[^:]*:[0-9]*:(.*[^A-Za-z0-9_>.])?(($SPEAKING|getenv)[ 	]*\(|fprintf[ 	]*\((stdout|stderr))")"
}

check_lines()
{
	verdict "no file is longer than $MAX_LINES lines" \
		"$({ sources; find tests bench -name '*.[ch]' 2>/dev/null; } | while read -r file; do
			lines=$(wc -l <"$file")
			[ "$lines" -le $MAX_LINES ] || echo "$file: $lines lines"
		done)"
}

check_licence()
{
	verdict "every file begins with its licence" "$({ sources; find tests bench \( -name '*.[ch]' -o -name '*.sh' \); } |
		while read -r file; do
			head -n 2 "$file" | grep -q 'SPDX-License-Identifier:' || echo "$file"
		done)"
}

# A header must not need another one before it, and has a guard (probes, *.bpf.h, are included once).
check_headers()
{
	bpf_flags="-target bpf -D__TARGET_ARCH_x86 -Iuserspace -Ibpf -I/usr/include/$(uname -m)-linux-gnu"
	flags='-std=gnu11 -D_GNU_SOURCE -Wall -Werror -Iuserspace -I.'
	echo '#include <bpf/libbpf.h>' | ${CC:-gcc} -E -x c - >/dev/null 2>&1 && have=1 || have=0
	command -v "${CLANG:-clang}" >/dev/null || have=0
	skipped=0
	list=$(mktemp)
	sources | grep '\.h$' >"$list"
	offenders=$(while read -r header; do
		case $header in
		bpf/*)
			[ "$have" = 1 ] || continue
			compile="${CLANG:-clang} $bpf_flags"
			;;
		userspace/collect/*)
			[ "$have" = 1 ] || continue
			compile="${CC:-gcc} $flags"
			;;
		*) compile="${CC:-gcc} $flags" ;;
		esac
		# $compile is words on purpose
		# shellcheck disable=SC2086
		out=$({
			echo "#include \"$header\""
			case $header in *.bpf.h) ;; *) echo "#include \"$header\"" ;; esac
		} | $compile -I. -fsyntax-only -x c - 2>&1) || printf '%s: %s\n' "$header" \
			"$(printf '%s\n' "$out" | grep -m 1 error)"
	done <"$list")
	[ "$have" = 1 ] || skipped=$(grep -cE '^(bpf|userspace/collect)/' "$list")
	rm -f "$list"
	[ "$skipped" = 0 ] || echo "ok layers: some headers of bpf/ and collect/ # skip no clang or libbpf here"
	verdict "each header compiles alone" "$offenders"
}

check_all()
{
	cd "$1" || exit 1
	[ "$(sources | wc -l)" -gt 0 ] || {
		echo "not ok layers: no source files in $1"
		exit 1
	}
	check_includes
	check_libraries
	check_forbidden
	check_speaking
	check_lines
	check_licence
	check_headers
}

# plant FILE TEXT CHECK WHAT: the check must find TEXT in FILE, and nothing once it is gone.
plant()
{
	before=$("$3" | grep -c '^	')
	mkdir -p "$(dirname "$1")"
	[ ! -e "$1" ] || cp "$1" saved
	printf '%b\n' "$2" >>"$1"
	after=$("$3" | grep -c '^	')
	if [ -e saved ]; then mv saved "$1"; else rm "$1"; fi
	if [ "$after" -gt "$before" ]; then
		echo "ok layers: found $4"
	else
		echo "not ok layers: did not find $4"
		failed=1
	fi
}

self_test()
{
	copy=$(mktemp -d)
	trap 'rm -rf "$copy"' EXIT
	cd "$root" || exit 1
	cp -r bpf userspace viz workloads tests bench "$copy"
	cd "$copy" || exit 1
	: >userspace/model/plant.h
	plant userspace/trace/plant.c '#include "model/plant.h"' check_includes "a lower layer that includes a higher one"
	plant userspace/model/plant.c '#include "../cmd/cmd.h"' check_includes "a path that climbs out of its folder"
	plant userspace/model/plant.c '#  include "viz/scene.h"' check_includes "the model that knows the viewer"
	plant viz/plant.c '#include "import/text.h"' check_includes "more of import than its one header"
	plant viz/plant.c '#include "collect/rings.h"' check_includes "the viewer that knows the collector"
	plant bpf/plant.h '#include "trace/source.h"' check_includes "a probe that includes more than the records"
	plant workloads/plant.c '#include "base/err.h"' check_includes "a workload that is not libc only"
	plant userspace/new/plant.c '#include "base/err.h"' check_includes "a folder that is not in the table"
	plant viz/plant.c '#include <SDL2/SDL.h>' check_libraries "SDL in a place that must not know it"
	plant viz/plant.h '#include <SDL.h>' check_libraries "SDL in a header"
	plant userspace/cmd/plant.c '#include <bpf/libbpf.h>' check_libraries "libbpf outside the collector"
	plant userspace/collect/plant.c '#include <elfutils/libdwfl.h>' check_libraries "libdw in a second place"
	plant bpf/plant.h '#include <vmlinux.h>' check_libraries "vmlinux.h"
	plant viz/plant.c '\tsprintf(buf, "x");' check_forbidden "a forbidden call"
	plant userspace/model/plant.c '\tprintf("x");' check_speaking "a layer that prints"
	plant userspace/trace/plant.c '\texit(1);' check_speaking "a layer that exits"
	plant viz/plant.c "$(awk 'BEGIN { for (i = 0; i < 801; i++) print "/* */" }')" check_lines "a file that is too long"
	plant viz/plant.c 'int x;' check_licence "a file without licence"
	plant userspace/model/plant.h 'struct plant { size_t x; };' check_headers "a header that needs another one first"
	plant viz/plant.h 'struct plant { int x; };' check_headers "a header without guard"
	# and words that only look like it
	[ "$(code | wc -l)" -gt 0 ] || { echo "not ok layers: no code read"; failed=1; }
	before=$(check_forbidden | grep -c '^	')
	printf '%s\n' '/* strcpy(a, b) is' ' * sprintf(x) */ int a; // atoi(3)' 'char *b = "strtok(x)"; /* gets(x) */' \
		'snprintf(x); my_atoi(3);' >viz/plant.c
	if [ "$(check_forbidden | grep -c '^	')" = "$before" ]; then
		echo "ok layers: a word in a comment is no call"
	else
		echo "not ok layers: a word in a comment is no call"
		failed=1
	fi
}

case ${1:-} in
--self-test) self_test ;;
-*)
	echo "usage: check_layers.sh [ROOT | --self-test]" >&2
	exit 2
	;;
*) check_all "${1:-$root}" ;;
esac
exit $failed
