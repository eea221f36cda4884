/* SPDX-License-Identifier: BSD-2-Clause */
/* Who holds the mutex only swaps arrays. */
#include "collect/naming.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

#define NICE 0 /* not the drain's: names can wait, but not longer than objects live */

/* What both sides touch, under the mutex. The thread owns it when it was left behind. */
struct queue {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct ask *asks; /* [nr_asks] */
	size_t nr_asks, cap_asks;
	struct bytes found;
	bool is_last; /* nothing more will be asked */
	bool is_over; /* the thread has answered everything */
	bool is_left; /* by the other side: who is last frees */
	naming_look_fn look;
	naming_done_fn done;
	void *payload;
};

struct naming {
	struct asked *asked;
	struct queue *queue;
	bool has_thread;
	struct bytes found; /* handed out */
};

struct naming *naming_open(naming_look_fn look, naming_done_fn done, void *payload)
{
	struct naming *n = mem_zalloc(1, sizeof(*n));
	pthread_condattr_t attr;

	n->asked = asked_open();
	n->queue = mem_zalloc(1, sizeof(*n->queue));
	n->queue->look = look;
	n->queue->done = done;
	n->queue->payload = payload;
	pthread_mutex_init(&n->queue->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&n->queue->changed, &attr);
	pthread_condattr_destroy(&attr);
	return n;
}

static void queue_close(struct queue *q)
{
	if (q->done)
		q->done(q->payload);
	pthread_cond_destroy(&q->changed);
	pthread_mutex_destroy(&q->mutex);
	free(q->asks);
	bytes_done(&q->found);
	free(q);
}

static struct timespec in_ms(int ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += ms % 1000 * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	return at;
}

/* Until there are questions, the end, or wait_ms are over (-1: however long). Mutex held. */
static void await_questions(struct queue *q, int wait_ms)
{
	struct timespec until = in_ms(wait_ms < 0 ? 0 : wait_ms);

	while (q->nr_asks == 0 && !q->is_last && wait_ms != 0) {
		if (wait_ms < 0)
			pthread_cond_wait(&q->changed, &q->mutex);
		else if (pthread_cond_timedwait(&q->changed, &q->mutex, &until) != 0)
			break;
	}
}

/* Answers what there is. Mutex held but while looking. */
static int answer(struct queue *q, bool is_last)
{
	struct ask *asks = q->asks;
	size_t nr = q->nr_asks;
	struct bytes found = {0};
	int wait_ms;

	q->asks = NULL;
	q->nr_asks = q->cap_asks = 0;
	pthread_mutex_unlock(&q->mutex);
	wait_ms = q->look(q->payload, asks, nr, is_last, &found);
	free(asks);
	pthread_mutex_lock(&q->mutex);
	bytes_add(&q->found, found.at, found.len);
	bytes_done(&found);
	return wait_ms;
}

static void *thread_main(void *arg)
{
	struct queue *q = arg;
	int wait_ms = -1;
	bool is_last = false;
	bool is_left;

	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	pthread_mutex_lock(&q->mutex);
	while (!is_last) {
		await_questions(q, wait_ms);
		is_last = q->is_last;
		wait_ms = answer(q, is_last);
	}
	q->is_over = true;
	is_left = q->is_left;
	pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->mutex);
	if (is_left)
		queue_close(q);
	return NULL;
}

/* Without a thread nothing has a name, and the recording goes on. */
static void start_thread(struct naming *n)
{
	sigset_t all, before;
	pthread_t thread;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	n->has_thread = pthread_create(&thread, NULL, thread_main, n->queue) == 0;
	if (n->has_thread)
		pthread_detach(thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void naming_see(struct naming *n, const struct record *rec)
{
	asked_see(n->asked, rec);
}

/* Passes questions on. */
static void put_asks(struct queue *q, const struct ask *asks, size_t nr)
{
	if (nr == 0)
		return;
	q->asks = mem_grow(q->asks, &q->cap_asks, q->nr_asks + nr, sizeof(*q->asks));
	memcpy(q->asks + q->nr_asks, asks, nr * sizeof(*asks));
	q->nr_asks += nr;
	pthread_cond_broadcast(&q->changed);
}

static void swap_found(struct naming *n, uint8_t **bytes, size_t *len)
{
	struct bytes before = n->found;

	n->found = n->queue->found;
	n->queue->found = before;
	n->queue->found.len = 0;
	*bytes = n->found.at;
	*len = n->found.len;
}

void naming_pass(struct naming *n, uint8_t **bytes, size_t *len)
{
	size_t nr;
	const struct ask *asks = asked_take(n->asked, &nr);

	if (!n->has_thread)
		start_thread(n);
	pthread_mutex_lock(&n->queue->mutex);
	if (n->has_thread)
		put_asks(n->queue, asks, nr);
	swap_found(n, bytes, len);
	pthread_mutex_unlock(&n->queue->mutex);
}

void naming_finish(struct naming *n, int patience_ms, uint8_t **bytes, size_t *len)
{
	struct timespec until = in_ms(patience_ms);
	struct queue *q = n->queue;
	size_t nr;
	const struct ask *asks = asked_take(n->asked, &nr);

	pthread_mutex_lock(&q->mutex);
	if (n->has_thread)
		put_asks(q, asks, nr);
	q->is_last = true;
	pthread_cond_broadcast(&q->changed);
	while (n->has_thread && !q->is_over)
		if (pthread_cond_timedwait(&q->changed, &q->mutex, &until) != 0)
			break;
	swap_found(n, bytes, len);
	pthread_mutex_unlock(&q->mutex);
}

uint64_t naming_nr_refused(const struct naming *n)
{
	return asked_nr_refused(n->asked);
}

void naming_close(struct naming *n)
{
	bool is_mine;

	if (!n)
		return;
	pthread_mutex_lock(&n->queue->mutex);
	n->queue->is_last = n->queue->is_left = true;
	is_mine = !n->has_thread || n->queue->is_over;
	pthread_cond_broadcast(&n->queue->changed);
	pthread_mutex_unlock(&n->queue->mutex);
	if (is_mine)
		queue_close(n->queue);
	asked_close(n->asked);
	bytes_done(&n->found);
	free(n);
}
