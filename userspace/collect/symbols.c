/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each file is a libdwfl session of its own, at addresses of libdwfl's choice. An address of a
 * process is turned into one of the file by the segment that the mapping shows, as elf(5) has it.
 */
#include "collect/symbols.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <elfutils/libdwfl.h>
#include <gelf.h>
#if __has_include(<libiberty/demangle.h>)
#include <libiberty/demangle.h>
#else
#include <demangle.h>
#endif

#include "base/mem.h"
#include "collect/cpython.h"

#define MAX_FILES 32 /* kept open; the one not used for longest makes room */

struct object {
	uint32_t dev;
	uint64_t inode;
	uint64_t used; /* when, in questions */
	Dwfl *dwfl;
	Dwfl_Module *module; /* NULL: cannot be read, which is remembered too */
};

struct symbols {
	struct object objects[MAX_FILES];
	size_t nr;
	uint64_t now;
};

struct symbols *symbols_open(void)
{
	return mem_zalloc(1, sizeof(struct symbols));
}

/* As the process sees it, whatever its root; a program that was deleted is still there as exe. */
static int open_file(uint32_t tgid, const struct mapping *file)
{
	char path[sizeof(file->path) + 32];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/root%s", tgid, file->path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_ino == file->inode)
		return fd;
	if (fd >= 0)
		close(fd);
	snprintf(path, sizeof(path), "/proc/%u/exe", tgid);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_ino == file->inode)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static char *debuginfo_path; /* NULL: where debuggers look, /usr/lib/debug */

static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
    .debuginfo_path = &debuginfo_path,
};

static void object_open(struct object *o, uint32_t tgid, const struct mapping *file)
{
	int fd = open_file(tgid, file);

	if (fd < 0)
		return;
	o->dwfl = dwfl_begin(&callbacks);
	if (o->dwfl)
		o->module = dwfl_report_offline(o->dwfl, file->path, file->path, fd);
	if (!o->module)
		close(fd);
	if (o->dwfl)
		dwfl_report_end(o->dwfl, NULL, NULL);
}

static struct object *object_at(struct symbols *s, uint32_t tgid, const struct mapping *file)
{
	struct object *oldest = &s->objects[0];

	for (size_t i = 0; i < s->nr; i++) {
		struct object *o = &s->objects[i];

		if (o->dev == file->dev && o->inode == file->inode) {
			o->used = ++s->now;
			return o;
		}
		if (o->used < oldest->used)
			oldest = o;
	}
	if (s->nr < MAX_FILES)
		oldest = &s->objects[s->nr++];
	dwfl_end(oldest->dwfl);
	*oldest = (struct object){.dev = file->dev, .inode = file->inode, .used = ++s->now};
	object_open(oldest, tgid, file);
	return oldest;
}

/* The file's own address of addr. False: no segment of it is mapped there. */
static bool file_address(Elf *elf, const struct mapping *file, uint64_t addr, uint64_t *out)
{
	size_t nr;

	if (elf_getphdrnum(elf, &nr) < 0)
		return false;
	for (size_t i = 0; i < nr; i++) {
		GElf_Phdr ph;
		uint64_t begin, bias;

		if (!gelf_getphdr(elf, (int)i, &ph) || ph.p_type != PT_LOAD)
			continue;
		begin = ph.p_offset / PAGE_BYTES * PAGE_BYTES;
		if (file->offset < begin || file->offset >= ph.p_offset + ph.p_filesz)
			continue;
		bias = file->begin - file->offset + ph.p_offset - ph.p_vaddr;
		if (addr - bias < ph.p_vaddr || addr - bias >= ph.p_vaddr + ph.p_memsz)
			continue;
		/* Behind what is mapped of the file only its zeroes are its own. */
		if (addr >= file->end && addr - bias < ph.p_vaddr + ph.p_filesz)
			continue;
		*out = addr - bias;
		return true;
	}
	return false;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_program(uint32_t tgid, const struct mapping *file)
{
	char path[64], exe[sizeof(file->path)];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%u/exe", tgid);
	len = readlink(path, exe, sizeof(exe) - 1);
	if (len < 0)
		return false;
	exe[len] = 0;
	return strcmp(exe, file->path) == 0;
}

/* What the source calls it, where C++ or Rust made a symbol of that, or NULL. The caller frees. */
static char *source_name(const char *symbol)
{
	return cplus_demangle(symbol, DMGL_PARAMS | DMGL_ANSI | DMGL_AUTO);
}

bool symbols_find(struct symbols *s, uint32_t tgid, const struct mapping *file, uint64_t addr,
		  char *out, size_t len)
{
	struct object *o = object_at(s, tgid, file);
	const char *name = NULL, *place;
	char *readable;
	char within[sizeof(file->path) + 4] = "";
	uint64_t at, begin, offset = 0;
	GElf_Addr bias;
	GElf_Sym sym;
	Elf *elf = o->module ? dwfl_module_getelf(o->module, &bias) : NULL;

	if (!elf || !file_address(elf, file, addr, &at))
		return false;
	name = dwfl_module_addrinfo(o->module, at + bias, &offset, &sym, NULL, NULL, NULL);
	if (!name || offset >= sym.st_size || GELF_ST_TYPE(sym.st_info) == STT_FUNC) {
		snprintf(out, len, "%s+0x%" PRIx64, base_name(file->path), at);
		return true;
	}
	place = cpython_place(name, sym.st_size, offset, &begin);
	if (place) {
		name = place;
		offset -= begin;
	}
	if (!is_program(tgid, file))
		snprintf(within, sizeof(within), " (%s)", base_name(file->path));
	readable = source_name(name);
	if (offset)
		snprintf(out, len, "%s+0x%" PRIx64 "%s", readable ? readable : name, offset,
			 within);
	else
		snprintf(out, len, "%s%s", readable ? readable : name, within);
	free(readable);
	return true;
}

void symbols_close(struct symbols *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->nr; i++)
		dwfl_end(s->objects[i].dwfl);
	free(s);
}
