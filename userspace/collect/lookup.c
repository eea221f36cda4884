/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Futexes and files are answered at once. Pipes and sockets wait until a walk is due, and may be
 * walked for again: when a task first waits, who will use the other end may not be there yet.
 */
#include "collect/lookup.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/search.h"
#include "collect/answers.h"
#include "collect/holders.h"
#include "collect/maps.h"
#include "collect/sockets.h"
#include "collect/symbols.h"

#define ARROW           " \xe2\x86\x92 "
#define MAX_PENDING     4096
#define MAX_PROCESSES   65536
#define MAX_MAPS_BYTES  (16 << 20)
#define MAX_NETWORKS    8
#define MAX_DESCRIPTORS 1024 /* of a task, where its call does not say which */
#define MAX_GUARD_BYTES (64 << 10)
#define NAME_HEAP       "[heap]" /* a lock without a name: the model numbers them */
#define NAME_SHARED     "[shared]"
#define NAME_STACK      "[stack]"
#define WALKS_EACH      3 /* until both ends are known */
#define AGAIN_NS        250000000
#define WALK_SHARE      10 /* a walk may take one part in so many of the time */

/* A pipe or socket whose ends are not known yet. */
struct pending {
	struct ask ask;
	unsigned int nr_walks;
	uint64_t due_ns;
	char protocol[24]; /* of a socket, "" if not known */
};

struct lookup {
	struct answers *answers;
	struct symbols *symbols;
	uint32_t *processes; /* [nr_processes] that are traced */
	size_t nr_processes, cap_processes;
	struct pending *pending; /* [nr_pending] */
	size_t nr_pending, cap_pending;
	uint64_t walk_after_ns;
	struct bytes maps; /* of process maps_tgid, as they were in this call */
	uint32_t maps_tgid;
};

struct lookup *lookup_open(void)
{
	struct lookup *l = mem_zalloc(1, sizeof(*l));

	l->answers = answers_open();
	l->symbols = symbols_open();
	return l;
}

void lookup_close(struct lookup *l)
{
	if (!l)
		return;
	answers_close(l->answers);
	symbols_close(l->symbols);
	free(l->processes);
	free(l->pending);
	bytes_done(&l->maps);
	free(l);
}

/* Text of /proc/TGID/maps, or NULL. */
static const char *read_maps(struct lookup *l, uint32_t tgid)
{
	char path[64];
	ssize_t got = 1;
	int fd;

	if (l->maps_tgid == tgid)
		return l->maps.len ? (const char *)l->maps.at : NULL;
	l->maps_tgid = tgid;
	l->maps.len = 0;
	snprintf(path, sizeof(path), "/proc/%u/maps", tgid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && got > 0 && l->maps.len < MAX_MAPS_BYTES) {
		got = read(fd, bytes_reserve(&l->maps, 16 << 10), 16 << 10);
		l->maps.len += got > 0 ? (size_t)got : 0;
	}
	if (fd >= 0)
		close(fd);
	if (l->maps.len)
		bytes_add_zeros(&l->maps, 1);
	return l->maps.len ? (const char *)l->maps.at : NULL;
}

/* Gone already, or not to be read: a child that became no other program has its parent's memory. */
static void take_after(struct lookup *l, const struct ask *ask, struct bytes *out)
{
	const struct answer *like =
	    ask->like ? answers_find(l->answers, OBJECT_FUTEX, ask->like, ask->key) : NULL;
	struct answer copy;

	if (!like)
		return;
	copy = *like;
	if (copy.is_shared)
		answers_share(l->answers, ask, copy.shared_dev, copy.shared_inode,
			      copy.shared_offset, out);
	if (copy.text[0])
		answers_name(l->answers, ask, false, copy.text, out);
}

/* The kernel marks the first thread's stack; glibc's others have a guard of some pages below, while
 * its arenas have none or are followed by one. */
static const char *memory_kind(const struct mapping *at)
{
	bool is_stack = strncmp(at->path, "[stack", 6) == 0 ||
			(at->path[0] == 0 && at->guard && at->guard <= MAX_GUARD_BYTES);

	if (is_stack)
		return NAME_STACK;
	return at->path[0] == 0 || strcmp(at->path, "[heap]") == 0 ||
		       strncmp(at->path, "[anon", 5) == 0
		   ? NAME_HEAP
		   : NULL;
}

