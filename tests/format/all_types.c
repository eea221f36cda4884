/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes a trace that has records of every type, with random fields: the same each time. */
#include "../unit/trace_make.h"

int main(void)
{
	struct bytes records = {0};
	struct trace_info info;
	struct err err = {0};
	struct writer *w;
	int res = -ENOMEM;

	make_info(&info);
	w = writer_open(&info, &err);
	if (w)
		res = writer_add_output(w, STDOUT_FILENO, "stdout", WRITER_REQUIRED, &err);
	for (unsigned int cpu = 0; res == 0 && cpu < info.nr_cpus; cpu++) {
		records.len = 0;
		make_buffer(&records, 2000, info.begin_ns, (uint16_t)cpu);
		res = writer_block(w, cpu, 0, records.at, records.len, &err);
	}
	info.end_ns = info.begin_ns + 2000 * 1000;
	if (res == 0)
		res = writer_flush(w, info.end_ns, &err);
	if (res == 0)
		res = writer_finish(w, &info, &err);
	writer_close(w);
	bytes_done(&records);
	return res < 0;
}
