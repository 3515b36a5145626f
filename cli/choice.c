/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * choice: from options to filters and tracers.
 */
#include "cli/choice.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "backends/pair_book.h"
#include "core/arena.h"
#include "core/target.h"

#define SETTLE (60 * NSEC_PER_SEC)

/* When nobody said: rare events that tell what goes on. */
static const char *const default_events[] = {
	"sched:sched_process_fork", "sched:sched_process_exec", "sched:sched_process_exit",
	"signal:signal_deliver",    "oom:mark_victim",
};

/* ---- the filter ---- */

/* Appends one more condition that has to hold. */
static void add_condition(struct strbuf *b, const char *text)
{
	if (b->len)
		strbuf_str(b, " and ");
	filter_enclose(b, text);
}

/* By number alone a condition that the kernel can be told; else a set that grows. */
static void put_target(struct strbuf *b, const char *word, bool follow)
{
	if (!follow && target_is_pid(word)) {
		strbuf_fmt(b, "pid == %s", word);
		return;
	}
	strbuf_str(b, follow ? "lineage == " : "process == ");
	filter_quote(b, word, strlen(word));
}

void choice_put_targets(const struct opts *o, struct strbuf *b)
{
	for (size_t i = 0; i < o->pids.count; i++) {
		strbuf_str(b, i ? " or " : "");
		put_target(b, o->pids.v[i], o->follow);
	}
}

int choice_targets(const struct opts *o, struct filter **ret, struct err *e)
{
	struct strbuf b = { 0 };
	int rc = 0;

	*ret = NULL;
	choice_put_targets(o, &b);
	if (b.len)
		rc = filter_parse(strbuf_cstr(&b), ret, e);
	strbuf_done(&b);
	return rc;
}

int choice_check_follow(const struct opts *o, struct err *e)
{
	if (!o->follow || o->pids.count)
		return 0;
	return err_set(e, -EINVAL, "--follow needs a process to follow: -p PID or -p comm=NAME");
}

static void add_pids(struct strbuf *b, const struct opts *o)
{
	struct strbuf any = { 0 };

	choice_put_targets(o, &any);
	add_condition(b, strbuf_cstr(&any));
	strbuf_done(&any);
}

/* NAME ~ "GLOB", whatever stands in the glob. */
static void add_glob(struct strbuf *b, const char *name, const char *glob, size_t len)
{
	strbuf_fmt(b, "%s ~ \"", name);
	for (size_t i = 0; i < len; i++) {
		if (glob[i] == '"' || glob[i] == '\\')
			strbuf_char(b, '\\');
		strbuf_char(b, glob[i]);
	}
	strbuf_char(b, '"');
}

static void add_events(struct strbuf *b, const struct strlist *events)
{
	struct strbuf any = { 0 };

	for (size_t i = 0; i < events->count; i++) {
		const char *word = events->v[i], *colon = strchr(word, ':');

		size_t len = strlen(word), head = colon ? (size_t)(colon - word) : len;

		strbuf_str(&any, i ? " or (" : "(");
		add_glob(&any, "system", word, head);
		strbuf_str(&any, colon ? " and " : " or ");
		add_glob(&any, "event", colon ? colon + 1 : word, colon ? len - head - 1 : len);
		strbuf_char(&any, ')');
	}
	add_condition(b, strbuf_cstr(&any));
	strbuf_done(&any);
}

int choice_filter(const struct opts *o, unsigned parts, struct filter **ret, struct err *e)
{
	bool pids = (parts & CHOICE_PIDS) && o->pids.count;
	bool events = (parts & CHOICE_EVENTS) && o->events.count;
	const char *text = o->filter;
	struct strbuf b = { 0 };
	int rc = 0;

	*ret = NULL;
	if (parts & CHOICE_PIDS)
		rc = choice_check_follow(o, e);
	if (rc < 0)
		return rc;
	if (!text && (parts & CHOICE_CONFIGURED))
		text = conf_get(o->conf, "stream", "filter");
	if (text) {
		/* By itself first, so that a complaint points into what the user wrote. */
		bool says_nothing;

		rc = filter_parse(text, ret, e);
		if (rc < 0 || (!pids && !events))
			return rc;
		filter_print(*ret, &b);
		says_nothing = !b.len; /* a comment */
		strbuf_done(&b);
		filter_free(*ret);
		*ret = NULL;
		if (!says_nothing)
			add_condition(&b, text);
	}
	if (pids)
		add_pids(&b, o);
	if (events)
		add_events(&b, &o->events);
	if (b.len)
		rc = filter_parse(strbuf_cstr(&b), ret, e);
	strbuf_done(&b);
	return rc;
}

int choice_times(struct filter **f, struct deck *d, struct err *e)
{
	struct filter_env env = { .clocks = deck_clocks(d) };
	struct filter *again = NULL;
	struct deck_play play;
	int rc;

	if (!*f)
		return 0;
	deck_play_status(d, &play);
	env.now = play.last;
	rc = filter_parse_env(filter_text(*f), &env, &again, e);
	if (rc < 0)
		return rc;
	filter_free(*f);
	*f = again;
	return 0;
}

