#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Prints what each lesson says of itself, in the order of the list on standard input; one failure
# line if a program is not in the list or a row has no program. usage: list.sh FOLDER PROGRAM... <LIST
dir=$1
shift
rows=$(cat)
printf '%s\n' "$rows" | while read -r word; do
	case $word in
	'' | '# SPDX'*) ;;
	'# '*) printf 'chapter\t%s\n' "${word#\# }" ;;
	*) "$dir/$word" --describe || exit 1 ;;
	esac
done || exit 1
for program; do
	name=${program##*/}
	printf '%s\n' "$rows" | grep -qx "$name" || {
		echo "workloads/lessons.list has no row $name" >&2
		exit 1
	}
done
