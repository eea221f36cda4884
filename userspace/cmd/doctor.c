/* SPDX-License-Identifier: BSD-2-Clause */
/* Can this machine record and show? Each thing needed, whether it is there, and what to do. */
#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "collect/diagnose.h"

#define MAX_ROWS 16

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	bool *json = state->input;

	(void)arg;
	if (key != 'j')
		return ARGP_ERR_UNKNOWN;
	*json = true;
	return 0;
}

static size_t own_checks(struct diagnosis *out)
{
	const char *wayland = getenv("WAYLAND_DISPLAY"), *x11 = getenv("DISPLAY");
	const char *display = wayland && *wayland ? wayland : x11 && *x11 ? x11 : NULL;
	char path[4096];
	struct err err = {0};

	out[0] = (struct diagnosis){.what = "viewer"};
	out[0].ok = cmd_find("conctrace-view", path, sizeof(path), &err) == 0;
	snprintf(out[0].detail, sizeof(out[0].detail), "%.199s", out[0].ok ? path : err.text);
	out[1] = (struct diagnosis){.what = "display", .ok = display != NULL};
	snprintf(out[1].detail, sizeof(out[1].detail), "%.199s",
		 display
		     ? display
		     : "none: live runs show the terminal timeline; picture and report need none");
	return 2;
}

static void print_text(const struct diagnosis *rows, size_t nr, bool able)
{
	struct utsname uts;

	uname(&uts);
	printf("Linux %s %s, %ld cores\n\n", uts.release, uts.machine,
	       sysconf(_SC_NPROCESSORS_ONLN));
	for (size_t i = 0; i < nr; i++)
		printf("%-4s %-13s %s\n",
		       rows[i].ok         ? "ok"
		       : rows[i].unknown  ? "?"
		       : rows[i].required ? "NO"
					  : "-",
		       rows[i].what, rows[i].detail);
	printf("\n%s\n", able ? "This machine can record."
			      : "This machine cannot record yet: mend the first line marked NO.");
}

static void print_json_text(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar((unsigned char)*text < ' ' ? '?' : *text);
	}
	putchar('"');
}

static void print_json(const struct diagnosis *rows, size_t nr, bool able)
{
	printf("{\"schema\":1,\"able\":%s,\"checks\":[", able ? "true" : "false");
	for (size_t i = 0; i < nr; i++) {
		printf("%s{\"what\":\"%s\",\"required\":%s,\"ok\":%s,\"detail\":", i ? "," : "",
		       rows[i].what, rows[i].required ? "true" : "false",
		       rows[i].unknown ? "null"
		       : rows[i].ok    ? "true"
				       : "false");
		print_json_text(rows[i].detail);
		putchar('}');
	}
	printf("]}\n");
}

int cmd_doctor(int argc, char **argv)
{
	static const struct argp_option options[] = {
	    {"json", 'j', NULL, 0, "Print JSON", 0},
	    {0},
	};
	static const struct argp argp = {
	    .options = options,
	    .parser = parse_option,
	    .doc = "Tells whether this machine can record, and if not, why and what to do.\v"
		   "Exit status 0 if it can, 1 if not.",
	};
	struct diagnosis rows[MAX_ROWS];
	bool json = false, able = true;
	size_t nr;

	argp_parse(&argp, argc, argv, 0, NULL, &json);
	nr = diagnose(rows, MAX_ROWS - 2);
	nr += own_checks(rows + nr);
	for (size_t i = 0; i < nr; i++)
		able &= rows[i].ok || !rows[i].required;
	if (json)
		print_json(rows, nr, able);
	else
		print_text(rows, nr, able);
	return able ? 0 : CMD_FAILED;
}
