/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * answer: what the loader's answers own is let go of.
 */
#include <stdlib.h>
#include <unistd.h>

#include "bpf/loader.h"

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

void loader_answer_free(struct loader_answer *a)
{
	if (!a)
		return;
	/* First of all nothing runs any more. */
	for (size_t i = 0; i < a->link_count; i++)
		close_fd(a->links[i]);
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
