/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/window.h"

#include "base/duration.h"

static const struct argp_option option_rows[] = {
    {"from", 'f', "TIME", 0, "Begin there: time since the trace began, as 1.5s or 200ms", 0},
    {"to", 't', "TIME", 0, "End there", 0},
    {0},
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct window *w = state->input;
	struct err err = {0};

	switch (key) {
	case ARGP_KEY_INIT:
		*w = (struct window){.to_ns = UINT64_MAX};
		break;
	case 'f':
		if (duration_parse(arg, &w->from_ns, &err) < 0)
			argp_error(state, "--from: %s", err.text);
		break;
	case 't':
		if (duration_parse(arg, &w->to_ns, &err) < 0)
			argp_error(state, "--to: %s", err.text);
		break;
	case ARGP_KEY_END:
		if (w->to_ns <= w->from_ns)
			argp_error(state, "--to must be later than --from");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

const struct argp window_argp = {.options = option_rows, .parser = parse_option};

uint64_t window_at(uint64_t begin_ns, uint64_t ns)
{
	return ns > UINT64_MAX - begin_ns ? UINT64_MAX : begin_ns + ns;
}
