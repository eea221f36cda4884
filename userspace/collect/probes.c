/* SPDX-License-Identifier: BSD-2-Clause */
/* The skeleton's life: features of this kernel → knobs → load → attach → walk → detach. */
#include "collect/probes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "base/mem.h"
#include "bpf/conctrace.skel.h"
#include "collect/words.h"

#define RING_MIN_BYTES (64 << 10)

struct probes {
	struct conctrace_bpf *skel;
	struct rings rings;
	size_t map_bytes; /* what rings.base maps */
	struct marks marks;
	struct bpf_link **links; /* [nr_links] of breakpoints in programs */
	size_t nr_links, cap_links;
	char names[256];
};

/* What the probes take of the system calls that can make a task wait. */
static const struct {
	int nr;
	enum record_call call;
} calls[] = {
    {SYS_futex, CALL_FUTEX},
    {SYS_futex_wait, CALL_FUTEX2},
    {SYS_futex_waitv, CALL_FUTEXES},
    {SYS_read, CALL_FD},
    {SYS_write, CALL_FD},
    {SYS_readv, CALL_FD},
    {SYS_writev, CALL_FD},
    {SYS_pread64, CALL_FD},
    {SYS_pwrite64, CALL_FD},
    {SYS_preadv, CALL_FD},
    {SYS_pwritev, CALL_FD},
    {SYS_preadv2, CALL_FD},
    {SYS_pwritev2, CALL_FD},
    {SYS_recvfrom, CALL_FD},
    {SYS_sendto, CALL_FD},
    {SYS_recvmsg, CALL_FD},
    {SYS_sendmsg, CALL_FD},
    {SYS_recvmmsg, CALL_FD},
    {SYS_sendmmsg, CALL_FD},
    {SYS_accept, CALL_FD},
    {SYS_accept4, CALL_FD},
    {SYS_connect, CALL_FD},
    {SYS_splice, CALL_FD},
    {SYS_tee, CALL_FD},
    {SYS_vmsplice, CALL_FD},
    {SYS_sendfile, CALL_FD},
    {SYS_copy_file_range, CALL_FD},
    {SYS_fsync, CALL_FD},
    {SYS_fdatasync, CALL_FD},
    {SYS_flock, CALL_FD},
    {SYS_fcntl, CALL_FD},
    {SYS_ioctl, CALL_FD},
    {SYS_ftruncate, CALL_FD},
    {SYS_fallocate, CALL_FD},
    {SYS_getdents64, CALL_FD},
    {SYS_epoll_pwait, CALL_EPOLL},
    {SYS_epoll_pwait2, CALL_EPOLL},
    {SYS_io_uring_enter, CALL_FD},
    {SYS_ppoll, CALL_POLL},
    {SYS_pselect6, CALL_SELECT},
    {SYS_nanosleep, CALL_TIMEOUT_0},
    {SYS_clock_nanosleep, CALL_TIMEOUT_2},
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, CALL_EPOLL},
    {SYS_poll, CALL_POLL},
    {SYS_select, CALL_SELECT},
#endif
};

#ifdef __x86_64__
/* Likewise of a 32-bit program, or one that uses int 0x80: numbers of i386 (model/syscalls.h). */
static const struct {
	int nr;
	enum record_call call;
} compat_calls[] = {
    {3, CALL_FD},            /* read */
    {4, CALL_FD},            /* write */
    {54, CALL_FD},           /* ioctl */
    {118, CALL_FD},          /* fsync */
    {143, CALL_FD},          /* flock */
    {145, CALL_FD},          /* readv */
    {146, CALL_FD},          /* writev */
    {148, CALL_FD},          /* fdatasync */
    {162, CALL_TIMEOUT32_0}, /* nanosleep */
    {168, CALL_POLL},        /* poll */
    {180, CALL_FD},          /* pread64 */
    {181, CALL_FD},          /* pwrite64 */
    {187, CALL_FD},          /* sendfile */
    {221, CALL_FD},          /* fcntl64 */
    {239, CALL_FD},          /* sendfile64 */
    {240, CALL_FUTEX_WORD},  /* futex */
    {256, CALL_EPOLL},       /* epoll_wait */
    {267, CALL_TIMEOUT32_2}, /* clock_nanosleep */
    {142, CALL_SELECT},      /* _newselect */
    {308, CALL_SELECT},      /* pselect6 */
    {413, CALL_SELECT},      /* pselect6_time64 */
    {309, CALL_POLL},        /* ppoll */
    {313, CALL_FD},          /* splice */
    {319, CALL_EPOLL},       /* epoll_pwait */
    {362, CALL_FD},          /* connect */
    {364, CALL_FD},          /* accept4 */
    {369, CALL_FD},          /* sendto */
    {370, CALL_FD},          /* sendmsg */
    {371, CALL_FD},          /* recvfrom */
    {372, CALL_FD},          /* recvmsg */
    {407, CALL_TIMEOUT_2},   /* clock_nanosleep_time64 */
    {414, CALL_POLL},        /* ppoll_time64 */
    {417, CALL_FD},          /* recvmmsg_time64 */
    {422, CALL_FUTEX_WORD},  /* futex_time64 */
    {455, CALL_FUTEX_WORD},  /* futex_wait */
};
#endif

