/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * programs_fixture: see the header. Counts are what a test says they are.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/programs_fixture.h"

struct programs programs;

static const struct tracer_info all[PROGRAMS] = {
	[RUNQLAT] = { "bpf", "runqlat", "waits for a CPU above a threshold", NULL, GIVES_EVENTS },
	[PROFILE] = { "bpf", "profile", "where CPUs spend their time",
		      "interrupts every CPU 99 times a second", GIVES_EVENTS },
	[SYSCALLS_COUNT] = { "bpf", "syscalls_count", "system calls by process and call", NULL,
			     GIVES_TABLE },
	[RUNQLAT_HIST] = { "bpf", "runqlat_hist", "how long processes wait for a CPU", NULL,
			   GIVES_TABLE },
	[BROKEN] = { "bpf", "broken", "its program is refused", NULL, GIVES_EVENTS },
	[SLOW] = { "bpf", "slow", "takes its time", NULL, GIVES_EVENTS },
};

/* ---- formats ---- */

#define HEAD                                                                                       \
	"ID: %d\nformat:\n\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"    \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"             \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
#define COMM "\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"

static const struct schema *add_schema(const char *name, int id, const char *fields)
{
	char text[2048];
	struct schema *s = NULL;
	struct err e = ERR_INIT;
	int n = snprintf(text, sizeof(text), "name: %s\n" HEAD "%s\nprint fmt: \"\"\n", name, id,
			 fields);

	if (schema_parse("bpf", text, (size_t)n, programs.set->machine, &s, &e) < 0)
		fail_msg("%s", e.text);
	return schema_set_add(programs.set, s);
}

void programs_begin(void)
{
	programs =
	    (struct programs) { .keys = 3, .threshold = "10ms", .filter = "no", .rate = "99" };
	programs.now = 20 * NSEC_PER_SEC;
	programs.since = 10 * NSEC_PER_SEC;
	programs.set = schema_set_new((struct machine) { .long_size = 8 });
	programs.plain = add_schema("runqlat", 32767,
				    COMM "\tfield:ns_t latency;\toffset:24;\tsize:8;\tsigned:0;\n");
	programs.table = add_schema("syscalls_count", 32766,
				    COMM "\tfield:int nr;\toffset:24;\tsize:4;\tsigned:1;\n"
					 "\tfield:u64 count;\toffset:32;\tsize:8;\tsigned:0;\n"
					 "\tfield:ns_t total;\toffset:40;\tsize:8;\tsigned:0;\n");
	programs.slots = add_schema("runqlat_hist", 32765,
				    COMM "\tfield:u64 slots[32];\toffset:24;\tsize:256;\t"
					 "signed:0;\n");
}

void programs_end(void)
{
	schema_set_free(programs.set);
	programs.set = NULL;
}

/* ---- the backend ---- */

static int at(const char *name)
{
	for (int i = 0; i < PROGRAMS; i++)
		if (!strcmp(all[i].name, name))
			return i;
	return -1;
}

static int do_probe(const struct backend_env *env, struct err *e)
{
	(void)env;
	(void)e;
	return 0;
}

static int do_open(struct backend *b, struct err *e)
{
	(void)b;
	(void)e;
	return 0;
}

static void do_close(struct backend *b)
{
	(void)b;
}

static int do_list(struct backend *b, const char *pattern, tracer_visit_fn visit, void *data,
		   struct err *e)
{
	int count = 0;

	(void)b;
	(void)e;
	for (int i = 0; i < PROGRAMS; i++) {
		if (pattern && strcmp(pattern, "bpf:*") != 0 &&
		    (strncmp(pattern, "bpf:", 4) != 0 || strcmp(pattern + 4, all[i].name) != 0))
			continue;
		visit(&all[i], data);
		count++;
	}
	return count;
}

static int do_groups(struct backend *b, bool anew, group_visit_fn visit, void *data, struct err *e)
{
	struct tracer_group g = { .name = "bpf", .count = PROGRAMS };

	(void)b;
	(void)anew;
	(void)e;
	for (int i = 0; i < PROGRAMS; i++) {
		g.on += programs.state[i] == TRACER_ON;
		g.failed += programs.state[i] == TRACER_FAILED;
	}
	visit(&g, data);
	return 1;
}

static int do_enable(struct backend *b, const char *group, const char *name, bool on, struct err *e)
{
	int i = at(name);

	(void)b;
	(void)group;
	if (i < 0)
		return err_set(e, -ENOENT, "there is no program '%s'", name);
	programs.state[i] = on ? TRACER_ON : TRACER_OFF;
	if (on && i == SLOW)
		programs.state[i] = TRACER_STARTING;
	if (!on || i != BROKEN)
		return 0;
	programs.state[i] = TRACER_FAILED;
	return err_set(e, -EACCES, "bpf:broken: the verifier refuses it: R1 type=scalar");
}

static int do_status(struct backend *b, const char *group, const char *name,
		     struct tracer_status *ret)
{
	int i = at(name);

	(void)b;
	(void)group;
	*ret = (struct tracer_status) { 0 };
	if (i < 0)
		return -ENOENT;
	ret->state = programs.state[i];
	if (ret->state == TRACER_FAILED)
		snprintf(ret->reason, sizeof(ret->reason),
			 "the verifier refuses it: R1 type=scalar");
	if (ret->state != TRACER_ON)
		return 0;
	ret->lost = programs.lost;
	ret->held = programs.held;
	ret->room = all[i].gives == GIVES_EVENTS ? 1 << 20 : 0;
	if (programs.watched > 0) {
		ret->runs = programs.runs;
		ret->run_ns = programs.run_ns;
	}
	return 0;
}

