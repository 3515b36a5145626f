/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor_tracing: the checks of what tracefs offers, and who else is at work in it.
 *
 * Reads control files and asks for access; only --try makes an instance of its own, with the
 * guard in charge of its end. Never opens a pipe and never changes what is not its own.
 */
#include "cli/doctor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/guard.h"
#include "core/page.h"
#include "core/util.h"
#include "tracefs/catalog.h"
#include "tracefs/dir.h"
#include "tracefs/instance.h"

#define SMALL_BUFFER (64 << 10)
#define ROOT_HELP    "run it as root (sudo tapdeck ...)"

/* Without a tracefs that we may use nothing in it can be looked at. */
static bool need_tracefs(const struct doctor *d, struct finding *f)
{
	if (d->tracefs)
		return true;
	found(f, STATE_INFO, "not known without tracefs");
	return false;
}

static bool there(const struct doctor *d, const char *file, int mode)
{
	_cleanup_close_ int dir = open(d->tracefs, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return dir >= 0 && !faccessat(dir, file, mode, AT_EACCESS);
}

static void check_rights(struct doctor *d, struct finding *f)
{
	unsigned uid = geteuid();

	if (!uid && d->caps & (1ULL << 21)) {
		found(f, STATE_OK, "root with CAP_SYS_ADMIN");
		return;
	}
	if (!uid)
		found(f, STATE_LIMITED, "root without CAP_SYS_ADMIN (capabilities %llx)", d->caps);
	else
		found(f, STATE_LIMITED, "user %u with capabilities %llx", uid, d->caps);
	helps(f, ROOT_HELP);
}

static void check_tracefs(struct doctor *d, struct finding *f)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	struct err e = ERR_INIT;

	if (!d->tracefs) {
		found_err(f, STATE_MISSING, &d->no_tracefs);
		if (d->no_tracefs.code == -ENOENT)
			helps_config(d, f, "CONFIG_FTRACE");
		return;
	}
	/* A kernel in lockdown lets directories be seen and no file be opened. */
	if (tracefs_read(d->tracefs, &b, &e, "trace_clock")) {
		found_err(f, STATE_MISSING, &e);
		if (e.code == -EPERM)
			helps(f, "see lockdown");
		return;
	}
	found(f, STATE_OK, "mounted at %s, readable", d->tracefs);
}

static void check_instances(struct doctor *d, struct finding *f)
{
	if (!need_tracefs(d, f))
		return;
	if (there(d, "instances", W_OK | X_OK)) {
		found(f, STATE_OK, "may be made");
		return;
	}
	found(f, STATE_MISSING, "%s/instances: %s", d->tracefs, strerror(errno));
	helps(f, ROOT_HELP);
}

static void check_clock(struct doctor *d, struct finding *f)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	char *save = NULL;
	struct err e = ERR_INIT;

	if (!need_tracefs(d, f))
		return;
	if (tracefs_read(d->tracefs, &b, &e, "trace_clock")) {
		found_err(f, STATE_MISSING, &e);
		return;
	}
	for (char *w = strtok_r(b.s, " []\n", &save); w; w = strtok_r(NULL, " []\n", &save))
		if (!strcmp(w, "mono")) {
			found(f, STATE_OK, "mono: all sources on one time line");
			return;
		}
	found(f, STATE_MISSING, "the clock mono is not offered");
	helps(f, "Linux 4.1 or later");
}

static void check_subbuf(struct doctor *d, struct finding *f)
{
	if (!need_tracefs(d, f))
		return;
	if (there(d, "buffer_subbuf_size_kb", F_OK)) {
		found(f, STATE_OK, "sub-buffers of 64 KiB");
		return;
	}
	found(f, STATE_LIMITED,
	      "sub-buffers of one memory page: an event costs twice as much to read");
	helps(f, "Linux 6.8 or later");
}

static void check_ring(struct doctor *d, struct finding *f)
{
	if (!need_tracefs(d, f))
		return;
	if (there(d, "per_cpu/cpu0/trace_pipe_raw", R_OK)) {
		found(f, STATE_OK, "binary pages may be read");
		return;
	}
	found(f, STATE_MISSING, "per_cpu/cpu0/trace_pipe_raw: %s", strerror(errno));
	helps(f, ROOT_HELP);
}

struct count {
	unsigned events, systems;
	char system[64];
};

static int count_event(const char *system, const char *event, void *data)
{
	struct count *c = data;

	c->events++;
	if (strncmp(system, c->system, sizeof(c->system) - 1) != 0) {
		c->systems++;
		strncpy(c->system, system, sizeof(c->system) - 1);
	}
	return 0;
}

