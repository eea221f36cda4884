/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Who leaves a core, who comes, and who makes whom runnable. When a traced task leaves because it
 * waits, its registers tell the system call and its arguments: no system call is traced for that.
 */
#include "probe.h"

#define S_IFMT              0170000 /* include/uapi/linux/stat.h */
#define S_IFSOCK            0140000
#define S_IFREG             0100000
#define S_IFBLK             0060000
#define S_IFCHR             0020000
#define S_IFIFO             0010000
#define ANON_INODE_FS_MAGIC 0x09041934UL /* include/uapi/linux/magic.h */

/* What of an inode tells what it is. */
struct inode_facts {
	uint64_t ino;
	uint64_t magic;            /* of its file system; only for what looks like a file */
	const unsigned char *name; /* of what is in no file system */
	uint32_t rdev;             /* of a device */
	uint16_t format;           /* S_IFMT bits */
};

static __always_inline void read_inode_cast(const struct file *raw, struct inode_facts *facts)
{
	const struct file *file = bpf_rdonly_cast(raw, bpf_core_type_id_kernel(struct file));
	const struct inode *inode = file->f_inode;

	facts->ino = inode->i_ino;
	facts->format = inode->i_mode & S_IFMT;
	if (facts->format == S_IFCHR)
		facts->rdev = inode->i_rdev;
	if (facts->format == 0 || facts->format == S_IFREG)
		facts->magic = inode->i_sb->s_magic;
	if (facts->magic == ANON_INODE_FS_MAGIC)
		facts->name = file->f_path.dentry->d_name.name;
}

/* The same where there is no cast: guarded reads. */
static __always_inline void read_inode_guarded(const struct file *file, struct inode_facts *facts)
{
	const struct inode *inode = BPF_CORE_READ(file, f_inode);

	facts->ino = BPF_CORE_READ(inode, i_ino);
	facts->format = BPF_CORE_READ(inode, i_mode) & S_IFMT;
	if (facts->format == S_IFCHR)
		facts->rdev = BPF_CORE_READ(inode, i_rdev);
	if (facts->format == 0 || facts->format == S_IFREG)
		facts->magic = BPF_CORE_READ(inode, i_sb, s_magic);
	if (facts->magic == ANON_INODE_FS_MAGIC)
		facts->name = BPF_CORE_READ(file, f_path.dentry, d_name.name);
}

#define NAME8(a, b, c, d, e, f, g, h)                                                     \
	((uint64_t)(a) | (uint64_t)(b) << 8 | (uint64_t)(c) << 16 | (uint64_t)(d) << 24 | \
	 (uint64_t)(e) << 32 | (uint64_t)(f) << 40 | (uint64_t)(g) << 48 | (uint64_t)(h) << 56)

/* By the first eight letters of the name that the kernel gives such a file, brackets or not. */
static __always_inline uint32_t kind_of_anon(const unsigned char *name)
{
	uint64_t letters = 0;

	bpf_probe_read_kernel(&letters, sizeof(letters), name);
	switch (letters) {
	case NAME8('[', 'e', 'v', 'e', 'n', 't', 'f', 'd'):
		return OBJECT_EVENTFD;
	case NAME8('[', 't', 'i', 'm', 'e', 'r', 'f', 'd'):
		return OBJECT_TIMERFD;
	case NAME8('[', 's', 'i', 'g', 'n', 'a', 'l', 'f'):
		return OBJECT_SIGNALFD;
	case NAME8('[', 'e', 'v', 'e', 'n', 't', 'p', 'o'):
		return OBJECT_EPOLL;
	case NAME8('i', 'n', 'o', 't', 'i', 'f', 'y', 0):
		return OBJECT_INOTIFY;
	case NAME8('[', 'i', 'o', '_', 'u', 'r', 'i', 'n'):
		return OBJECT_IO_URING;
	case NAME8('[', 'p', 'i', 'd', 'f', 'd', ']', 0):
		return OBJECT_PIDFD;
	default:
		return OBJECT_ANON;
	}
}

