/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines: begin-end perms offset major:minor inode path. */
#include "collect/maps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool parse_line(const char *line, struct mapping *out)
{
	unsigned int major, minor;
	char perms[5];
	int path_at = 0;
	size_t len;

	*out = (struct mapping){0};
	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 "%n", &out->begin,
		   &out->end, perms, &out->offset, &major, &minor, &out->inode, &path_at) < 7)
		return false;
	out->is_shared = perms[3] == 's';
	out->is_guard = strncmp(perms, "---", 3) == 0;
	out->dev = major << 20 | minor;
	path_at += (int)strspn(line + path_at, " ");
	len = path_at ? strcspn(line + path_at, "\n") : 0;
	if (len >= sizeof(out->path))
		len = sizeof(out->path) - 1;
	memcpy(out->path, line + path_at, len);
	return true;
}

bool maps_find(const char *text, uint64_t addr, struct mapping *out, struct mapping *file)
{
	uint64_t guard_begin = 0, guard_end = 0, file_end = 0;

	*file = (struct mapping){0};
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (!parse_line(text, out) || out->begin > addr)
			return false;
		out->guard = out->begin == guard_end ? guard_end - guard_begin : 0;
		if (out->is_guard) {
			guard_begin = out->begin;
			guard_end = out->end;
		}
		if (out->path[0] == '/' && out->inode && !out->is_shared)
			*file = *out;
		else if (file_end != out->begin || out->path[0] == '[')
			*file = (struct mapping){0};
		if (addr < out->end)
			return true;
		file_end = out->end; /* zeroes behind a file's data: they may go on */
		text += len + (text[len] == '\n');
	}
	return false;
}