bool probes_call_has_fd(int nr, bool compat)
{
	for (size_t i = 0; !compat && i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].nr == nr)
			return calls[i].call == CALL_FD || calls[i].call == CALL_EPOLL;
#ifdef __x86_64__
	for (size_t i = 0; compat && i < sizeof(compat_calls) / sizeof(compat_calls[0]); i++)
		if (compat_calls[i].nr == nr)
			return compat_calls[i].call == CALL_FD ||
			       compat_calls[i].call == CALL_EPOLL;
#endif
	return false;
}

static char refusal[256]; /* which probe the kernel refused last, and why: ": PROBE: REASON" */

/* libbpf's words are not shown; of a probe that the kernel refuses, its last ones are kept. */
static int note_refusal(enum libbpf_print_level level, const char *format, va_list args)
{
	char *text = NULL, *reason = NULL;
	char *name, *line, *rest;

	if (level != LIBBPF_WARN || vasprintf(&text, format, args) < 0)
		return 0;
	name = strstr(text, "prog '");
	rest = strstr(text, "BEGIN PROG LOAD LOG");
	if (name && rest) {
		name = strtok_r(name + strlen("prog '"), "'", &line);
		for (line = strtok_r(rest, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
			if (strncmp(line, "processed ", strlen("processed ")) == 0)
				break;
			reason = line;
		}
		snprintf(refusal, sizeof(refusal), ": %s: %s", name, reason ? reason : "?");
	}
	free(text);
	return 0;
}

/* Arguments of a tracepoint on this kernel, 0 if it has none of that name. */
static unsigned int tracepoint_nr_args(const struct btf *btf, const char *name)
{
	char type_name[64];
	const struct btf_type *type;
	int id;

	snprintf(type_name, sizeof(type_name), "btf_trace_%s", name);
	id = btf__find_by_name_kind(btf, type_name, BTF_KIND_TYPEDEF);
	if (id < 0)
		return 0;
	type = btf__type_by_id(btf, btf__type_by_id(btf, id)->type); /* pointer */
	type = btf__type_by_id(btf, type->type);                     /* function */
	return btf_is_func_proto(type) ? btf_vlen(type) - 1 : 0;     /* the first is void * */
}

/* Offset of a member of a struct or union, anonymous ones within included, in bytes, or -1. */
static int64_t member_offset(const struct btf *btf, uint32_t type_id, const char *member)
{
	const struct btf_type *type = btf__type_by_id(btf, btf__resolve_type(btf, type_id));

	for (unsigned int i = 0; type && btf_is_composite(type) && i < btf_vlen(type); i++) {
		const char *name = btf__name_by_offset(btf, btf_members(type)[i].name_off);
		int64_t at = btf_member_bit_offset(type, i) / 8;
		int64_t within;

		if (strcmp(name, member) == 0)
			return at;
		within = name[0] ? -1 : member_offset(btf, btf_members(type)[i].type, member);
		if (within >= 0)
			return at + within;
	}
	return -1;
}

/* Distance of x86's preemption count from the run queue among the per-CPU variables (bpf/kernel.h).
 */
static int64_t preempt_count_from_rq(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, ".data..percpu", BTF_KIND_DATASEC);
	const struct btf_type *section = id < 0 ? NULL : btf__type_by_id(btf, id);
	int64_t rq = -1, count = -1;

	for (unsigned int i = 0; section && i < btf_vlen(section); i++) {
		const struct btf_var_secinfo *at = &btf_var_secinfos(section)[i];
		const struct btf_type *var = btf__type_by_id(btf, at->type);
		const char *name = btf__name_by_offset(btf, var->name_off);

		if (strcmp(name, "runqueues") == 0)
			rq = at->offset;
		else if (strcmp(name, "__preempt_count") == 0)
			count = at->offset;
		else if (strcmp(name, "pcpu_hot") == 0 && count < 0)
			count = at->offset + member_offset(btf, var->type, "preempt_count");
	}
	return rq < 0 || count < 0 ? 0 : count - rq;
}

