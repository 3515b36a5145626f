/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor_bpf: the checks of BPF programs: those built in, the process that reads objects, and the
 * objects that were brought along.
 *
 * Nothing is loaded into the kernel.
 */
#include <string.h>
#include <unistd.h>

#include "backends/deck.h"
#include "cli/doctor.h"
#include "core/cleanup.h"
#include "core/util.h"

#define SYSTEM "bpf"
#define MEMORY (1u << 20)

static const struct backend_ops *bpf_backend(void)
{
	for (size_t i = 0; backends[i]; i++)
		if (!strcmp(backends[i]->name, SYSTEM))
			return backends[i];
	return NULL;
}

/* A deck that is not live: it changes nothing. NULL with the reason. */
static struct deck *open_programs(const struct doctor *d, struct err *e)
{
	struct conf *none = conf_new();
	struct deck_conf c = { .conf = d->opts->conf ? d->opts->conf : none,
			       .memory = MEMORY,
			       .light = true };
	struct deck *deck = NULL;

	if (deck_new(&c, &deck, e) >= 0 && deck_open(deck, SYSTEM, e) < 0) {
		deck_free(deck, NULL);
		deck = NULL;
	}
	conf_free(none);
	return deck;
}

struct seen {
	struct backend *backend;
	struct finding *f;
	unsigned built_in, brought, refused;
	char first[64]; /* a name of those built in */
};

static int see(const struct tracer_info *t, void *data)
{
	struct seen *s = data;
	struct tracer_status status = { 0 };
	bool failed;

	if (!t->object) {
		if (!s->built_in++)
			strncpy(s->first, t->name, sizeof(s->first) - 1);
		return 0;
	}
	s->brought++;
	failed = s->backend->ops->status(s->backend, t->group, t->name, &status) >= 0 &&
		 status.state == TRACER_FAILED;
	s->refused += failed;
	if (s->f && failed)
		found(s->f, STATE_LIMITED, "%s: %s", t->object, status.reason);
	else if (s->f)
		found(s->f, s->refused ? STATE_LIMITED : STATE_OK, "%s is %s:%s", t->object,
		      t->group, t->name);
	return 0;
}

static void check_programs(struct doctor *d, struct finding *f)
{
	const struct backend_ops *ops = bpf_backend();
	struct err e = ERR_INIT;
	struct deck *deck = ops ? open_programs(d, &e) : NULL;
	struct seen s = { 0 };
	const struct schema *schema = NULL;

	if (!deck) {
		found_err(f, STATE_MISSING, &e);
		return;
	}
	s.backend = deck_backend(deck, SYSTEM);
	ops->list(s.backend, NULL, see, &s, NULL);
	if (ops->schema(s.backend, SYSTEM, s.first, &schema, &e) < 0)
		found_err(f, STATE_MISSING, &e);
	else
		found(f, STATE_OK, "%u built in; the process that reads objects works", s.built_in);
	err_clear(&e);
	if (ops->probe(NULL, &e) < 0)
		found_err(f, STATE_MISSING, &e);
	deck_free(deck, NULL);
}

static void check_objects(struct doctor *d, struct finding *f)
{
	_cleanup_free_ char *system_dir = conf_system_path("bpf"),
			    *user_dir = conf_user_path("bpf");
	struct err e = ERR_INIT;
	struct deck *deck = bpf_backend() ? open_programs(d, &e) : NULL;
	struct seen s = { .f = f };

	if (deck) {
		s.backend = deck_backend(deck, SYSTEM);
		s.backend->ops->list(s.backend, NULL, see, &s, NULL);
	}
	if (!s.brought)
		found(f, STATE_INFO, "none in %s%s%s", user_dir ? user_dir : "",
		      user_dir ? " or " : "", system_dir);
	else if (s.refused)
		helps(f, "objects are obeyed when only root or you can write them and all "
			 "directories above");
	deck_free(deck, NULL);
}

const struct check checks_bpf[] = {
	{ "BPF programs", check_programs },
	{ "BPF objects", check_objects },
	{ NULL },
};
