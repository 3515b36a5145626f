/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * answer: what the loader's answers own is let go of.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/loader.h"
#include "core/arena.h"

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void lists_free(struct loader_answer *a)
{
	for (size_t i = 0; i < a->option_count; i++) {
		free(a->options[i].name);
		free(a->options[i].help);
		free(a->options[i].value);
	}
	for (size_t i = 0; i < a->ring_count; i++) {
		free(a->rings[i].map);
		free(a->rings[i].hint);
		layout_done(&a->rings[i].layout);
		close_fd(a->rings[i].fd);
	}
	for (size_t i = 0; i < a->table_count; i++) {
		free(a->tables[i].map);
		free(a->tables[i].counts);
		free(a->tables[i].histogram);
		layout_done(&a->tables[i].layout);
		close_fd(a->tables[i].fd);
	}
	for (size_t i = 0; i < a->prog_count; i++) {
		free(a->progs[i].name);
		free(a->progs[i].section);
		free(a->progs[i].why);
		close_fd(a->progs[i].fd);
	}
}

/* ---- attachments ---- */

struct links {
	size_t count;
	int fds[];
};

static void *close_links(void *data)
{
	struct links *l = data;

	for (size_t i = 0; i < l->count; i++)
		close_fd(l->fds[i]);
	free(l);
	return NULL;
}

/*
 * The kernel detaches what hangs on tracepoints or in user space only after everybody has been out
 * of it once: up to seconds on a busy machine. So a thread of its own waits for that, which knows
 * the descriptors and nothing else; where there can be none we wait.
 */
static void detach_apart(const struct loader_answer *a)
{
	struct links *l = xcalloc(1, sizeof(*l) + a->link_count * sizeof(*l->fds));
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, before;
	int rc;

	l->count = a->link_count;
	memcpy(l->fds, a->links, a->link_count * sizeof(*l->fds));
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&thread, &attr, close_links, l);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc)
		close_links(l);
}

void loader_answer_free(struct loader_answer *a)
{
	if (!a)
		return;
	if (a->link_count)
		detach_apart(a);
	lists_free(a);
	free(a->links);
	free(a->options);
	free(a->rings);
	free(a->tables);
	free(a->progs);
	free(a->log);
	free(a->blurb);
	free(a->cost);
	close_fd(a->control);
	close_fd(a->counts);
	close_fd(a->lost);
	free(a);
}
