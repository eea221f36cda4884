/* SPDX-License-Identifier: BSD-2-Clause */
/* What opens the report for people: the findings, gravest first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/plain.h"
#include "cmd/report_table.h"

#define MAX_SHOWN 10 /* unless --all */
#define INDENT    9  /* of a sentence: "100.0 %  " */
#define MIN_WIDTH 40 /* narrower ones are not wrapped for */

void report_sentence(const char *sentence, unsigned int indent, unsigned int width)
{
	size_t room = width >= MIN_WIDTH ? width - indent : SIZE_MAX;
	char *plain = plain_text(mem_strdup(sentence));
	const char *text = plain;
	size_t used = 0;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (used && used + 1 + len > room) {
			printf("\n%*s", (int)indent, "");
			used = 0;
		} else if (used) {
			putchar(' ');
			used++;
		}
		fwrite(text, 1, len, stdout);
		used += len;
		text += len + (text[len] == ' ');
	}
	putchar('\n');
	free(plain);
}

void report_findings(const struct report *r, unsigned int width)
{
	const struct result *found = r->findings;
	size_t shown = report_shown(r, found->nr_findings, MAX_SHOWN);

	if (found->nr_findings == 0) {
		if (r->sections == SECTION_FINDINGS)
			printf("Nothing stands out.\n");
		return;
	}
	printf("\nFINDINGS\n");
	for (size_t i = 0; i < shown; i++) {
		char share[PLAIN_SHARE_LEN];

		printf("%7s  ", plain_share(found->findings[i].severity, SHARE_WHOLE, share));
		report_sentence(found->findings[i].text, INDENT, width);
	}
	report_more(found->nr_findings - shown, "");
}
