/* SPDX-License-Identifier: BSD-2-Clause */
/* COMMAND's executable, or the files that a process has mapped to run, are searched for notes. */
#include "collect/marks.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/mem.h"
#include "collect/notes.h"

#define MAX_LISTED 400 /* letters of a sentence that names what there is */

const char *const marks_probes[MARKS_NR_PROBES] = {"begin",   "end",       "instant",
						   "counter", "coroutine", "lock"};

struct file {
	char *path;
	struct notes notes;
};

struct files {
	struct file *rows; /* [nr] */
	size_t nr, cap;
};

static void add_file(struct files *files, const char *path)
{
	for (size_t i = 0; i < files->nr; i++)
		if (strcmp(files->rows[i].path, path) == 0)
			return;
	files->rows = mem_grow(files->rows, &files->cap, files->nr + 1, sizeof(*files->rows));
	files->rows[files->nr] = (struct file){.path = mem_strdup(path)};
	notes_read(path, &files->rows[files->nr++].notes);
}

static void files_done(struct files *files)
{
	for (size_t i = 0; i < files->nr; i++) {
		notes_done(&files->rows[i].notes);
		free(files->rows[i].path);
	}
	free(files->rows);
}

/* What the process may execute. */
static void add_mapped(struct files *files, pid_t pid)
{
	char path[64], line[PATH_MAX + 128], perms[8];
	int at;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		if (sscanf(line, "%*s %7s %*s %*s %*s %n", perms, &at) == 1 && perms[2] == 'x' &&
		    line[at] == '/')
			add_file(files, line + at);
	}
	if (f)
		fclose(f);
}

static void add_point(struct marks *m, const char *path, const char *provider, const char *name,
		      uint32_t number)
{
	m->points = mem_grow(m->points, &m->cap, m->nr + 1, sizeof(*m->points));
	m->points[m->nr++] = (struct mark_point){
	    .path = mem_strdup(path),
	    .provider = provider ? mem_strdup(provider) : NULL,
	    .name = mem_strdup(name),
	    .number = number,
	};
}

static void find_own(const struct files *files, struct marks *out)
{
	for (size_t i = 0; i < files->nr; i++) {
		for (size_t k = 0; k < MARKS_NR_PROBES; k++) {
			if (!notes_has(&files->rows[i].notes, MARKS_PROVIDER, marks_probes[k]))
				continue;
			add_point(out, files->rows[i].path, MARKS_PROVIDER, marks_probes[k], 0);
			out->has_marks = true;
		}
	}
}

/* The probes that there are, for the sentence that one is not. */
static void list_probes(const struct files *files, char *out, size_t len)
{
	size_t used = 0;

	snprintf(out, len, " none");
	for (size_t i = 0; i < files->nr; i++)
		for (size_t k = 0; k < files->rows[i].notes.nr && used < len; k++)
			used +=
			    (size_t)snprintf(out + used, len - used, "%s%s:%s", used ? ", " : " ",
					     files->rows[i].notes.rows[k].provider,
					     files->rows[i].notes.rows[k].name);
}

static int find_usdt(const struct marks_options *o, const struct files *files, size_t which,
		     struct marks *out, struct err *err)
{
	const char *text = o->usdt[which], *colon = strchr(text, ':');
	char provider[64], listed[MAX_LISTED];
	bool found = false;

	if (!colon || colon == text || !colon[1] || colon - text >= (int)sizeof(provider))
		return err_set(err, EINVAL,
			       "--usdt wants PROVIDER:NAME, as python:function__entry, not %s",
			       text);
	snprintf(provider, sizeof(provider), "%.*s", (int)(colon - text), text);
	for (size_t i = 0; i < files->nr; i++) {
		if (!notes_has(&files->rows[i].notes, provider, colon + 1))
			continue;
		add_point(out, files->rows[i].path, provider, colon + 1, (uint32_t)which + 1);
		found = true;
	}
	out->has_usdt |= found;
	if (found)
		return 0;
	list_probes(files, listed, sizeof(listed));
	return err_set(err, ENOENT, "%s has no USDT probe %s; there are:%s",
		       o->argv0 ? o->argv0 : "the process", text, listed);
}

/*
 * Of the C library that conctrace itself runs with, and of the program if that has its own: a
 * static one.
 */
static void find_coroutines(const struct files *files, struct marks *out)
{
	static const char *const functions[] = {"swapcontext", "setcontext"};
	Dl_info info;

	if (dladdr((void *)swapcontext, &info) == 0)
		return;
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		add_point(out, info.dli_fname, NULL, functions[i], 0);
		for (size_t k = 0; k < files->nr && k < 1; k++)
			add_point(out, files->rows[k].path, NULL, functions[i], 0);
	}
	out->has_coroutines = true;
}

int marks_find(const struct marks_options *options, struct marks *out, struct err *err)
{
	struct files files = {0};
	char path[PATH_MAX];
	int res = 0;

	if (options->argv0 && program_find(options->argv0, options->path, path, sizeof(path)))
		add_file(&files, path);
	if (options->pid)
		add_mapped(&files, options->pid);
	for (size_t i = 0; i < options->nr_files; i++) {
		if (access(options->files[i], R_OK) < 0) {
			res = err_set(err, errno, "--marks %s: %s", options->files[i],
				      strerror(errno));
			goto out;
		}
		add_file(&files, options->files[i]);
	}
	if (!options->no_marks)
		find_own(&files, out);
	for (size_t i = 0; i < options->nr_usdt && res == 0; i++)
		res = find_usdt(options, &files, i, out, err);
	if (options->coroutines)
		find_coroutines(&files, out);
out:
	files_done(&files);
	return res;
}

void marks_done(struct marks *m)
{
	for (size_t i = 0; i < m->nr; i++) {
		free(m->points[i].path);
		free(m->points[i].provider);
		free(m->points[i].name);
	}
	free(m->points);
	*m = (struct marks){0};
}

void marks_tell(const struct marks_options *options, struct bytes *out)
{
	for (size_t i = 0; i < options->nr_usdt; i++) {
		struct record_name rec = {
		    .head = {.type = RECORD_NAME},
		    .kind = OBJECT_PROBE,
		    .key = i + 1,
		};

		snprintf(rec.text, sizeof(rec.text), "%s", options->usdt[i]);
		bytes_add(out, &rec, sizeof(rec));
	}
}

bool marks_never_preempted(void)
{
	FILE *f = fopen("/sys/kernel/debug/sched/preempt", "re");
	char line[128] = "";
	struct utsname uts;

	uname(&uts);
	if (!strstr(uts.version, "PREEMPT"))
		return f ? fclose(f) == 0 : true;
	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		line[0] = 0;
	fclose(f);
	return strstr(line, "(none)") || strstr(line, "(voluntary)");
}