static void check_events(struct doctor *d, struct finding *f)
{
	struct schema_set *set = schema_set_new((struct machine) { .long_size = sizeof(long) });
	struct catalog *c = NULL;
	struct count n = { 0 };
	struct err e = ERR_INIT;

	if (!need_tracefs(d, f))
		goto out;
	if (catalog_open(&c, d->tracefs, set, &e) || catalog_each(c, NULL, count_event, &n, &e) < 0)
		found_err(f, STATE_MISSING, &e);
	else if (n.events)
		found(f, STATE_OK, "%u events in %u systems", n.events, n.systems);
	else
		found(f, STATE_MISSING, "none");
	if (f->state == STATE_MISSING)
		helps_config(d, f, "CONFIG_EVENT_TRACING");
out:
	catalog_close(c);
	schema_set_free(set);
}

/* Files that show by their presence what the kernel was built with. */
static void check_file(struct doctor *d, struct finding *f, const char *file, const char *config,
		       const char *without)
{
	if (!need_tracefs(d, f))
		return;
	if (there(d, file, F_OK)) {
		found(f, there(d, file, W_OK) ? STATE_OK : STATE_LIMITED,
		      there(d, file, W_OK) ? "there" : "there, closed to this user");
		if (f->state != STATE_OK)
			helps(f, ROOT_HELP);
		return;
	}
	found(f, STATE_MISSING, "%s", without);
	helps_config(d, f, config);
}

static void check_names(struct doctor *d, struct finding *f)
{
	static const char *const wanted[] = { "task/task_newtask", "task/task_rename",
					      "sched/sched_process_exec",
					      "sched/sched_process_exit" };
	char path[64];

	if (!need_tracefs(d, f))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		snprintf(path, sizeof(path), "events/%s/enable", wanted[i]);
		if (there(d, path, F_OK))
			continue;
		found(f, STATE_LIMITED, "no %s: short-lived processes may stay without a name",
		      wanted[i]);
		return;
	}
	found(f, STATE_OK, "births, names and ends of threads are told");
}

static void check_syscalls(struct doctor *d, struct finding *f)
{
	check_file(d, f, "events/syscalls/enable", "CONFIG_FTRACE_SYSCALLS",
		   "no event for each system call (raw_syscalls may be there)");
}

static void check_kprobes(struct doctor *d, struct finding *f)
{
	check_file(d, f, "kprobe_events", "CONFIG_KPROBE_EVENTS",
		   "no probes on functions of the kernel");
}

static void check_uprobes(struct doctor *d, struct finding *f)
{
	check_file(d, f, "uprobe_events", "CONFIG_UPROBE_EVENTS", "no probes in programs");
}

static void check_synthetic(struct doctor *d, struct finding *f)
{
	check_file(d, f, "synthetic_events", "CONFIG_SYNTH_EVENTS", "no events made of two others");
}

static void check_hist(struct doctor *d, struct finding *f)
{
	check_file(d, f, "events/sched/sched_switch/hist", "CONFIG_HIST_TRIGGERS",
		   "no histograms in the kernel");
}

static void check_triggers(struct doctor *d, struct finding *f)
{
	check_file(d, f, "events/sched/sched_switch/trigger", "CONFIG_EVENT_TRACING",
		   "events cannot set off anything");
}

static void check_user_events(struct doctor *d, struct finding *f)
{
	check_file(d, f, "user_events_data", "CONFIG_USER_EVENTS", "programs cannot bring events");
}

/* The words of a small control file, without the newline. */
static bool words(const struct doctor *d, struct strbuf *b, const char *file)
{
	if (tracefs_read(d->tracefs, b, NULL, "%s", file))
		return false;
	while (b->len && strchr(" \n", b->s[b->len - 1]))
		strbuf_cut(b, b->len - 1);
	return b->len > 0;
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += len)
		if ((at == text || at[-1] == ' ') && (!at[len] || strchr(" \n", at[len])))
			return true;
	return false;
}

static void check_tracers(struct doctor *d, struct finding *f)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };

	if (!need_tracefs(d, f))
		return;
	if (!words(d, &b, "available_tracers")) {
		found(f, STATE_MISSING, "available_tracers cannot be read");
		return;
	}
	found(f, has_word(b.s, "function") ? STATE_OK : STATE_LIMITED, "offered: %s", b.s);
	if (!has_word(b.s, "function"))
		helps_config(d, f, "CONFIG_FUNCTION_TRACER");
	if (!has_word(b.s, "function_graph"))
		helps_config(d, f, "CONFIG_FUNCTION_GRAPH_TRACER");
}

/* ---- who else is here ---- */

static unsigned count_instances(const struct doctor *d, unsigned *ours)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *e;
	unsigned n = 0;
	int fd = tracefs_open(d->tracefs, O_RDONLY | O_DIRECTORY, NULL, "instances");

	dir = fd < 0 ? NULL : fdopendir(fd);
	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		if (strncmp(e->d_name, "tapdeck.", 8) != 0)
			n++;
		else
			++*ours;
	}
	return n;
}

