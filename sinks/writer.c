/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * writer: see the header.
 */
#include "sinks/writer.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

struct writer {
	pid_t process;	  /* in which the thread is: a fork has none of them */
	atomic_bool busy; /* set by the main thread, taken back by the writer */
	int32_t tid;
	sem_t go, born;
	void (*fn)(void *data);
	void *data;
};

static struct writer writers[WRITERS_MAX];

static void *live(void *arg)
{
	struct writer *w = arg;

	w->tid = gettid();
	sem_post(&w->born);
	for (;;) {
		if (sem_wait(&w->go) < 0)
			continue;
		w->fn(w->data);
		atomic_store_explicit(&w->busy, false, memory_order_release);
	}
	return NULL;
}

/* All but those that say that our own code is wrong. */
static void blocked_signals(sigset_t *set)
{
	static const int faults[] = { SIGBUS, SIGSEGV, SIGILL, SIGFPE, SIGTRAP, SIGSYS };

	sigfillset(set);
	for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(set, faults[i]);
}

static int make(struct writer *w, struct err *e)
{
	pthread_attr_t attr;
	sigset_t set, old;
	pthread_t thread;
	int rc;

	sem_init(&w->go, 0, 0);
	sem_init(&w->born, 0, 0);
	blocked_signals(&set);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &set, &old); /* inherited: never a moment without it */
	rc = pthread_create(&thread, &attr, live, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	if (rc)
		return err_set(e, -rc, "no thread to write a file: %s", strerror(rc));
	pthread_setname_np(thread, "tapdeck-writer");
	while (sem_wait(&w->born) < 0)
		;
	w->process = getpid();
	return 0;
}

int writer_start(void (*fn)(void *data), void *data, struct err *e)
{
	struct writer *w = NULL;

	for (unsigned i = 0; i < WRITERS_MAX && !w; i++)
		if (writers[i].process != getpid() ||
		    !atomic_load_explicit(&writers[i].busy, memory_order_acquire))
			w = &writers[i];
	if (!w)
		return err_set(e, -EBUSY,
			       "%d files are being written already; try again when one is finished",
			       WRITERS_MAX);
	if (w->process != getpid()) {
		int rc = make(w, e);

		if (rc < 0)
			return rc;
	}
	w->fn = fn;
	w->data = data;
	atomic_store_explicit(&w->busy, true, memory_order_relaxed);
	sem_post(&w->go);
	return w->tid;
}
