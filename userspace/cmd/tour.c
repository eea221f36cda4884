/* SPDX-License-Identifier: BSD-2-Clause */
/* conctrace workloads --all: records one lesson after the other and writes the page. */
#include "cmd/tour.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/lesson_run.h"
#include "cmd/seen.h"

#define PICTURE_SIZE "1280x720+"
#define NR_SHOWN     12 /* lines that a lesson printed: more are folded away */
#define NR_ASKED     8  /* options of a picture that a lesson may ask for */

static const char page_head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>conctrace: the "
    "lessons</title>\n<style>body{font:16px/1.5 sans-serif;max-width:82em;margin:2em "
    "auto;padding:0 "
    "1em;background:#14161a;color:#e6e6e6}a{color:#7ab8ff}img{max-width:100%;border:1px solid "
    "#333}pre{white-space:pre-wrap}code{color:#ffd479}h2{border-top:1px solid "
    "#333;padding-top:1em}nav p{margin:.2em 0}</style>"
    "</head><body>\n<h1>The lessons, as this machine ran them</h1>\n";

static void put_char(FILE *out, char c)
{
	if (c == '<')
		fputs("&lt;", out);
	else if (c == '>')
		fputs("&gt;", out);
	else if (c == '&')
		fputs("&amp;", out);
	else if (c == '"')
		fputs("&quot;", out);
	else
		fputc(c, out);
}

static void put_html(FILE *out, const char *text)
{
	while (*text)
		put_char(out, *text++);
}

/* Of the lessons' own texts: what stands in backticks is code. */
static void put_prose(FILE *out, const char *text)
{
	bool code = false;

	for (; *text; text++) {
		if (*text != '`') {
			put_char(out, *text);
			continue;
		}
		code = !code;
		fputs(code ? "<code>" : "</code>", out);
	}
	if (code)
		fputs("</code>", out);
}

/* Copies what was written to a temporary file, but for blank lines and the heading it begins with.
 */
static void put_file(FILE *out, FILE *from, const char *heading)
{
	bool begun = false;
	char line[1024];

	rewind(from);
	while (fgets(line, sizeof(line), from)) {
		begun |= line[0] != '\n' && strcmp(line, heading) != 0;
		if (begun)
			put_html(out, line);
	}
}

/* What the lesson wrote goes where it would have gone without the page. */
static void pass_on(FILE *printed)
{
	char part[4096];
	size_t len;

	if (!printed)
		return;
	rewind(printed);
	while ((len = fread(part, 1, sizeof(part), printed)) > 0)
		fwrite(part, 1, len, stdout);
	fflush(stdout);
}

/* What the lesson wrote, folded where it is long. Closes printed. */
static void put_printed(FILE *out, FILE *printed)
{
	size_t nr_lines = 0;
	int c;

	if (!printed)
		return;
	rewind(printed);
	while ((c = getc(printed)) != EOF)
		nr_lines += c == '\n';
	if (nr_lines) {
		fprintf(out,
			"<h3>What it printed</h3><details%s><summary>%zu line%s</summary><pre>",
			nr_lines <= NR_SHOWN ? " open" : "", nr_lines, nr_lines == 1 ? "" : "s");
		put_file(out, printed, "");
		fputs("</pre></details>\n", out);
	}
	fclose(printed);
}

/* A heading and the output of one step: of seen_print, or of conctrace report. */
static void put_seen(FILE *out, const struct lesson_run *run)
{
	FILE *text = tmpfile();
	struct err err = {0};

	if (!text || !lesson_seen(run))
		return;
	fputs("<h3>Seen in this run</h3><pre>", out);
	if (seen_print(text, "", run->trace, lesson_seen(run), &err) < 0 && err.code != ENOENT)
		put_html(out, err.text);
	put_file(out, text, "");
	fputs("</pre>\n", out);
	fclose(text);
}

static void put_findings(FILE *out, const struct lesson_run *run)
{
	char *const args[] = {(char *)"conctrace", (char *)"report",   (char *)run->trace,
			      (char *)"--only",    (char *)"findings", NULL};
	FILE *text = tmpfile();

	if (!text)
		return;
	fputs("<h3>Findings</h3><pre>", out);
	lesson_self(run->who, text, args);
	put_file(out, text, "FINDINGS\n");
	fputs("</pre>\n", out);
	fclose(text);
}

/* Cuts text at the blanks and adds what stands between, up to room words. */
static size_t add_words(char *text, char **argv, size_t at, size_t room)
{
	char *next, *word = strtok_r(text, " ", &next);

	for (; word && room; room--, word = strtok_r(NULL, " ", &next))
		argv[at++] = word;
	return at;
}

/* The part of the run that the lesson names, with the options that it asks for; all of a twin's,
 * whose interpreter has to begin first. */
static bool draw(const struct lesson_run *run, const char *picture)
{
	char from[32], to[32],
	    *options = mem_strdup(run->lesson->picture ? run->lesson->picture : "");
	char *args[12 + NR_ASKED] = {(char *)"conctrace", (char *)"picture", (char *)run->trace,
				     (char *)"-o",        (char *)picture,   (char *)"--size",
				     (char *)PICTURE_SIZE};
	size_t at = add_words(options, args, 7, NR_ASKED);
	bool drawn;

	if (!run->python && run->lesson->window &&
	    sscanf(run->lesson->window, "%31s %31s", from, to) == 2) {
		args[at++] = (char *)"--from";
		args[at++] = from;
		args[at++] = (char *)"--to";
		args[at] = to;
	}
	drawn = lesson_self(run->who, stderr, args) == 0;
	free(options);
	return drawn;
}

