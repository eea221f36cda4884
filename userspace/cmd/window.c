/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/window.h"

#include "base/duration.h"

uint64_t window_time(const char *name, const char *arg, struct argp_state *state)
{
	struct err err = {0};
	uint64_t ns = 0;

	if (duration_parse(arg, &ns, &err) < 0)
		argp_error(state, "%s: %s", name, err.text);
	return ns;
}

void window_check(const struct window *w, struct argp_state *state)
{
	if (w->to_ns <= w->from_ns)
		argp_error(state, "--to must be later than --from");
}

uint64_t window_at(uint64_t begin_ns, uint64_t ns)
{
	return ns > UINT64_MAX - begin_ns ? UINT64_MAX : begin_ns + ns;
}