/* Documentation/admin-guide/devices.txt: virtual consoles, /dev/tty and console, serial, pty. */
static __always_inline bool is_tty(uint32_t rdev)
{
	uint32_t major = rdev >> 20;

	return major == 4 || major == 5 || (major >= 136 && major <= 143) || major == 204;
}

static __always_inline uint32_t kind_of_inode(const struct inode_facts *facts)
{
	switch (facts->format) {
	case S_IFIFO:
		return OBJECT_PIPE;
	case S_IFSOCK:
		return OBJECT_SOCKET;
	case S_IFCHR:
		return is_tty(facts->rdev) ? OBJECT_TTY : OBJECT_CHAR;
	case S_IFBLK:
		return OBJECT_BLOCK;
	default:
		return facts->name ? kind_of_anon(facts->name) : OBJECT_FILE;
	}
}

/* Kind and number of an open file of the current task. */
static __always_inline void object_of_fd(struct task_struct *task, uint64_t fd, uint32_t *kind,
					 uint64_t *object)
{
	struct files_struct *files = task->files;
	struct inode_facts facts = {};
	struct fdtable *fdt;
	uint64_t number = 0; /* the verifier lets nobody count with a pointer that it knows */
	struct file *file;

	if (!files)
		return;
	fdt = files->fdt;
	if (fd >= fdt->max_fds)
		return;
	file = pointer_at(fdt->fd + fd);
	if (!file)
		return;
	if (has_rdonly_cast)
		read_inode_cast(file, &facts);
	else
		read_inode_guarded(file, &facts);
	*kind = kind_of_inode(&facts);
	*object = facts.ino;
	if (facts.name) { /* all of them share one inode */
		bpf_probe_read_kernel(&number, sizeof(number), fdt->fd + fd);
		*object = number * object_salt >> 16;
	}
}

/* The object of poll(2) with a single file: that file's. */
static __always_inline void object_of_poll(struct task_struct *task, struct record_block *rec)
{
	int32_t fd = -1; /* the first member of struct pollfd */

	if (rec->args[1] == 1 && bpf_probe_read_user(&fd, sizeof(fd), (void *)rec->args[0]) == 0 &&
	    fd >= 0)
		object_of_fd(task, fd, &rec->object_kind, &rec->object);
}

/* The word of a futex and the one that may be its owner: 32-bit libraries lay the rest out in other
 * ways. */
static __always_inline void fill_word(struct record_block *rec)
{
	uint32_t at[3] = {};

	bpf_probe_read_user(at, sizeof(at), (void *)rec->args[0]);
	rec->object_kind = OBJECT_FUTEX;
	rec->object = at[0] | (uint64_t)at[2] << 32;
}

/* What the arguments name. */
static __always_inline void fill_object(struct task_struct *task, uint8_t call,
					struct record_block *rec)
{
	switch (call) {
	case CALL_FD:
	case CALL_EPOLL:
		object_of_fd(task, rec->args[0], &rec->object_kind, &rec->object);
		break;
	case CALL_POLL:
		object_of_poll(task, rec);
		break;
	case CALL_TIMEOUT_0:
	case CALL_TIMEOUT_2:
		rec->object_kind = OBJECT_TIMEOUT;
		rec->object = read_timespec(rec->args[call == CALL_TIMEOUT_0 ? 0 : 2]);
		break;
	case CALL_TIMEOUT32_0:
	case CALL_TIMEOUT32_2:
		rec->object_kind = OBJECT_TIMEOUT;
		rec->object = read_timespec32(rec->args[call == CALL_TIMEOUT32_0 ? 0 : 2]);
		break;
	case CALL_FUTEX_WORD:
		fill_word(rec);
		break;
	}
}

/* include/uapi/linux/futex.h */
struct futex_waitv {
	uint64_t val;
	uint64_t uaddr;
	uint32_t flags;
	uint32_t reserved;
};