static int do_schema(struct backend *b, const char *group, const char *name,
		     const struct schema **ret, struct err *e)
{
	(void)b;
	(void)group;
	*ret = at(name) == RUNQLAT	    ? programs.plain
	       : at(name) == SYSCALLS_COUNT ? programs.table
	       : at(name) == RUNQLAT_HIST   ? programs.slots
					    : NULL;
	return *ret ? 0 : err_set(e, -ENOENT, "no format");
}

static int do_options(struct backend *b, const char *group, const char *name, option_visit_fn visit,
		      void *data)
{
	const struct tracer_option threshold = { "threshold", "shorter waits are left out", "ns",
						 programs.threshold, "1us..10s" };
	const struct tracer_option rate = { "rate", "samples a second", "hz", programs.rate,
					    "1..10000" };
	const struct tracer_option user = { "user_only", "leave the kernel out", "flag",
					    programs.filter, NULL };

	(void)b;
	(void)group;
	if (at(name) == RUNQLAT)
		visit(&threshold, data);
	if (at(name) != PROFILE)
		return at(name) == RUNQLAT;
	visit(&rate, data);
	visit(&user, data);
	return 2;
}

static int do_set_option(struct backend *b, const char *group, const char *name,
			 const char *const setting[2], struct err *e)
{
	(void)b;
	(void)group;
	(void)name;
	if (!strcmp(setting[1], "11s"))
		return err_set(e, -EINVAL, "%s: 11s is outside of 1us..10s", setting[0]);
	if (!strcmp(setting[0], "threshold"))
		snprintf(programs.threshold, sizeof(programs.threshold), "%s", setting[1]);
	else
		snprintf(programs.rate, sizeof(programs.rate), "%s", setting[1]);
	return 0;
}

/* Names that do not end, and that move the cursor. */
static const char *const comms[] = { "sh", "sixteen-bytes-xx", "e\033[2Jvil", "nginx" };

static void put_row(struct counts *t, unsigned i)
{
	uint8_t *rec = counts_add(t);

	memcpy(rec + 8, comms[i % ARRAY_SIZE(comms)], strnlen(comms[i % ARRAY_SIZE(comms)], 16));
	if (t->slots) {
		store_u64(rec + 24 + 8 * 12, 90 * (i + 1));
		store_u64(rec + 24 + 8 * 13, 9 * (i + 1) + programs.growth);
		store_u64(rec + 24 + 8 * 20, i + 1);
		return;
	}
	store_u32(rec + 24, i + 1);
	store_u64(rec + 32, 1000 * (i + 1) + programs.growth);
	store_u64(rec + 40, 1500000 * (uint64_t)(programs.keys - i));
}

static int do_counts(struct backend *b, const char *group, const char *name, struct counts **ret,
		     struct err *e)
{
	bool hist = at(name) == RUNQLAT_HIST;
	struct counts *t;

	(void)b;
	(void)group;
	programs.counted++;
	if (!hist && at(name) != SYSCALLS_COUNT)
		return err_set(e, -ENOTSUP, "it counts nothing");
	t = counts_new(hist ? programs.slots : programs.table, hist ? 280 : 48);
	t->ts = programs.now;
	t->since = programs.since;
	t->keys = hist ? 1 : 2;
	t->missed = programs.missed;
	t->unit = UNIT_NS;
	if (hist)
		t->slots = schema_field(programs.slots, "slots");
	for (unsigned i = 0; i < programs.keys; i++)
		put_row(t, i);
	*ret = t;
	return 0;
}

static void do_watch(struct backend *b, bool on)
{
	(void)b;
	programs.watched += on ? 1 : -1;
}

static int do_log(struct backend *b, const char *group, const char *name, struct strbuf *out,
		  struct err *e)
{
	(void)b;
	(void)group;
	if (at(name) != BROKEN)
		return err_set(e, -ENOENT, "nothing was said");
	for (unsigned i = 0; i < 40; i++)
		strbuf_fmt(out, "%u: (79) r1 = *(u64 *)(r1 +%u)\n", i, i * 8);
	strbuf_str(out, "R1 type=scalar \033[31mexpected=fp\n");
	return 0;
}

static int do_start(struct backend *b, struct err *e)
{
	(void)b;
	(void)e;
	return 0;
}

static void do_stop(struct backend *b)
{
	(void)b;
}

static int64_t do_drain(struct backend *b, size_t budget, bool final, struct err *e)
{
	(void)b;
	(void)budget;
	(void) final;
	(void)e;
	return 0;
}

static uint64_t do_next(struct backend *b, uint64_t now)
{
	(void)b;
	(void)now;
	return UINT64_MAX;
}

static const struct backend_ops programs_ops = {
	.name = "bpf",
	.blurb = "programs in the kernel",
	.size = 1,
	.caps = BACKEND_LIVE,
	.probe = do_probe,
	.open = do_open,
	.close = do_close,
	.list = do_list,
	.groups = do_groups,
	.enable = do_enable,
	.status = do_status,
	.schema = do_schema,
	.options = do_options,
	.set_option = do_set_option,
	.counts = do_counts,
	.watch = do_watch,
	.log = do_log,
	.start = do_start,
	.stop = do_stop,
	.drain = do_drain,
	.next = do_next,
};

/* In place of the registry of the library. */
const struct backend_ops *const backends[] = { &programs_ops, NULL };
