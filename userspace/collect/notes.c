/* SPDX-License-Identifier: BSD-2-Clause */
/* The form of the notes: https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation */
#include "collect/notes.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define NOTE_TYPE    3
#define NOTE_OWNER   "stapsdt"
#define MAX_SCRIPTS  4 /* whose interpreter is a script */
#define MAX_SHEBANG  256
#define NR_ADDRESSES 3 /* before the texts: probe, base, semaphore */

bool notes_has(const struct notes *n, const char *provider, const char *name)
{
	for (size_t i = 0; i < n->nr; i++)
		if (strcmp(n->rows[i].provider, provider) == 0 &&
		    (!name || strcmp(n->rows[i].name, name) == 0))
			return true;
	return false;
}

/* Two texts at desc: [len]. */
static void take_note(struct notes *out, const char *desc, size_t len)
{
	const char *provider = desc;
	const char *name = memchr(provider, 0, len);
	const char *end = desc + len;

	if (!name || ++name >= end || !memchr(name, 0, (size_t)(end - name)) ||
	    notes_has(out, provider, name))
		return;
	out->rows = mem_grow(out->rows, &out->cap, out->nr + 1, sizeof(*out->rows));
	out->rows[out->nr++] =
	    (struct note){.provider = mem_strdup(provider), .name = mem_strdup(name)};
}

static void read_section(Elf_Data *data, size_t address_bytes, struct notes *out)
{
	size_t at = 0, next, name_at, desc_at;
	GElf_Nhdr note;

	while ((next = gelf_getnote(data, at, &note, &name_at, &desc_at)) > 0) {
		const char *bytes = data->d_buf;
		size_t head = NR_ADDRESSES * address_bytes;

		if (note.n_type == NOTE_TYPE && note.n_namesz == sizeof(NOTE_OWNER) &&
		    memcmp(bytes + name_at, NOTE_OWNER, sizeof(NOTE_OWNER)) == 0 &&
		    note.n_descsz > head)
			take_note(out, bytes + desc_at + head, note.n_descsz - head);
		at = next;
	}
}

static void read_sections(Elf *elf, struct notes *out)
{
	size_t address_bytes = gelf_getclass(elf) == ELFCLASS32 ? 4 : 8;
	Elf_Scn *section = NULL;
	GElf_Shdr head;

	while ((section = elf_nextscn(elf, section))) {
		Elf_Data *data;

		if (!gelf_getshdr(section, &head) || head.sh_type != SHT_NOTE)
			continue;
		data = elf_getdata(section, NULL);
		if (data)
			read_section(data, address_bytes, out);
	}
}

void notes_read(const char *path, struct notes *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	Elf *elf;

	if (fd < 0)
		return;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF)
		read_sections(elf, out);
	elf_end(elf);
	close(fd);
}

void notes_done(struct notes *n)
{
	for (size_t i = 0; i < n->nr; i++) {
		free(n->rows[i].provider);
		free(n->rows[i].name);
	}
	free(n->rows);
	*n = (struct notes){0};
}

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111);
}

/* As execvp(3) finds it. */
static bool find_in_path(const char *argv0, const char *path, char *out, size_t len)
{
	if (strchr(argv0, '/')) {
		snprintf(out, len, "%s", argv0);
		return is_program(out);
	}
	for (const char *at = path ? path : "/bin:/usr/bin"; at;) {
		size_t part = strcspn(at, ":");

		snprintf(out, len, "%.*s/%s", (int)part, part ? at : ".", argv0);
		if (part == 0)
			snprintf(out, len, "./%s", argv0);
		if (is_program(out))
			return true;
		at = at[part] ? at + part + 1 : NULL;
	}
	return false;
}

/* What the first line of a script names, as argv0; behind env, its argument. False: no script. */
static bool read_shebang(const char *path, char out[MAX_SHEBANG])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char line[MAX_SHEBANG] = "";
	char *word, *next;
	ssize_t got;

	if (fd < 0)
		return false;
	got = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (got < 3 || line[0] != '#' || line[1] != '!')
		return false;
	line[strcspn(line, "\n")] = 0;
	word = strtok_r(line + 2, " \t", &next);
	if (!word)
		return false;
	if (strcmp(strrchr(word, '/') ? strrchr(word, '/') + 1 : word, "env") == 0)
		do
			word = strtok_r(NULL, " \t", &next);
		while (word && (word[0] == '-' || strchr(word, '=')));
	snprintf(out, MAX_SHEBANG, "%s", word ? word : "");
	return word != NULL;
}

bool program_find(const char *argv0, const char *path, char *out, size_t len)
{
	char script[MAX_SHEBANG];

	if (!find_in_path(argv0, path, out, len))
		return false;
	for (int i = 0; i < MAX_SCRIPTS && read_shebang(out, script); i++)
		if (!find_in_path(script, path, out, len))
			return false;
	return true;
}
