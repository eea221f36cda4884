/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * process: start, is-alive, join, terminate, kill, exit code. The parent starts four children: one
 * ends by itself with a status, one is asked to end (SIGTERM), one does not listen and is killed
 * (SIGKILL), one has ended before anybody asks.
 * What it shows: the life of a process from start to the status that its parent fetches, and that a
 * child that nobody waited for yet is over although its parent did not notice.
 * What to look for: each end wakes the parent only if it waits then; the stubborn child goes on
 * after SIGTERM; the status and the signal in the list of tasks.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "crew.h"

#define NS_PER_MS 1000000ULL
#define NR_EACH   4

enum child { WORKER, ASKED, STUBBORN, QUICK };

static uint64_t dur_ns = 600 * NS_PER_MS;

static const struct truth_option options[] = {
    {"seconds", "S", &dur_ns, 10 * NS_PER_MS, 60000000000, "how long it takes, about"},
};

static const struct truth_lesson lesson = {
    .name = "process",
    .title = "start, join, is-alive, terminate, kill: each child ends its own way",
    .shows = "  The life of a process, and what its parent learns of its end.\n",
    .look = "  The parent blocked on a child, woken by its end; the stubborn child, woken by\n"
	    "  SIGTERM and asleep again; statuses and signals in the list of tasks.\n",
    .seen = "The parent waited {time child parent} for children in {count child parent} "
	    "wait{s}; the stubborn one slept {count sleep stubborn} time{s}, the one that "
	    "was asked to end {count sleep asked} time{s}.\n",
    .next = "`sudo conctrace workloads process --seconds 3`, and send SIGTERM "
	    "to the stubborn one yourself.\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

static void on_term(int signal_number)
{
	(void)signal_number; /* heard, and ignored: the sleep is cut short */
}

static void work(struct member *me)
{
	truth_burn(me->log, dur_ns / 4);
}

static void sleep_on(struct member *me)
{
	truth_sleep(me->log, 100 * dur_ns);
}

static void be_stubborn(struct member *me)
{
	struct sigaction action = {.sa_handler = on_term};

	sigaction(SIGTERM, &action, NULL);
	sleep_on(me);
}

static void do_nothing(struct member *me)
{
	(void)me;
}

/* What poll() of a process library asks: is it alive? Never waits. */
static bool is_alive(const struct member *child)
{
	siginfo_t info = {0};

	waitid(P_PID, (id_t)child->tid, &info, WEXITED | WNOHANG | WNOWAIT);
	return info.si_pid == 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*work)(struct member *me);
		int status;
	} rows[NR_EACH] = {
	    [WORKER] = {"worker", work, 7},
	    [ASKED] = {"asked", sleep_on, 0},
	    [STUBBORN] = {"stubborn", be_stubborn, 0},
	    [QUICK] = {"quick", do_nothing, 3},
	};
	static struct member crew[NR_EACH];
	unsigned int status[NR_EACH], nr_alive = 0, i;
	struct member self;

	truth_begin(argc, argv, &lesson);
	for (i = 0; i < NR_EACH; i++) {
		member_init(&crew[i], rows[i].name, i, 4, rows[i].work);
		crew[i].status = rows[i].status;
	}
	member_self(&self, "parent", 64);
	for (i = 0; i < NR_EACH; i++)
		member_fork(&crew[i], self.log);
	status[WORKER] = crew_status(member_wait(&crew[WORKER], self.log));
	kill(crew[ASKED].tid, SIGTERM);
	kill(crew[STUBBORN].tid, SIGTERM);
	status[ASKED] = crew_status(member_wait(&crew[ASKED], self.log));
	truth_sleep(self.log, dur_ns / 4);
	for (i = STUBBORN; i < NR_EACH; i++)
		nr_alive += is_alive(&crew[i]);
	kill(crew[STUBBORN].tid, SIGKILL);
	status[STUBBORN] = crew_status(member_wait(&crew[STUBBORN], self.log));
	status[QUICK] = crew_status(member_wait(&crew[QUICK], self.log));
	truth_count(self.log, "alive", nr_alive);
	truth_usage(self.log);

	printf(
	    "process: worker ended with %u, asked with %u (SIGTERM), stubborn with %u (SIGKILL), "
	    "quick with %u; %u was alive before the kill\n",
	    status[WORKER], status[ASKED], status[STUBBORN], status[QUICK], nr_alive);
	return truth_end();
}
