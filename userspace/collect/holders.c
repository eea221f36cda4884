/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc/PID/fd (proc(5)): the link names the inode, its permissions how it was opened. */
#include "collect/holders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/search.h"

#define MAX_DESCRIPTORS 65536 /* looked at in one walk */
#define MAX_HOLDERS     65536

static int compare_holders(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return x->tgid < y->tgid ? -1 : x->tgid > y->tgid;
}

static void look_at(int dir_fd, const char *name, uint32_t tgid, const uint64_t *wanted,
		    size_t nr_wanted, struct holders *out)
{
	char link[64];
	ssize_t len = readlinkat(dir_fd, name, link, sizeof(link) - 1);
	uint64_t inode;
	struct stat st;
	uint32_t ends;

	if (len < 0)
		return;
	link[len] = 0;
	if (sscanf(link, "pipe:[%" SCNu64 "]", &inode) != 1 &&
	    sscanf(link, "socket:[%" SCNu64 "]", &inode) != 1)
		return;
	if (!bsearch(&inode, wanted, nr_wanted, sizeof(*wanted), search_compare) ||
	    fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	ends = (st.st_mode & S_IRUSR ? HOLDS_READ : 0) | (st.st_mode & S_IWUSR ? HOLDS_WRITE : 0);
	if (out->nr && out->at[out->nr - 1].tgid == tgid && out->at[out->nr - 1].inode == inode) {
		out->at[out->nr - 1].ends |= ends;
		return;
	}
	out->at = mem_grow(out->at, &out->cap, out->nr + 1, sizeof(*out->at));
	out->at[out->nr++] = (struct holder){inode, tgid, ends};
}

/* Counts down *budget. False: the process is gone. */
static bool scan_process(uint32_t tgid, const uint64_t *wanted, size_t nr_wanted, size_t *budget,
			 struct holders *out)
{
	char path[64];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%u/fd", tgid);
	dir = opendir(path);
	if (!dir)
		return errno != ENOENT;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (*budget == 0 || out->nr == MAX_HOLDERS) {
			out->is_cut = true;
			break;
		}
		--*budget;
		look_at(dirfd(dir), entry->d_name, tgid, wanted, nr_wanted, out);
	}
	closedir(dir);
	return true;
}

/* One element per process and inode. */
static void merge(struct holders *h)
{
	size_t nr = 0;

	qsort(h->at, h->nr, sizeof(*h->at), compare_holders);
	for (size_t i = 0; i < h->nr; i++) {
		if (nr && compare_holders(&h->at[nr - 1], &h->at[i]) == 0)
			h->at[nr - 1].ends |= h->at[i].ends;
		else
			h->at[nr++] = h->at[i];
	}
	h->nr = nr;
}

void holders_scan(uint32_t *tgids, size_t *nr_tgids, const uint64_t *wanted, size_t nr_wanted,
		  struct holders *out)
{
	size_t budget = MAX_DESCRIPTORS;
	size_t kept = 0;

	*out = (struct holders){0};
	for (size_t i = 0; i < *nr_tgids; i++) {
		uint32_t tgid = tgids[i];

		if (scan_process(tgid, wanted, nr_wanted, &budget, out))
			tgids[kept++] = tgid;
	}
	*nr_tgids = kept;
	if (out->nr)
		merge(out);
}

void holders_done(struct holders *h)
{
	free(h->at);
	*h = (struct holders){0};
}

/* The first holder of inode, or h->nr. */
static size_t first_of(const struct holders *h, uint64_t inode)
{
	return search_first(h->at, sizeof(*h->at), h->nr, inode);
}

static bool holds(const struct holders *h, uint64_t inode, uint32_t tgid)
{
	for (size_t i = first_of(h, inode); i < h->nr && h->at[i].inode == inode; i++)
		if (h->at[i].tgid == tgid)
			return true;
	return false;
}

static void process_text(uint32_t tgid, char *out, size_t len)
{
	char path[64], comm[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/comm", tgid);
	f = fopen(path, "re");
	if (f && fgets(comm, sizeof(comm), f))
		comm[strcspn(comm, "\n")] = 0;
	if (f)
		fclose(f);
	snprintf(out, len, "%s %u", comm[0] ? comm : "tid", tgid);
}

void holders_text(const struct holders *h, uint64_t inode, enum holder_end end, uint64_t not_inode,
		  char *out, size_t len)
{
	unsigned int nr[2] = {0};
	uint32_t tgid[2] = {0};
	unsigned int which;
	size_t used;

	/* [0]: of this end alone, [1]: of both ends */
	for (size_t i = first_of(h, inode); i < h->nr && h->at[i].inode == inode; i++) {
		if (!(h->at[i].ends & end))
			continue;
		which = h->at[i].ends != end || (not_inode && holds(h, not_inode, h->at[i].tgid));
		if (nr[which]++ == 0)
			tgid[which] = h->at[i].tgid;
	}
	which = nr[0] == 0;
	out[0] = 0;
	if (nr[which] == 0)
		return;
	process_text(tgid[which], out, len);
	used = strlen(out);
	if (nr[which] > 1)
		snprintf(out + used, len - used, " +%u", nr[which] - 1);
}