/* The highest core that is online + 1. Where numbers are left out their count is less: 0, if the
 * kernel does not tell. */
static unsigned int online_cpus(void)
{
	FILE *f = fopen("/sys/devices/system/cpu/online", "re");
	unsigned int last = 0, nr;
	int c;

	if (!f)
		return 0;
	while (fscanf(f, "%u", &nr) == 1) {
		last = nr > last ? nr : last;
		c = fgetc(f); /* '-' or ',' */
		if (c == EOF)
			break;
	}
	fclose(f);
	return last + 1;
}

/* Loads of the programs for marks what is needed, if any. */
static int choose_marks(struct probes *p, struct err *err)
{
	const struct marks *m = &p->marks;
	struct conctrace_bpf *skel = p->skel;
	bool any = m->has_marks || m->has_usdt || m->has_coroutines;

	bpf_program__set_autoload(skel->progs.mark_begin, m->has_marks);
	bpf_program__set_autoload(skel->progs.mark_end, m->has_marks);
	bpf_program__set_autoload(skel->progs.mark_instant, m->has_marks);
	bpf_program__set_autoload(skel->progs.mark_counter, m->has_marks);
	bpf_program__set_autoload(skel->progs.mark_coroutine, m->has_marks);
	bpf_program__set_autoload(skel->progs.mark_lock, m->has_marks);
	bpf_program__set_autoload(skel->progs.mark_other, m->has_usdt);
	bpf_program__set_autoload(skel->progs.coroutine_swap, m->has_coroutines);
	bpf_program__set_autoload(skel->progs.coroutine_set, m->has_coroutines);
	if (!any) {
		bpf_map__set_autocreate(skel->maps.told, false);
		bpf_map__set_autocreate(skel->maps.__bpf_usdt_specs, false);
		bpf_map__set_autocreate(skel->maps.__bpf_usdt_ip_to_spec_id, false);
	} else if (!skel->rodata->has_preempt_disable && !marks_never_preempted()) {
		return err_set(err, EOPNOTSUPP,
			       "marks and coroutines need Linux 6.10 or later, or one that is not "
			       "preempted (preempt=voluntary): leave them out with --no-marks");
	}
	return 0;
}

static int set_knobs(struct probes *p, const struct probes_options *options, struct err *err)
{
	struct conctrace_bpf__rodata *knobs = p->skel->rodata;
	struct btf *btf = btf__load_vmlinux_btf();

	if (!btf)
		return err_set(err, ENOENT,
			       "this kernel carries no BTF (/sys/kernel/btf/vmlinux): conctrace "
			       "needs Linux 5.15 or later with CONFIG_DEBUG_INFO_BTF=y");
	knobs->switch_has_state = tracepoint_nr_args(btf, "sched_switch") >= 4;
	knobs->exit_has_group_dead = tracepoint_nr_args(btf, "sched_process_exit") >= 2;
	if (tracepoint_nr_args(btf, "sched_pi_setprio") < 2)
		bpf_program__set_autoload(p->skel->progs.probe_prio, false);
	knobs->has_rdonly_cast = btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
	knobs->preempt_count_from_rq = preempt_count_from_rq(btf);
	knobs->has_preempt_disable =
	    btf__find_by_name_kind(btf, "bpf_preempt_disable", BTF_KIND_FUNC) > 0;
	btf__free(btf);
	knobs->ring_bytes = p->rings.ring_bytes;
	knobs->target_tgid = options->target_tgid;
	knobs->self_tgid = getpid();
	knobs->trace_all = options->all;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		knobs->calls[calls[i].nr] = calls[i].call;
#ifdef __x86_64__
	for (size_t i = 0; i < sizeof(compat_calls) / sizeof(compat_calls[0]); i++)
		knobs->compat_calls[compat_calls[i].nr] = compat_calls[i].call;
#endif
	if (getrandom(&knobs->object_salt, sizeof(knobs->object_salt), GRND_NONBLOCK) < 0)
		knobs->object_salt = (uintptr_t)p; /* early in a boot: where the heap is */
	knobs->object_salt |= 1;
	knobs->nr_futex = SYS_futex;
	bpf_program__set_autoload(p->skel->progs.probe_futex, options->futex_all);
	return choose_marks(p, err);
}