/* The memory around a futex that the current task is about to wait for. */
static __always_inline void fill_words(struct record_words *words, uint8_t call,
				       const struct pt_regs *regs, struct record_block *rec)
{
	struct futex_waitv first = {.uaddr = rec->args[0]};
	uint64_t timeout = rec->args[3], clock = 1, more[2];

	if (call != CALL_FUTEX) {
		regs_more_args(regs, more);
		clock = more[call == CALL_FUTEX2];
	}
	if (call == CALL_FUTEX2)
		timeout = more[0];
	if (call == CALL_FUTEXES) {
		first.uaddr = 0;
		bpf_probe_read_user(&first, sizeof(first), (void *)rec->args[0]);
	}
	words->uaddr = first.uaddr;
	words->timeout_ns = read_timespec(timeout);
	if (timeout && clock == 0) /* CLOCK_REALTIME */
		words->head.flags = RECORD_F_REALTIME;
	read_words(words->words, words->uaddr);
	if (call == CALL_FUTEXES) {
		rec->object_kind = OBJECT_FUTEXES;
		rec->object = (uint32_t)first.val | (uint64_t)first.flags << 32;
		return;
	}
	rec->object_kind = OBJECT_FUTEX;
	rec->object = words->words[RECORD_WORD_AT] | (uint64_t)words->words[RECORD_WORD_AT + 2]
							 << 32;
}

static __always_inline struct record_switch *
reserve_switch(struct slot *slot, struct record_ring *ring, uint32_t tid, bool preempt)
{
	struct record_switch *rec = ring_reserve(slot, ring, sizeof(*rec), RECORD_SWITCH, tid);

	if (rec)
		rec->head.flags = preempt ? RECORD_F_PREEMPT : 0;
	return rec;
}

/*
 * A block record with what the task was doing in the kernel: system call, arguments, and what they
 * name. mark: the task's, or NULL. NULL: no room.
 */
static __always_inline struct record_switch *
reserve_block(struct slot *slot, struct record_ring *ring, struct task_struct *task, uint32_t *mark)
{
	bool user = !(task->flags & PF_KTHREAD);
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	int32_t nr = user ? regs_syscall(regs) : RECORD_NO_SYSCALL;
	bool compat = user && task_is_compat(task);
	uint8_t call = call_of(nr, compat);
	struct record_words *words = NULL;
	struct record_block *rec;

	if (mark && !(*mark & TASK_SEVERAL) == is_of_several(call))
		*mark ^= TASK_SEVERAL;
	if (call == CALL_FUTEX || call == CALL_FUTEX2 || call == CALL_FUTEXES) {
		words = ring_reserve(slot, ring, sizeof(*words) + sizeof(*rec), RECORD_WORDS,
				     task->pid);
		if (!words)
			return NULL;
		rec = slot_follow(slot, &words->head, sizeof(*rec), RECORD_BLOCK);
	} else {
		rec = ring_reserve(slot, ring, sizeof(*rec), RECORD_BLOCK, task->pid);
		if (!rec)
			return NULL;
	}
	rec->nr = nr;
	rec->object_kind = OBJECT_NONE;
	rec->object = 0;
	if (nr >= 0)
		regs_args(regs, compat, rec->args);
	else
		rec->args[0] = rec->args[1] = rec->args[2] = rec->args[3] = 0;
	if (compat)
		rec->head.head.flags = RECORD_F_COMPAT;
	if (words)
		fill_words(words, call, regs, rec);
	else
		fill_object(task, call, rec);
	return &rec->head;
}

/*
 * Some virtual machines hide the switches of their own service tasks from every tracer. The
 * scheduler's own notes tell when the task that leaves came: if it came later than the last switch
 * told, one or more went untold. The idle task has no such notes.
 */
static __always_inline void tell_arrival(struct record_ring *ring, struct task_struct *prev,
					 uint64_t clock)
{
	uint64_t arrival = prev->sched_info.last_arrival;
	struct record_arrival *rec;
	struct slot slot;

	if (arrival <= ring->last_clock || arrival > clock)
		return;
	rec = ring_reserve(&slot, ring, sizeof(*rec), RECORD_ARRIVAL, prev->pid);
	if (!rec)
		return;
	rec->since_ns = rec->head.ts_ns - (clock - arrival);
	slot_commit(&slot);
}

#define STOLEN_TOLD_NS 10000 /* less is told with what follows: no record for each interrupt */