static void put_text(FILE *out, const struct lesson_run *run)
{
	const struct lesson *lesson = run->lesson;
	const char *lacks = lesson_lacks(lesson), *look = lesson_look(run);
	char *next = lesson_next(run);

	fprintf(out, "<h2 id=\"%s\">%s: ", lesson->name, lesson->name);
	put_html(out, lesson->title);
	fputs("</h2>\n<p>", out);
	put_prose(out, lesson->shows ? lesson->shows : "");
	fprintf(out, "</p>\n<p><code>sudo conctrace workloads %s%s</code></p>\n",
		run->python ? "--python " : "", lesson->name);
	fputs("<p><b>Look for:</b> ", out);
	put_prose(out, look ? look : "");
	fputs("</p>\n", out);
	if (next) {
		fputs("<p><b>Try next:</b> ", out);
		put_prose(out, next);
		fputs("</p>\n", out);
	}
	if (lacks)
		fprintf(out, "<p><b>%s.</b></p>\n", lacks);
	free(next);
}

/* One lesson: true if it ran and was drawn. */
static bool put_lesson(FILE *out, struct lesson_run *run, const char *dir)
{
	char trace[4096], picture[4096];
	struct err err = {0};
	int status = 0, res;

	snprintf(trace, sizeof(trace), "%s/%s.ctr", dir, run->lesson->name);
	snprintf(picture, sizeof(picture), "%s/%s.png", dir, run->lesson->name);
	run->trace = trace;
	fprintf(stderr, "%s: %s\n", run->lesson->name, run->lesson->title);
	put_text(out, run);
	run->printed = tmpfile();
	res = lesson_record(run, &status, &err);
	pass_on(run->printed);
	if (res < 0 || status != 0) {
		if (!err.code)
			err_set(&err, EIO, "%s ended with status %d", run->lesson->name, status);
		fputs("<p>Not recorded: ", out);
		put_html(out, err.text);
		fputs(".</p>\n", out);
		put_printed(out, run->printed);
		cmd_fail(&err);
		return err.code == ENOENT && run->python; /* not every lesson has a twin */
	}
	if (draw(run, picture))
		fprintf(out, "<p><img src=\"%s.png\" alt=\"timeline of %s\"></p>\n",
			run->lesson->name, run->lesson->name);
	put_printed(out, run->printed);
	put_seen(out, run);
	put_findings(out, run);
	fprintf(out, "<p><a href=\"%s.ctr\">%s.ctr</a>: conctrace view %s.ctr</p>\n",
		run->lesson->name, run->lesson->name, run->lesson->name);
	return true;
}

static FILE *page_open(const char *dir, struct err *err)
{
	char path[4096];
	FILE *out;

	if (mkdir(dir, 0755) < 0 && errno != EEXIST) {
		err_set(err, errno, "cannot make %s: %s", dir, strerror(errno));
		return NULL;
	}
	snprintf(path, sizeof(path), "%s/index.html", dir);
	out = fopen(path, "we");
	if (!out)
		err_set(err, errno, "cannot write %s: %s", path, strerror(errno));
	return out;
}

/* Every lesson by name, a line for each chapter. */
static void put_contents(FILE *out, const struct lessons *lessons)
{
	const char *chapter = "";

	fputs("<nav>", out);
	for (size_t i = 0; i < lessons->nr; i++) {
		const struct lesson *lesson = &lessons->rows[i];

		if (strcmp(chapter, lesson->chapter) != 0) {
			fputs(*chapter ? "</p>\n<p><b>" : "<p><b>", out);
			put_html(out, chapter = lesson->chapter);
			fputs("</b>", out);
		}
		fprintf(out, " &middot; <a href=\"#%s\" title=\"", lesson->name);
		put_html(out, lesson->title);
		fprintf(out, "\">%s</a>", lesson->name);
	}
	fputs("</p></nav>\n", out);
}

int tour(const struct lessons *lessons, const struct invoker *who, bool python, const char *dir)
{
	char *no_args[] = {NULL};
	const char *chapter = "";
	struct err err = {0};
	size_t nr_failed = 0;
	FILE *out;

	out = page_open(dir, &err);
	if (!out)
		return cmd_fail(&err);
	fputs(page_head, out);
	put_contents(out, lessons);
	for (size_t i = 0; i < lessons->nr; i++) {
		struct lesson_run run = {
		    .lesson = &lessons->rows[i], .who = who, .python = python, .args = no_args};

		if (strcmp(chapter, run.lesson->chapter) != 0) {
			chapter = run.lesson->chapter;
			fputs("<h1>", out);
			put_html(out, chapter);
			fputs("</h1>\n", out);
		}
		nr_failed += !put_lesson(out, &run, dir);
	}
	fputs("</body></html>\n", out);
	if (fclose(out) != 0) {
		err_set(&err, errno, "cannot write %s/index.html: %s", dir, strerror(errno));
		return cmd_fail(&err);
	}
	fprintf(stderr, "%zu lessons, %zu failed: %s/index.html\n", lessons->nr, nr_failed, dir);
	return nr_failed ? CMD_FAILED : 0;
}
