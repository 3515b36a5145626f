/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity_watch: for those who keep sets of processes: what a process was so far, and a word when
 * there is more to know of one, or soon less.
 */
#include "core/identity_private.h"

void identity_watch(struct identity *id, struct identity_watch *w)
{
	w->identity = id;
	w->prev = NULL;
	w->next = id->watches;
	if (w->next)
		w->next->prev = w;
	id->watches = w;
}

void identity_unwatch(struct identity_watch *w)
{
	if (!w->identity)
		return;
	if (w->prev)
		w->prev->next = w->next;
	else
		w->identity->watches = w->next;
	if (w->next)
		w->next->prev = w->prev;
	w->identity = NULL;
}

void watches_done(struct identity *id)
{
	while (id->watches)
		identity_unwatch(id->watches);
}

void watches_changed(struct identity *id, struct process *p)
{
	for (struct identity_watch *w = id->watches; w; w = w->next)
		if (w->changed)
			w->changed(w, p);
}

void watches_detailed(struct identity *id, struct process *p)
{
	for (struct identity_watch *w = id->watches; w; w = w->next)
		if (w->detailed)
			w->detailed(w, p);
}

void watches_forgetting(struct identity *id, uint64_t ts)
{
	for (struct identity_watch *w = id->watches; w; w = w->next)
		if (w->forgetting)
			w->forgetting(w, ts);
}

/* The first time in a life at which it had such a name. */
static uint64_t named_in(const struct life *l, bool (*fn)(const char *comm, void *data), void *data)
{
	for (uint32_t i = 0; l->names && i < l->names->n; i++)
		if (fn(l->names->v[i].comm, data))
			return MAX(l->names->v[i].since, l->task.start);
	return fn(l->last.comm, data) ? MAX(l->last.since, l->task.start) : UINT64_MAX;
}

uint64_t identity_named(const struct process *pub, bool (*fn)(const char *comm, void *data),
			void *data)
{
	const struct proc *p = (const struct proc *)pub;
	uint64_t first = UINT64_MAX, since;

	for (const struct life *l = p->lives; l; l = l->next) {
		since = proc_leads(l, p) ? named_in(l, fn, data) : UINT64_MAX;
		first = MIN(first, since);
	}
	return first;
}

uint64_t identity_exe_since(const struct process *pub)
{
	const struct proc *p = (const struct proc *)pub;

	return MAX(p->exe_ts, pub->start);
}