/* Tells what was taken of the core while prev had it. Who is idle misses nothing. */
static __always_inline void check_stolen(struct record_ring *ring, const struct task_struct *prev,
					 uint64_t stolen_ns)
{
	uint64_t ns = stolen_ns - ring->last_stolen;
	struct record_stolen *rec;
	struct slot slot;

	if (prev->pid && ns < STOLEN_TOLD_NS)
		return;
	ring->last_stolen = stolen_ns;
	if (!prev->pid || !ring->last_clock) /* nothing is known of before the first switch */
		return;
	rec = ring_reserve(&slot, ring, sizeof(*rec), RECORD_STOLEN, prev->pid);
	if (!rec)
		return;
	rec->ns = ns;
	slot_commit(&slot);
}

/* Checks what the last switch of this core told, and notes what this one tells. */
static __always_inline void check_arrival(struct record_ring *ring, struct task_struct *prev)
{
	uint64_t clock, stolen_ns;

	if (!bpf_core_field_exists(prev->sched_info.last_arrival) ||
	    !bpf_core_field_exists(prev->se.cfs_rq->rq))
		return;
	clock = rq_clock(&ring->rq, prev, &stolen_ns);
	check_stolen(ring, prev, stolen_ns);
	if (prev->pid && prev->sched_info.last_arrival != ring->last_clock)
		tell_arrival(ring, prev, clock);
	ring->last_clock = clock;
}

/* Tells what nice(2) or a policy made of the priority of a task that leaves its core. */
static __always_inline void tell_prio(struct record_ring *ring, struct task_struct *task,
				      uint32_t *mark)
{
	int32_t told = prio_told(*mark);
	struct record_prio *rec;
	struct slot slot;

	if (told == task->normal_prio)
		return;
	rec = ring_reserve(&slot, ring, sizeof(*rec), RECORD_PRIO, task->pid);
	if (!rec)
		return;
	rec->old_prio = told;
	rec->new_prio = task->normal_prio;
	slot_commit(&slot);
	*mark = mark_with_prio(*mark, rec->new_prio);
}

/* Room for what a task tells that leaves its core and waits. NULL: no room. */
static __always_inline struct record_switch *
reserve_wait(struct slot *slot, struct record_ring *ring, struct task_struct *task)
{
	uint32_t *mark = mark_at(task);

	if (!trace_all && (!mark || !(*mark & RECORD_F_TRACED)))
		return reserve_switch(slot, ring, task->pid, false);
	if (mark)
		tell_prio(ring, task, mark);
	return reserve_block(slot, ring, task, mark);
}

/*
 * sched_switch, interrupts off. Since v5.11 for task storage, v5.15 for bpf_task_pt_regs().
 */
SEC("tp_btf/sched_switch")
int probe_switch(uint64_t *ctx)
{
	bool preempt = ctx[0];
	struct task_struct *prev = (struct task_struct *)ctx[1];
	struct task_struct *next = (struct task_struct *)ctx[2];
	uint32_t state = switch_has_state ? (uint32_t)ctx[3] : prev->__state;
	struct record_ring *ring = ring_here(RECORD_RING_IRQ);
	struct record_switch *rec;
	struct slot slot;

	if (!ring)
		return 0;
	check_arrival(ring, prev);
	if (state && !preempt && prev->pid)
		rec = reserve_wait(&slot, ring, prev);
	else
		rec = reserve_switch(&slot, ring, prev->pid, preempt);
	if (!rec)
		return 0;
	rec->next_tid = next->pid;
	rec->prev_state = state;
	slot_commit(&slot);
	return 0;
}

/*
 * Whether a task waits for any of several descriptors. The mark is right unless the task is still
 * on its way off the core; its registers always tell, but to look there takes 28 ns more.
 */
static __always_inline bool waits_for_several(struct task_struct *task, uint32_t mark)
{
	struct pt_regs *regs;

	if (!trace_all && !task->on_cpu)
		return mark & TASK_SEVERAL;
	if (task->flags & PF_KTHREAD)
		return false;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	return is_of_several(call_of(regs_syscall(regs), task_is_compat(task)));
}

