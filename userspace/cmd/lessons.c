/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the list of lessons: lines of a keyword, a tab, and a text. */
#include "cmd/lessons.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/cmd.h"

/* Appends a line to *text. */
static void add_line(char **text, const char *line)
{
	size_t before = *text ? strlen(*text) : 0, len = strlen(line);

	*text = mem_realloc(*text, before + len + 2);
	memcpy(*text + before, line, len);
	memcpy(*text + before + len, "\n", 2);
}

static void set(char **text, const char *value)
{
	free(*text);
	*text = mem_strdup(value);
}

static struct lesson *add(struct lessons *out, const char *name, const char *chapter)
{
	struct lesson *lesson;

	out->rows = mem_grow(out->rows, &out->cap, out->nr + 1, sizeof(*out->rows));
	lesson = &out->rows[out->nr++];
	*lesson = (struct lesson){.cores = 1};
	lesson->name = mem_strdup(name);
	lesson->chapter = mem_strdup(chapter);
	lesson->title = mem_strdup("");
	lesson->expect = mem_strdup("");
	return lesson;
}

/* False for a keyword nobody knows. */
static bool take(struct lesson *lesson, const char *key, const char *text)
{
	if (strcmp(key, "title") == 0)
		set(&lesson->title, text);
	else if (strcmp(key, "expect") == 0)
		set(&lesson->expect, text);
	else if (strcmp(key, "cores") == 0)
		lesson->cores = (unsigned int)strtoul(text, NULL, 10);
	else if (strcmp(key, "shows") == 0)
		add_line(&lesson->shows, text);
	else if (strcmp(key, "look") == 0)
		add_line(&lesson->look, text);
	else if (strcmp(key, "twin-look") == 0)
		add_line(&lesson->twin_look, text);
	else if (strcmp(key, "window") == 0)
		set(&lesson->window, text);
	else if (strcmp(key, "picture") == 0)
		set(&lesson->picture, text);
	else if (strcmp(key, "record") == 0)
		set(&lesson->record, text);
	else if (strcmp(key, "next") == 0)
		add_line(&lesson->next, text);
	else if (strcmp(key, "twin-next") == 0)
		add_line(&lesson->twin_next, text);
	else if (strcmp(key, "seen") == 0)
		add_line(&lesson->seen, text);
	else if (strcmp(key, "twin-seen") == 0)
		add_line(&lesson->twin_seen, text);
	else
		return false;
	return true;
}

static int read_lines(FILE *file, struct lessons *out, char *chapter, struct err *err)
{
	struct lesson *lesson = NULL;
	char line[1024];
	int nr = 0;

	while (fgets(line, sizeof(line), file)) {
		char *text;

		nr++;
		line[strcspn(line, "\n")] = 0;
		text = strchr(line, '\t');
		if (text)
			*text++ = 0;
		if (text && strcmp(line, "chapter") == 0)
			snprintf(chapter, NAME_MAX, "%.*s", NAME_MAX - 1, text);
		else if (text && strcmp(line, "lesson") == 0)
			lesson = add(out, text, chapter);
		else if (!text || !lesson || !take(lesson, line, text))
			return err_set(err, EINVAL, "line %d is not of a list of lessons", nr);
	}
	return 0;
}

int lessons_read(struct lessons *out, struct err *err)
{
	char path[4096], chapter[NAME_MAX] = "";
	FILE *file;
	int res;

	*out = (struct lessons){0};
	res = cmd_find("workloads", path, sizeof(path) - sizeof("/lessons.txt"), err);
	if (res < 0)
		return res;
	strncat(path, "/lessons.txt", sizeof(path) - strlen(path) - 1);
	file = fopen(path, "re");
	if (!file)
		return err_set(err, errno, "cannot read %s: %s", path, strerror(errno));
	res = read_lines(file, out, chapter, err);
	if (res < 0)
		err_add_context(err, "%s", path);
	fclose(file);
	return res;
}

const struct lesson *lessons_find(const struct lessons *l, const char *name)
{
	for (size_t i = 0; i < l->nr; i++)
		if (strcmp(l->rows[i].name, name) == 0)
			return &l->rows[i];
	return NULL;
}

void lessons_done(struct lessons *l)
{
	for (size_t i = 0; i < l->nr; i++) {
		struct lesson *lesson = &l->rows[i];

		free(lesson->name);
		free(lesson->title);
		free(lesson->chapter);
		free(lesson->shows);
		free(lesson->look);
		free(lesson->twin_look);
		free(lesson->seen);
		free(lesson->twin_seen);
		free(lesson->next);
		free(lesson->twin_next);
		free(lesson->picture);
		free(lesson->window);
		free(lesson->record);
		free(lesson->expect);
	}
	free(l->rows);
	*l = (struct lessons){0};
}