static int load_failed(int code, size_t ring_bytes, unsigned int nr_cpus, struct err *err)
{
	switch (code) {
	case EPERM:
	case EACCES:
		return err_set(err, EPERM,
			       "cannot load the probes: needs CAP_BPF and CAP_PERFMON (run with "
			       "sudo, or see conctrace doctor)");
	case ENOMEM:
	case E2BIG:
		return err_set(
		    err, code,
		    "cannot make buffers of 2 x %zu KiB for each of %u cores: give less with "
		    "--buffer",
		    ring_bytes / 1024, nr_cpus);
	default:
		return err_set(err, code, "cannot load the probes: %s%s (see conctrace doctor)",
			       strerror(code), refusal);
	}
}

/* One try with buffers of p->rings.ring_bytes. */
static int try_load(struct probes *p, const struct probes_options *options, struct err *err)
{
	size_t value_bytes = sizeof(struct record_ring) + p->rings.ring_bytes + RECORD_MAX_BYTES;
	int res;

	p->skel = conctrace_bpf__open();
	if (!p->skel)
		return load_failed(errno, p->rings.ring_bytes, p->rings.nr_cpus, err);
	res = set_knobs(p, options, err);
	if (res < 0)
		return res;
	p->rings.stride = value_bytes;
	bpf_map__set_value_size(p->skel->maps.rings, value_bytes);
	bpf_map__set_max_entries(p->skel->maps.rings, p->rings.nr_cpus * RECORD_RINGS_PER_CPU);
	res = conctrace_bpf__load(p->skel);
	if (res < 0)
		return load_failed(-res, p->rings.ring_bytes, p->rings.nr_cpus, err);
	return 0;
}