/* Who waits for any of several descriptors does not tell which one was ready: the waker's own does.
 */
static __always_inline void tell_file(struct record_ring *ring, struct task_struct *waker,
				      struct pt_regs *regs)
{
	struct record_file *rec;
	uint64_t object = 0;
	uint32_t kind = 0;
	uint64_t args[RECORD_NR_ARGS];
	struct slot slot;

	if (call_of(regs_syscall(regs), task_is_compat(waker)) != CALL_FD)
		return;
	regs_args(regs, task_is_compat(waker), args);
	object_of_fd(waker, args[0], &kind, &object);
	rec = ring_reserve(&slot, ring, sizeof(*rec), RECORD_FILE, waker->pid);
	if (!rec)
		return;
	rec->kind = kind;
	rec->reserved = 0;
	rec->object = object;
	slot_commit(&slot);
}

/* sched_waking, interrupts off, in the waker's context. */
SEC("tp_btf/sched_waking")
int probe_waking(uint64_t *ctx)
{
	struct task_struct *wakee = (struct task_struct *)ctx[0];
	struct task_struct *waker = bpf_get_current_task_btf();
	struct record_ring *ring = ring_here(RECORD_RING_IRQ);
	uint32_t *mark = trace_all ? NULL : mark_at(wakee);
	bool traced = trace_all || (mark && *mark & RECORD_F_TRACED);
	struct record_waking *rec;
	struct pt_regs *regs;
	uint64_t args[RECORD_NR_ARGS] = {};
	struct slot slot;
	uint8_t context;
	bool user;

	if (!ring)
		return 0;
	context = context_flags(&ring->rq, waker);
	/* A traced task's own wakings are its deeds; those of an interrupt above it are not. */
	if (!traced && (context || !is_traced(waker)))
		return 0;
	user = !context && !(waker->flags & PF_KTHREAD);
	regs = (struct pt_regs *)bpf_task_pt_regs(waker);
	if (user && traced && waits_for_several(wakee, mark ? *mark : 0))
		tell_file(ring, waker, regs);
	rec = ring_reserve(&slot, ring, sizeof(*rec), RECORD_WAKING, wakee->pid);
	if (!rec)
		return 0;
	rec->head.flags = context;
	rec->waker_tid = waker->pid;
	rec->nr = RECORD_NO_SYSCALL;
	if (user) {
		rec->nr = regs_syscall(regs);
		regs_args(regs, task_is_compat(waker), args);
		if (task_is_compat(waker))
			rec->head.flags |= RECORD_F_COMPAT;
	}
	rec->args[0] = args[0];
	rec->args[1] = args[1];
	slot_commit(&slot);
	return 0;
}

/* sched_wakeup_new, interrupts off: once in a task's life. */
SEC("tp_btf/sched_wakeup_new")
int probe_wakeup_new(uint64_t *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct task_struct *waker = bpf_get_current_task_btf();
	struct record_wakeup_new *rec;
	struct slot slot;

	rec = slot_reserve(&slot, RECORD_RING_IRQ, sizeof(*rec), RECORD_WAKEUP_NEW, task->pid);
	if (!rec)
		return 0;
	rec->waker_tid = waker->pid;
	rec->reserved = 0;
	slot_commit(&slot);
	return 0;
}

/* sched_pi_setprio, run queue lock held: priority inheritance begins or ends. Rare. */
SEC("tp_btf/sched_pi_setprio")
int probe_prio(uint64_t *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct task_struct *donor = (struct task_struct *)ctx[1];
	struct record_prio *rec;
	int prio = task->normal_prio;
	struct slot slot;

	if (!is_traced(task))
		return 0;
	if (donor && donor->prio < prio)
		prio = donor->prio;
	rec = slot_reserve(&slot, RECORD_RING_IRQ, sizeof(*rec), RECORD_PRIO, task->pid);
	if (!rec)
		return 0;
	rec->head.flags = RECORD_F_INHERITED;
	rec->old_prio = task->prio;
	rec->new_prio = prio;
	slot_commit(&slot);
	return 0;
}