bool choice_pairs(const struct opts *o)
{
	for (size_t i = 0; i < o->events.count; i++)
		if (pair_book_named(o->events.v[i]))
			return true;
	return false;
}

/* What -e says as a filter. */
static struct filter *events_filter(const struct opts *o)
{
	struct filter *f = NULL;
	struct strbuf b = { 0 };

	add_events(&b, &o->events);
	filter_parse(strbuf_cstr(&b), &f, NULL);
	strbuf_done(&b);
	return f;
}

struct filter *choice_among(const struct opts *o)
{
	return choice_pairs(o) ? events_filter(o) : NULL;
}

const char *choice_apart(const struct opts *o)
{
	return o->args.count ? "of other events" : "only parts of pairs";
}

int choice_events(const struct opts *o, struct deck *d, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < o->events.count && rc >= 0; i++) {
		rc = deck_match(d, o->events.v[i], e);
		if (rc >= 0 && pair_book_named(o->events.v[i]))
			rc = deck_enable(d, o->events.v[i], true, NULL, e);
		if (rc == -ENOENT)
			err_ctx(e, "%s", o->args.count == 1 ? o->args.v[0] : "the recordings");
	}
	return rc;
}

const struct source *choice_top(const struct opts *o, struct deck *d)
{
	return o->args.count == 1 ? store_source_at(deck_store(d), 0) : NULL;
}

int choice_check_capture(struct filter *f, struct deck *d, struct err *e)
{
	const struct source *src;
	int rc = 0;

	filter_trust_kernel(f);
	for (unsigned i = 0; (src = store_source_at(deck_store(d), i)); i++) {
		rc = filter_check_capture(f, src->schemas, e);
		if (rc >= 0)
			return 0;
	}
	return rc;
}

int choice_check(const struct filter *f, struct deck *d, struct err *e)
{
	const struct source *src;
	int rc = 0;

	for (unsigned i = 0; (src = store_source_at(deck_store(d), i)); i++) {
		rc = filter_check(f, src->schemas, e);
		if (rc >= 0)
			return 0;
	}
	return rc;
}

static bool is_chosen(const struct schema *s, void *data)
{
	return filter_constant(filter_bind(data, s)) == FILTER_TRUE;
}

void choice_say_notes(struct filter *f, struct filter *among, const struct schema_set *set)
{
	struct strbuf notes = { 0 };
	char *save = NULL;

	if (filter_notes_among(f, set, among ? is_chosen : NULL, among, &notes) > 0)
		for (char *line = strtok_r(notes.s, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save))
			cli_say("%s", line);
	strbuf_done(&notes);
}

void choice_notes(const struct opts *o, struct deck *d)
{
	const struct source *src;
	struct filter *f = NULL, *among = NULL;
	bool said = false;

	/* Not of the whole filter: what -p stands for is meant. */
	if (!o->filter || filter_parse(o->filter, &f, NULL) < 0)
		return;
	/* The machine's formats also have events of others, as those that tell identity. */
	if (o->events.count)
		among = events_filter(o);
	for (unsigned i = 0; !said && (src = store_source_at(deck_store(d), i)); i++) {
		said = filter_check_capture(f, src->schemas, NULL) >= 0;
		if (said)
			choice_say_notes(f, among, src->schemas);
	}
	filter_free(among);
	filter_free(f);
}

int32_t *choice_family(const struct opts *o, struct capture *ret)
{
	int32_t *pids;

	for (size_t i = 0; i < o->pids.count; i++)
		if (!target_is_pid(o->pids.v[i]))
			return NULL;
	if (!o->follow || !o->pids.count)
		return NULL;
	pids = xcalloc(o->pids.count, sizeof(*pids));
	for (size_t i = 0; i < o->pids.count; i++)
		pids[i] = atoi(o->pids.v[i]);
	ret->pids = pids;
	ret->pid_count = o->pids.count;
	ret->follow = true;
	return pids;
}

int choice_capture(const struct capture *c, struct deck *d, bool *kernel, struct err *e)
{
	struct strbuf took = { 0 };
	int rc = c->filter ? deck_capture(d, c, &took, e) : 0;

	/* Who is asked for may be gone when his rows come. */
	if (c->filter)
		identity_want(deck_identity(d));
	*kernel = took.len > 0;
	strbuf_done(&took);
	return rc;
}

/* ---- tracers ---- */

/* What its maker could do for whoever gets rows of bytes. */
static int say_hint(const struct tracer_info *t, void *data)
{
	if (t->hint)
		cli_say("%s:%s: %s", t->group, t->name, t->hint);
	return 0;
}