static int map_rings(struct probes *p, struct err *err)
{
	size_t bytes = p->rings.stride * p->rings.nr_cpus * RECORD_RINGS_PER_CPU;
	void *base;

	p->map_bytes = (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	base = mmap(NULL, p->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		    bpf_map__fd(p->skel->maps.rings), 0);
	if (base == MAP_FAILED)
		return err_set(err, errno, "cannot map the buffers of the probes: %s",
			       strerror(errno));
	p->rings.base = base;
	return 0;
}

struct probes *probes_open(const struct probes_options *options, struct err *err)
{
	struct probes *p = mem_zalloc(1, sizeof(*p));
	int res;

	if (marks_find(&options->marks, &p->marks, err) < 0) {
		probes_close(p);
		return NULL;
	}
	refusal[0] = 0;
	libbpf_set_print(note_refusal);
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	p->rings.nr_cpus = online_cpus();
	if (p->rings.nr_cpus == 0) {
		err_set(err, ENOENT, "cannot read which cores are online: is /sys mounted?");
		probes_close(p);
		return NULL;
	}
	p->rings.ring_bytes =
	    options->ring_bytes ? options->ring_bytes : rings_default_bytes(p->rings.nr_cpus);
	for (;;) {
		res = try_load(p, options, err);
		/* Before v6.x an array's element was limited to 4 MiB: try smaller ones. */
		if ((res != -E2BIG && res != -ENOMEM) || options->ring_bytes ||
		    p->rings.ring_bytes <= RING_MIN_BYTES)
			break;
		conctrace_bpf__destroy(p->skel);
		p->skel = NULL;
		p->rings.ring_bytes /= 2;
	}
	if (res == 0)
		res = map_rings(p, err);
	if (res < 0) {
		probes_close(p);
		return NULL;
	}
	return p;
}

static struct bpf_program *program_of(struct probes *p, const struct mark_point *point)
{
	struct bpf_program *own[MARKS_NR_PROBES] = {
	    p->skel->progs.mark_begin,   p->skel->progs.mark_end,       p->skel->progs.mark_instant,
	    p->skel->progs.mark_counter, p->skel->progs.mark_coroutine, p->skel->progs.mark_lock,
	};

	if (point->number)
		return p->skel->progs.mark_other;
	if (!point->provider)
		return strcmp(point->name, "swapcontext") == 0 ? p->skel->progs.coroutine_swap
							       : p->skel->progs.coroutine_set;
	for (size_t i = 0; i < MARKS_NR_PROBES; i++)
		if (strcmp(point->name, marks_probes[i]) == 0)
			return own[i];
	return NULL;
}

/* A breakpoint for every process that runs that file: whether it is traced the program asks. */
static int attach_point(struct probes *p, const struct mark_point *point, struct err *err)
{
	LIBBPF_OPTS(bpf_usdt_opts, usdt, .usdt_cookie = point->number);
	LIBBPF_OPTS(bpf_uprobe_opts, function, .func_name = point->name);
	struct bpf_program *prog = program_of(p, point);
	struct bpf_link *link;

	if (point->provider)
		link = bpf_program__attach_usdt(prog, -1, point->path, point->provider, point->name,
						&usdt);
	else
		link = bpf_program__attach_uprobe_opts(prog, -1, point->path, 0, &function);
	if (!link && !point->provider && (errno == ENOENT || errno >= __LIBBPF_ERRNO__START))
		return 0; /* this file has no such function of its own */
	if (!link)
		return err_set(err, errno, "cannot attach to %s%s%s of %s: %s",
			       point->provider ? point->provider : "", point->provider ? ":" : "",
			       point->name, point->path, strerror(errno));
	p->links = mem_grow(p->links, &p->cap_links, p->nr_links + 1, sizeof(*p->links));
	p->links[p->nr_links++] = link;
	return 0;
}

static int attach_marks(struct probes *p, struct err *err)
{
	int res = 0;

	for (size_t i = 0; i < p->marks.nr && res == 0; i++)
		res = attach_point(p, &p->marks.points[i], err);
	return res;
}

int probes_attach(struct probes *p, struct err *err)
{
	struct bpf_program *prog;
	int res = conctrace_bpf__attach(p->skel);

	if (res < 0)
		return err_set(err, -res, "cannot attach the probes: %s (see conctrace doctor)",
			       strerror(-res));
	bpf_object__for_each_program(prog, p->skel->obj)
	{
		const char *section = bpf_program__section_name(prog);
		const char *name = strrchr(section, '/');

		if (!bpf_program__autoload(prog) || strncmp(section, "iter", 4) == 0 || !name)
			continue;
		if (p->names[0])
			strncat(p->names, ",", sizeof(p->names) - strlen(p->names) - 1);
		strncat(p->names, name + 1, sizeof(p->names) - strlen(p->names) - 1);
	}
	return attach_marks(p, err);
}

static bool is_whole(const uint8_t *bytes, size_t len)
{
	size_t at = 0, size = 1;

	while (size && len - at >= sizeof(struct record)) {
		size = record_size(((const struct record *)(bytes + at))->type);
		if (size > len - at)
			break;
		at += size;
	}
	return at == len;
}

int probes_walk(struct probes *p, void **bytes, size_t *len, struct err *err)
{
	int fd = bpf_iter_create(bpf_link__fd(p->skel->links.walk_tasks));
	uint8_t *buf = NULL;
	size_t cap = 0, used = 0;
	ssize_t got = 1;

	if (fd < 0)
		return err_set(err, errno, "cannot walk the tasks that exist: %s", strerror(errno));
	while (got > 0 || (got < 0 && errno == EAGAIN)) {
		buf = mem_grow(buf, &cap, used + (64 << 10), 1);
		got = read(fd, buf + used, cap - used);
		if (got > 0)
			used += got;
	}
	int code = got < 0 ? errno : is_whole(buf, used) ? 0 : EIO;

	close(fd);
	if (code) {
		free(buf);
		return err_set(err, code, "cannot walk the tasks that exist: %s", strerror(code));
	}
	*bytes = buf;
	*len = used;
	return 0;
}

struct rings *probes_rings(struct probes *p)
{
	return &p->rings;
}

const char *probes_names(const struct probes *p)
{
	return p->names;
}

uint64_t probes_missed(const struct probes *p)
{
	uint64_t missed = p->skel->bss->nr_no_ring + p->skel->bss->nr_no_flags;
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, p->skel->obj)
	{
		struct bpf_prog_info info = {0};
		uint32_t size = sizeof(info);

		if (bpf_program__fd(prog) >= 0 &&
		    bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &size) == 0)
			missed += info.recursion_misses;
	}
	return missed;
}

void probes_detach(struct probes *p)
{
	for (size_t i = 0; i < p->nr_links; i++)
		bpf_link__destroy(p->links[i]);
	p->nr_links = 0;
	conctrace_bpf__detach(p->skel);
}

void probes_close(struct probes *p)
{
	if (!p)
		return;
	if (p->rings.base)
		munmap(p->rings.base, p->map_bytes);
	for (size_t i = 0; i < p->nr_links; i++)
		bpf_link__destroy(p->links[i]);
	free(p->links);
	marks_done(&p->marks);
	conctrace_bpf__destroy(p->skel);
	free(p);
}