/* A parent that made the memory it shares with its children may use it for a moment only, before it
 * ends: what lies there is looked up when a child asks. */
static void share_with_parent(struct lookup *l, const struct ask *ask, const struct mapping *mine,
			      uint64_t offset, struct bytes *out)
{
	const struct answer *known =
	    ask->parent ? answers_find(l->answers, OBJECT_FUTEX, ask->parent, ask->key) : NULL;
	struct ask its = {
	    .kind = OBJECT_FUTEX,
	    .tid = ask->parent_tgid,
	    .tgid = ask->parent_tgid,
	    .image = ask->parent,
	    .fd = ASK_NO_FD,
	    .key = ask->key,
	};
	struct mapping at, file;
	const char *maps;

	if (!ask->parent || ask->parent_tgid == 0 || (known && known->is_shared))
		return;
	maps = read_maps(l, ask->parent_tgid);
	if (maps && maps_find(maps, ask->key, &at, &file) && at.is_shared && at.dev == mine->dev &&
	    at.inode == mine->inode && at.offset + (ask->key - at.begin) == offset)
		answers_share(l->answers, &its, at.dev, at.inode, offset, out);
}

/* A place in a mapped file: "/dev/shm/queue+0x40", "memfd:ring+0x0". Of a file that has lost its
 * name that one is still the best; what never had one is only shared. */
static void name_shared(const struct mapping *at, uint64_t offset, char *out, size_t len)
{
	const char *gone = strstr(at->path, " (deleted)");
	int path_len = (int)(gone ? (size_t)(gone - at->path) : strlen(at->path));
	const char *path = at->path;

	if (path[0] != '/' || strcmp(path, "/dev/zero (deleted)") == 0) {
		snprintf(out, len, NAME_SHARED);
		return;
	}
	if (gone && strncmp(path, "/memfd:", 7) == 0) {
		path++;
		path_len--;
	}
	snprintf(out, len, "%.*s+0x%" PRIx64, path_len, path, offset);
}

static void look_up_futex(struct lookup *l, const struct ask *ask, struct bytes *out)
{
	const char *maps = ask->tgid ? read_maps(l, ask->tgid) : NULL;
	struct mapping at, file;
	char text[sizeof(at.path) + 64];

	if (!maps) {
		take_after(l, ask, out);
		return;
	}
	if (!maps_find(maps, ask->key, &at, &file))
		return;
	if (at.is_shared) {
		uint64_t offset = at.offset + (ask->key - at.begin);

		if (!ask->is_private)
			answers_share(l->answers, ask, at.dev, at.inode, offset, out);
		name_shared(&at, offset, text, sizeof(text));
		answers_name(l->answers, ask, false, text, out);
		if (!ask->is_private)
			share_with_parent(l, ask, &at, offset, out);
	} else if (file.begin &&
		   symbols_find(l->symbols, ask->tgid, &file, ask->key, text, sizeof(text))) {
		answers_name(l->answers, ask, false, text, out);
	} else if (memory_kind(&at)) {
		answers_name(l->answers, ask, false, memory_kind(&at), out);
	}
}

static bool is_inode(const char *path, uint64_t inode)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_ino == inode;
}

/* The descriptor of a task that is the file asked for, where the call did not say which. */
static bool search_descriptor(uint32_t tid, uint64_t inode, char *path, size_t len)
{
	unsigned int left = MAX_DESCRIPTORS;
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, len, "/proc/%u/fd", tid);
	dir = opendir(path);
	while (dir && !found && left-- && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, len, "/proc/%u/fd/%.20s", tid, entry->d_name);
		found = is_inode(path, inode);
	}
	if (dir)
		closedir(dir);
	return found;
}

/* Path in /proc by which the file of ask can be looked at. */
static bool find_descriptor(const struct ask *ask, char *path, size_t len)
{
	uint32_t tids[] = {ask->tid, ask->tgid};

	for (int i = 0; i < 2; i++) {
		if (tids[i] == 0 || (i && tids[1] == tids[0]))
			continue;
		if (ask->fd == ASK_NO_FD) {
			if (search_descriptor(tids[i], ask->key, path, len))
				return true;
			continue;
		}
		snprintf(path, len, "/proc/%u/fd/%u", tids[i], ask->fd);
		if (is_inode(path, ask->key))
			return true;
	}
	return false;
}

