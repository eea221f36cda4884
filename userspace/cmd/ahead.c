/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the trace with a place of its own: what is wrong with it the command's own reading tells.
 */
#include "cmd/ahead.h"

#include <string.h>
#include <sys/stat.h>

#include "import/import.h"
#include "model/resume.h"

struct machine *ahead_open(const char *path)
{
	struct sink nobody = {0};
	const struct record *rec;
	struct machine *m;
	struct source *src;
	struct stat st;
	uint64_t at_ns;

	if (strcmp(path, "-") == 0)
		path = "/dev/stdin"; /* opened anew: standard input keeps its place */
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	src = source_open(path, NULL);
	if (!src)
		return NULL;
	m = resume_open(src, &nobody, UINT64_MAX, &at_ns);
	while (source_next(src, &rec, NULL) > 0)
		if (rec->ts_ns >= at_ns)
			machine_feed(m, rec);
	source_close(src);
	return m;
}