/* Switches a pattern on; failures of single tracers are said and do not stop the others. */
static int enable(struct deck *d, const char *pattern, struct err *e)
{
	unsigned failed = 0;
	int rc = deck_enable(d, pattern, true, &failed, e);

	if (rc >= 0 && failed)
		cli_say("%u of the tracers in '%s' could not be switched on: %s", failed, pattern,
			e->text);
	/* The function tracer takes seconds to say no. */
	if (rc >= 0 && deck_settle(d, SETTLE, e) < 0)
		rc = -EIO;
	if (rc >= 0 && deck_backend(d, "bpf"))
		deck_backend(d, "bpf")->ops->list(deck_backend(d, "bpf"), pattern, say_hint, NULL,
						  NULL);
	return rc;
}

static int enable_defaults(struct deck *d, struct err *e)
{
	int on = 0;

	for (size_t i = 0; i < ARRAY_SIZE(default_events); i++)
		on += deck_enable(d, default_events[i], true, NULL, e) > 0;
	return on ? 0 : -ENOENT;
}

/* The words of the config's events. */
static int enable_words(struct deck *d, const char *words, struct err *e)
{
	char *copy = xstrdup(words), *save = NULL;
	int rc = 0;

	for (char *w = strtok_r(copy, " ,\t\n", &save); w && rc >= 0;
	     w = strtok_r(NULL, " ,\t\n", &save))
		rc = enable(d, w, e);
	free(copy);
	return rc;
}

struct brought {
	struct strbuf names; /* of tracers, each closed by a NUL */
	const struct strlist *objects;
	struct backend *backend;
};

static int is_brought(const struct tracer_info *t, void *data)
{
	struct brought *b = data;

	for (size_t i = 0; t->object && i < b->objects->count; i++) {
		if (strcmp(t->object, b->objects->v[i]) != 0)
			continue;
		strbuf_fmt(&b->names, "%s:%s", t->group, t->name);
		strbuf_add(&b->names, "", 1);
	}
	return 0;
}

/* Whoever names objects and no tracer means those of the objects. */
static int enable_objects(const struct opts *o, struct deck *d, struct err *e)
{
	struct brought found = { .objects = &o->objects };
	int rc = deck_backend(d, "bpf") ? 0 : deck_match(d, "bpf:*", e); /* says why not */

	for (unsigned i = 0; backends[i]; i++) {
		struct backend *b = deck_backend(d, backends[i]->name);

		if (b && b->ops->list && b->ops->set_option)
			b->ops->list(b, NULL, is_brought, &found, NULL);
	}
	for (size_t at = 0; at < found.names.len && rc >= 0; at += strlen(found.names.s + at) + 1)
		rc = enable(d, found.names.s + at, e);
	strbuf_done(&found.names);
	return rc;
}

/* An object that was named for nothing: its tracer may be called otherwise than one thinks. */
static int say_unused(const struct tracer_info *t, void *data)
{
	const struct strlist *objects = ((struct brought *)data)->objects;
	struct backend *b = ((struct brought *)data)->backend;
	struct tracer_status status = { 0 };

	for (size_t i = 0; t->object && i < objects->count; i++)
		if (!strcmp(t->object, objects->v[i]) &&
		    b->ops->status(b, t->group, t->name, &status) >= 0 &&
		    status.state == TRACER_OFF)
			cli_say("%s is %s:%s, which is not on", t->object, t->group, t->name);
	return 0;
}

int choice_enable(const struct opts *o, struct deck *d, struct err *e)
{
	struct brought brought = { .objects = &o->objects, .backend = deck_backend(d, "bpf") };
	const char *words = conf_get(o->conf, "stream", "events");
	int rc = choice_set(o, d, e);

	for (size_t i = 0; i < o->events.count && rc >= 0; i++)
		rc = enable(d, o->events.v[i], e);
	if (rc >= 0 && o->objects.count && !o->events.count)
		return enable_objects(o, d, e);
	if (rc >= 0 && o->objects.count && brought.backend)
		brought.backend->ops->list(brought.backend, NULL, say_unused, &brought, NULL);
	if (o->events.count || rc < 0)
		return rc;
	return words ? enable_words(d, words, e) : enable_defaults(d, e);
}

int choice_set(const struct opts *o, struct deck *d, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < o->settings.count && rc >= 0; i++)
		rc = deck_set(d, o->settings.v[i], e);
	if (rc >= 0)
		return 0;
	err_ctx(e, "--set");
	return -ENOENT; /* of the command line, as a tracer that nobody has */
}

/* nohup(1) means that it shall not end. */
static bool hangs_up(void)
{
	struct sigaction sa;

	return sigaction(SIGHUP, NULL, &sa) < 0 || sa.sa_handler != SIG_IGN;
}

int choice_signals(struct deck *d, poller_signal_fn fn, void *data, struct err *e)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	size_t count = ARRAY_SIZE(signals) - !hangs_up();
	int rc = 0;

	for (size_t i = 0; i < count && rc >= 0; i++)
		rc = poller_signal_add(deck_poller(d), signals[i], fn, data, e);
	return rc;
}