static void await_walk(struct lookup *l, const struct ask *ask, const char *path)
{
	struct pending *p;

	if (l->nr_pending == MAX_PENDING)
		return;
	l->pending = mem_grow(l->pending, &l->cap_pending, l->nr_pending + 1, sizeof(*l->pending));
	p = &l->pending[l->nr_pending++];
	*p = (struct pending){.ask = *ask};
	if (ask->kind == OBJECT_SOCKET && path &&
	    getxattr(path, "system.sockprotoname", p->protocol, sizeof(p->protocol) - 1) > 0)
		for (char *c = p->protocol; *c; c++)
			*c = (char)tolower((unsigned char)*c);
}

static void look_up_file(struct lookup *l, const struct ask *ask, struct bytes *out)
{
	char path[64], target[4096];
	bool found = find_descriptor(ask, path, sizeof(path));
	ssize_t len = found ? readlink(path, target, sizeof(target) - 1) : -1;

	target[len > 0 ? len : 0] = 0;
	if (target[0] == '/')
		answers_name(l->answers, ask, ask->kind != OBJECT_PIPE, target, out);
	else if (ask->kind == OBJECT_PIPE || ask->kind == OBJECT_SOCKET)
		await_walk(l, ask, found ? path : NULL);
}

/* What the walk found out about all of pending. */
struct walk {
	struct socket_fact *facts; /* [nr_facts] by inode */
	size_t nr_facts;
	struct holders holders;
};

/* A scan in the network of each task that asks. */
static void walk_sockets(const struct lookup *l, struct walk *w)
{
	uint64_t networks[MAX_NETWORKS];
	size_t nr_networks = 0;
	unsigned int families = 0;

	w->facts = mem_zalloc(l->nr_pending + 1, sizeof(*w->facts));
	for (size_t i = 0; i < l->nr_pending; i++) {
		if (l->pending[i].ask.kind == OBJECT_SOCKET) {
			w->facts[w->nr_facts++].inode = l->pending[i].ask.key;
			families |= sockets_family(l->pending[i].protocol);
		}
	}
	sockets_sort(w->facts, w->nr_facts);
	for (size_t i = 0; i < l->nr_pending && nr_networks < MAX_NETWORKS; i++) {
		uint32_t tid = l->pending[i].ask.tid;
		char path[64];
		struct stat st;
		size_t known = 0;

		snprintf(path, sizeof(path), "/proc/%u/ns/net", tid);
		if (l->pending[i].ask.kind != OBJECT_SOCKET || stat(path, &st) < 0)
			continue;
		while (known < nr_networks && networks[known] != st.st_ino)
			known++;
		if (known < nr_networks)
			continue;
		networks[nr_networks++] = st.st_ino;
		sockets_scan(tid, families, w->facts, w->nr_facts);
	}
	if (nr_networks == 0 && w->nr_facts) /* they are gone: most likely it was ours */
		sockets_scan((uint32_t)getpid(), families, w->facts, w->nr_facts);
}

static void walk_holders(struct lookup *l, struct walk *w)
{
	uint64_t *wanted = mem_alloc((l->nr_pending + w->nr_facts + 1) * sizeof(*wanted));
	size_t nr = 0;

	for (size_t i = 0; i < l->nr_pending; i++)
		wanted[nr++] = l->pending[i].ask.key;
	for (size_t i = 0; i < w->nr_facts; i++)
		if (w->facts[i].peer)
			wanted[nr++] = w->facts[i].peer;
	qsort(wanted, nr, sizeof(*wanted), search_compare);
	holders_scan(l->processes, &l->nr_processes, wanted, nr, &w->holders);
	free(wanted);
}

/* "seq 4122 → sort 4123", "? → sort 4123". True: both ends are known. */
static bool pipe_text(const struct walk *w, uint64_t inode, char *out, size_t len)
{
	char from[48], to[48];

	holders_text(&w->holders, inode, HOLDS_WRITE, 0, from, sizeof(from));
	holders_text(&w->holders, inode, HOLDS_READ, 0, to, sizeof(to));
	out[0] = 0;
	if (from[0] || to[0])
		snprintf(out, len, "%s" ARROW "%s", from[0] ? from : "?", to[0] ? to : "?");
	return from[0] && to[0];
}

