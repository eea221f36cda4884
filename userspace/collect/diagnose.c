/* SPDX-License-Identifier: BSD-2-Clause */
/* Every check tries the thing itself: a kernel's version or configuration tells less. */
#include "collect/diagnose.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "collect/probes.h"
#include "collect/target.h"

#define CAP_PERFMON_BIT   38
#define CAP_BPF_BIT       39
#define CAP_SYS_ADMIN_BIT 21

static uint64_t effective_capabilities(void)
{
	unsigned long long caps = 0;
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			break;
	if (f)
		fclose(f);
	return caps;
}

static bool has_rights(void)
{
	uint64_t caps = effective_capabilities();
	uint64_t both = 1ULL << CAP_BPF_BIT | 1ULL << CAP_PERFMON_BIT;

	return (caps & both) == both || (caps & 1ULL << CAP_SYS_ADMIN_BIT);
}

/* What failed with code says nothing of the machine where it was only forbidden. */
static bool is_forbidden(struct diagnosis *d, int code)
{
	d->unknown = !has_rights() && (code == EPERM || code == EACCES);
	if (d->unknown)
		snprintf(d->detail, sizeof(d->detail), "not known without rights");
	return d->unknown;
}

static void check_rights(struct diagnosis *d)
{
	d->ok = has_rights();
	snprintf(
	    d->detail, sizeof(d->detail), "%s",
	    d->ok ? "CAP_BPF and CAP_PERFMON"
		  : "missing CAP_BPF or CAP_PERFMON: run with sudo; in a container, start it with "
		    "--cap-add BPF,PERFMON --pid=host");
}

static void check_numbers(struct diagnosis *d)
{
	struct err err = {0};

	d->ok = target_check_numbers(&err) == 0;
	snprintf(d->detail, sizeof(d->detail), "%.199s",
		 d->ok ? "the kernel's own PIDs" : err.text);
}

static void check_btf(struct diagnosis *d)
{
	d->ok = access("/sys/kernel/btf/vmlinux", R_OK) == 0;
	snprintf(
	    d->detail, sizeof(d->detail), "%s",
	    d->ok ? "/sys/kernel/btf/vmlinux"
		  : "no /sys/kernel/btf/vmlinux: use a kernel built with CONFIG_DEBUG_INFO_BTF=y "
		    "(all large distributions' since 2021)");
}

/* libbpf's trial does not tell why it failed; who has no rights may not make one. */
static void check_storage(struct diagnosis *d)
{
	d->ok = libbpf_probe_bpf_map_type(BPF_MAP_TYPE_TASK_STORAGE, NULL) == 1;
	if (!d->ok && is_forbidden(d, EPERM))
		return;
	snprintf(d->detail, sizeof(d->detail), "%s",
		 d->ok ? "task storage" : "no task storage: needs Linux 5.11 or later");
}

static void check_buffers(struct diagnosis *d)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "conctrace_try", 4, 1 << 20, 1, &opts);

	d->ok = fd >= 0;
	if (d->ok)
		close(fd);
	else if (is_forbidden(d, errno))
		return;
	snprintf(d->detail, sizeof(d->detail), "%s",
		 d->ok ? "mapped arrays"
		       : "no mapped arrays: needs Linux 5.5 or later, and memory");
}

static void check_probes(struct diagnosis *d)
{
	struct probes_options options = {.ring_bytes = 64 << 10};
	struct err err = {0};
	struct probes *p = probes_open(&options, &err);

	d->ok = p && probes_attach(p, &err) == 0;
	if (d->ok || !is_forbidden(d, err.code))
		snprintf(d->detail, sizeof(d->detail), "%.199s",
			 d->ok ? probes_names(p) : err.text);
	probes_close(p);
}

static void check_futex(struct diagnosis *d)
{
	struct probes_options options = {.ring_bytes = 64 << 10, .futex_all = true};
	struct err err = {0};
	struct probes *p = probes_open(&options, &err);

	d->ok = p && probes_attach(p, &err) == 0;
	if (d->ok || !is_forbidden(d, err.code))
		snprintf(d->detail, sizeof(d->detail), "%s",
			 d->ok
			     ? "--futex=all works"
			     : "--futex=all does not work: this kernel has no tracepoint sys_exit; "
			       "waits and wakes are recorded all the same");
	probes_close(p);
}

static const struct {
	const char *what;
	bool required;
	void (*check)(struct diagnosis *d);
} checks[] = {
    {"rights", true, check_rights},      {"PID namespace", true, check_numbers},
    {"kernel types", true, check_btf},   {"task storage", true, check_storage},
    {"buffers", true, check_buffers},    {"probes", true, check_probes},
    {"futex calls", false, check_futex},
};

size_t diagnose(struct diagnosis *out, size_t max)
{
	size_t nr = 0;

	libbpf_set_print(NULL);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && nr < max; i++) {
		out[nr] =
		    (struct diagnosis){.what = checks[i].what, .required = checks[i].required};
		checks[i].check(&out[nr++]);
	}
	return nr;
}