static void check_others(struct doctor *d, struct finding *f)
{
	_cleanup_strbuf_ struct strbuf tracer = { 0 }, events = { 0 };
	unsigned ours = 0, others;

	if (!need_tracefs(d, f))
		return;
	others = count_instances(d, &ours);
	if (others)
		found(f, STATE_LIMITED, "%u instance%s of other tools", others,
		      others > 1 ? "s" : "");
	if (words(d, &tracer, "current_tracer") && strcmp(tracer.s, "nop") != 0)
		found(f, STATE_LIMITED, "the tracer %s is on in the top buffer", tracer.s);
	if (words(d, &events, "set_event"))
		found(f, STATE_LIMITED, "events are on in the top buffer");
	if (f->state == STATE_LIMITED) {
		helps(f, "nothing has to be done: they cost time and are left alone");
		return;
	}
	found(f, STATE_OK, "none at work%s", ours ? ", but tapdeck itself" : "");
}

static void check_leftovers(struct doctor *d, struct finding *f)
{
	struct err e = ERR_INIT;
	int n;

	if (!need_tracefs(d, f))
		return;
	n = instance_sweep(d->tracefs, false, NULL, NULL, &e);
	if (n < 0)
		found_err(f, STATE_LIMITED, &e);
	else if (!n)
		found(f, STATE_OK, "none");
	else
		found(f, STATE_LIMITED, "%d instance%s of decks that died", n, n > 1 ? "s" : "");
	if (n > 0)
		helps(f, "tapdeck cleanup");
}

/* ---- with --try ---- */

/* Makes an instance of our own and runs fn in it; it is gone afterwards, whatever happens. */
static void in_instance(struct doctor *d, struct finding *f,
			void (*fn)(struct instance *in, struct finding *f))
{
	struct guard *g = NULL;
	struct instance in = { 0 };
	struct err e = ERR_INIT;

	if (!need_tracefs(d, f))
		return;
	if (guard_start(&g, &e) ||
	    instance_open(&in, g, d->tracefs, "doctor", SMALL_BUFFER, PAGE_SIZE_MAX, &e)) {
		found_err(f, STATE_MISSING, &e);
	} else {
		fn(&in, f);
		if (instance_close(&in, &e))
			found_err(f, STATE_LIMITED, &e);
	}
	if (guard_stop(g, &e) > 0)
		found_err(f, STATE_LIMITED, &e);
}

static void try_events(struct instance *in, struct finding *f)
{
	struct err e = ERR_INIT;
	struct instance_stats s;
	uint64_t events = 0;

	if (instance_enable(in, "sched", "sched_switch", true, &e) || instance_on(in, true, &e)) {
		found_err(f, STATE_MISSING, &e);
		return;
	}
	usleep(50000);
	instance_on(in, false, NULL);
	for (unsigned cpu = 0; cpu < in->cpus; cpu++)
		if (!instance_stats(in, cpu, &s, NULL))
			events += s.entries + s.overrun;
	if (events)
		found(f, STATE_OK,
		      "an instance with sub-buffers of %u KiB took %llu events in 50 ms",
		      in->subbuf_size >> 10, (unsigned long long)events);
	else
		found(f, STATE_MISSING, "an instance was made, but sched_switch never came");
}

static void try_function(struct instance *in, struct finding *f)
{
	struct err e = ERR_INIT;
	uint64_t start = clock_mono();

	if (tracefs_write(in->path, "function", &e, "current_tracer")) {
		found_err(f, STATE_MISSING, &e);
		helps(f, e.code == -EINVAL
			     ? "a kernel with CONFIG_FUNCTION_TRACER that lets "
			       "instances have it"
			     : "the host must let this machine patch its kernel's code");
		return;
	}
	found(f, STATE_OK, "switched on in an instance in %.1f s",
	      (double)(clock_mono() - start) / NSEC_PER_SEC);
	if (tracefs_write(in->path, "nop", &e, "current_tracer"))
		found_err(f, STATE_LIMITED, &e);
}

static void check_try_events(struct doctor *d, struct finding *f)
{
	in_instance(d, f, try_events);
}

static void check_try_function(struct doctor *d, struct finding *f)
{
	in_instance(d, f, try_function);
}

const struct check checks_tracing[] = {
	{ "rights", check_rights },
	{ "tracefs", check_tracefs, .needed = true },
	{ "instances", check_instances, .needed = true },
	{ "clock", check_clock, .needed = true },
	{ "ring buffer", check_ring, .needed = true },
	{ "sub-buffers", check_subbuf },
	{ "events", check_events, .needed = true },
	{ "names", check_names },
	{ "system calls", check_syscalls },
	{ "triggers", check_triggers },
	{ "histograms", check_hist },
	{ "synthetic events", check_synthetic },
	{ "kprobes", check_kprobes },
	{ "uprobes", check_uprobes },
	{ "user events", check_user_events },
	{ "tracers", check_tracers },
	{ "other tracing", check_others },
	{ "leftovers", check_leftovers },
	{ "try events", check_try_events, .needed = true, .dear = "it makes an instance" },
	{ "try function", check_try_function,
	  .dear = "it patches every function, which takes seconds" },
	{ NULL },
};