/* "tcp 127.0.0.1:80 → 127.0.0.1:4321", "unix /run/x → curl 17". True: nothing more is to come. */
static bool socket_text(const struct walk *w, const struct pending *p, char *out, size_t len)
{
	const struct socket_fact *fact = sockets_find(w->facts, w->nr_facts, p->ask.key);
	char peer[48] = "";

	snprintf(out, len, "%s", fact->text[0] ? fact->text : p->protocol);
	if (!fact->peer) /* of a Unix socket: not connected yet, or not accepted */
		return fact->text[0] && strcmp(fact->text, "unix") != 0;
	holders_text(&w->holders, fact->peer, HOLDS_READ | HOLDS_WRITE, fact->inode, peer,
		     sizeof(peer));
	if (peer[0] || fact->peer_path[0])
		snprintf(out, len, "%s" ARROW "%s%s%s", fact->text, fact->peer_path,
			 peer[0] && fact->peer_path[0] ? " " : "", peer);
	return peer[0];
}

/* Gives everything pending the name it has now; what is not known to the end stays pending. */
static void walk(struct lookup *l, uint64_t ts_ns, struct bytes *out)
{
	struct walk w = {0};
	size_t kept = 0;

	walk_sockets(l, &w);
	walk_holders(l, &w);
	for (size_t i = 0; i < l->nr_pending; i++) {
		struct pending p = l->pending[i];
		char text[2 * SOCKET_TEXT_LEN + SOCKET_PATH_LEN];
		bool is_done = p.ask.kind == OBJECT_PIPE
				   ? pipe_text(&w, p.ask.key, text, sizeof(text))
				   : socket_text(&w, &p, text, sizeof(text));

		if (text[0] && (is_done || p.due_ns <= ts_ns))
			answers_name(l->answers, &p.ask, false, text, out);
		if (p.due_ns <= ts_ns) {
			p.nr_walks++;
			p.due_ns = ts_ns + AGAIN_NS * p.nr_walks;
		}
		if (!is_done && p.nr_walks < WALKS_EACH)
			l->pending[kept++] = p;
	}
	l->nr_pending = kept;
	holders_done(&w.holders);
	free(w.facts);
}

static uint64_t next_walk_ns(const struct lookup *l)
{
	uint64_t due_ns = UINT64_MAX;

	for (size_t i = 0; i < l->nr_pending; i++)
		if (l->pending[i].due_ns < due_ns)
			due_ns = l->pending[i].due_ns;
	return l->nr_pending && due_ns < l->walk_after_ns ? l->walk_after_ns : due_ns;
}

static void look_up(struct lookup *l, const struct ask *ask, struct bytes *out)
{
	switch (ask->kind) {
	case OBJECT_NONE:
		if (l->nr_processes == MAX_PROCESSES)
			break;
		l->processes = mem_grow(l->processes, &l->cap_processes, l->nr_processes + 1,
					sizeof(*l->processes));
		l->processes[l->nr_processes++] = ask->tgid;
		break;
	case OBJECT_FUTEX:
		look_up_futex(l, ask, out);
		break;
	default:
		look_up_file(l, ask, out);
	}
}

int lookup_take(struct lookup *l, const struct ask *asks, size_t nr, bool is_last,
		struct bytes *out)
{
	uint64_t begin_ns, spent_ns, next_ns;

	l->maps_tgid = 0;
	for (size_t i = 0; i < nr; i++)
		look_up(l, &asks[i], out);
	begin_ns = clock_now_ns();
	if (l->nr_pending && (is_last || next_walk_ns(l) <= begin_ns)) {
		spent_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
		walk(l, begin_ns, out);
		spent_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - spent_ns;
		l->walk_after_ns = clock_now_ns() + spent_ns * WALK_SHARE;
	}
	next_ns = next_walk_ns(l);
	if (next_ns == UINT64_MAX)
		return -1;
	begin_ns = clock_now_ns();
	return next_ns <= begin_ns ? 0 : (int)((next_ns - begin_ns) / 1000000) + 1;
}
