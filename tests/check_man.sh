#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every subcommand has a man page that groff takes without a warning, and no option is missing in it.
cd "$(dirname "$0")/.." || exit 1
for page in man/*.1; do
	warnings=$(LC_ALL=C.UTF-8 groff -man -ww -Tutf8 -z "$page" 2>&1)
	if [ -z "$warnings" ]; then
		echo "ok man page $page"
	else
		echo "$warnings"
		echo "not ok man page $page"
	fi
done
for name in record report dump watch info doctor workloads picture; do
	page=man/conctrace-$name.1
	[ -f "$page" ] || { echo "not ok man page $page is missing"; continue; }
	for option in $(build/conctrace "$name" --help 2>/dev/null | grep -oE -- '--[a-z-]+' | sort -u); do
		case $option in --help | --usage | --version) continue ;; esac
		plain=$(sed 's/\\-/-/g' "$page")
		case $plain in
		*"$option"*) echo "ok man page of $name has $option" ;;
		*) echo "not ok man page of $name lacks $option" ;;
		esac
	done
done
# The viewer's options are on its own page.
plain=$(sed 's/\\-/-/g' man/conctrace-view.1)
for option in $(build/conctrace-view --help 2>/dev/null | grep -oE -- '--[a-z-]+' | sort -u); do
	case $option in --help | --usage) continue ;; esac
	case $plain in
	*"$option"*) echo "ok man page of view has $option" ;;
	*) echo "not ok man page of view lacks $option" ;;
	esac
done
