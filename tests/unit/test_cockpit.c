/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cockpit as a model, over a recording of two lives of one number with threads, pairs and
 * wake-ups thrown by dice: sections against a walk over all rows that knows nothing of them, and
 * rows of sections as filters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>

#include "core/clock.h"
#include "core/cursor.h"
#include "tests/dat_fixture.h"
#include "tui/cockpit.h"

#define ROUNDS 400
#define MS     1000000ULL

struct scene {
	struct deck *deck;
	struct cockpit c;
	struct cockpit_time t;
};

static const char head[] =
    "cpus 1\ncomm 600 super\ncomm 650 \"evil\\x1b[2J\"\n"
    "event task task_newtask 205 pid:s32 comm:char[16] clone_flags:u64 oom_score_adj:s16 "
    "print \"pid=%d\", REC->pid\n"
    "event sched sched_process_fork 317 parent_comm:char[16] parent_pid:s32 child_comm:char[16] "
    "child_pid:s32 print \"pid=%d\", REC->parent_pid\n"
    "event sched sched_process_exit 319 comm:char[16] pid:s32 prio:s32 group_dead:u8 print "
    "\"pid=%d\", REC->pid\n"
    "event sched sched_waking 315 comm:char[16] pid:s32 print \"comm=%s pid=%d\", REC->comm, "
    "REC->pid\n"
    "event pair syscall 32000 latency:u64 id:long args:ulong[6] ret:long print \"%llu\", "
    "REC->latency\n"
    "event pair offcpu 32001 latency:u64 prev_state:long print \"%llu %ld\", REC->latency, "
    "REC->prev_state\n"
    "event pair oncpu 32002 latency:u64 print \"%llu\", REC->latency\n"
    "event pair runq 32003 latency:u64 print \"%llu\", REC->latency\n"
    "event pair other 32004 latency:u64 print \"%llu\", REC->latency\n"
    "event demo tick 501 n:u32 print \"n=%u\", REC->n\n"
    "cpu 0\n";

/* Somebody of the number 700 with the thread 701 begins and, later, ends. */
static void put_birth(struct strbuf *b, uint64_t ts)
{
	strbuf_fmt(b, "at %llu task_newtask tid=600 pid=700 comm=super clone_flags=0x1200000\n",
		   (unsigned long long)ts);
	strbuf_fmt(b,
		   "at %llu sched_process_fork tid=600 parent_comm=super parent_pid=600 "
		   "child_comm=super child_pid=700\n",
		   (unsigned long long)ts + 1);
	strbuf_fmt(b, "at %llu task_newtask tid=700 pid=701 comm=helper clone_flags=0x10000\n",
		   (unsigned long long)ts + 2);
}

static void put_death(struct strbuf *b, uint64_t ts)
{
	for (int tid = 701; tid >= 700; tid--)
		strbuf_fmt(b,
			   "at %llu sched_process_exit tid=%d comm=x pid=%d prio=1 group_dead=%d\n",
			   (unsigned long long)ts++, tid, tid, tid == 700);
}

static void put_random(struct strbuf *b, uint64_t ts)
{
	static const int tids[] = { 700, 701, 600, 650 };
	int tid = tids[random() % 4];
	long latency = random() % 100000;

	strbuf_fmt(b, "at %llu ", (unsigned long long)ts);
	switch (random() % 7) {
	case 0:
		strbuf_fmt(b, "syscall tid=%d latency=%ld id=%ld args=%ld ret=%ld\n", tid, latency,
			   random() % 2, 3 + random() % 4, random() % 40 - 20);
		break;
	case 1:
		strbuf_fmt(b, "offcpu tid=%d latency=%ld prev_state=%ld\n", tid, latency,
			   random() % 3);
		break;
	case 2:
		strbuf_fmt(b, "oncpu tid=%d latency=%ld\n", tid, latency);
		break;
	case 3:
		strbuf_fmt(b, "runq tid=%d latency=%ld\n", tid, latency);
		break;
	case 4:
		strbuf_fmt(b, "other tid=%d latency=%ld\n", tid, latency);
		break;
	case 5:
		strbuf_fmt(b, "sched_waking tid=%d comm=w pid=%d\n", tid, tids[random() % 4]);
		break;
	default:
		strbuf_fmt(b, "tick tid=%d n=1\n", tid);
	}
}

static char *recording(void)
{
	struct strbuf b = { 0 };
	uint64_t ts = 1000 * MS;

	srandom(7);
	strbuf_str(&b, head);
	for (unsigned life = 0; life < 2; life++) {
		put_birth(&b, ts);
		for (unsigned i = 0; i < ROUNDS; i++)
			put_random(&b, ts += MS);
		put_death(&b, ts += MS);
		ts += 20000 * MS; /* a dying thread has events for a while */
	}
	return strbuf_take(&b);
}

static struct process *found;

static bool find_life(struct process *p, void *data)
{
	unsigned *wanted = data;

	if (p->pid == 700 && !(*wanted)--) /* the youngest comes first */
		found = p;
	return true;
}

static void settle(struct scene *s)
{
	for (unsigned i = 0; cockpit_work(&s->c, &s->t) & COCKPIT_MORE; i++)
		assert_true(i < 10000);
}

/* The cockpit of a life, 0 the younger one. */
static struct scene *open_scene(unsigned life)
{
	struct scene *s = xcalloc(1, sizeof(*s));
	_cleanup_free_ char *text = recording();
	const char *files[] = { fixture_make("made.dat", text, "le64", "4096"), NULL };
	char tracefs[600];
	struct deck_conf c = { .files = files, .tracefs = tracefs };
	struct cockpit_who who;

	snprintf(tracefs, sizeof(tracefs), "%s/tests/screens/tracefs", getenv("SOURCE_ROOT"));
	assert_int_equal(deck_new(&c, &s->deck, NULL), 0);
	assert_int_equal(deck_open(s->deck, "replay", NULL), 0);
	assert_int_equal(deck_start(s->deck, NULL), 0);
	while (!deck_at_end(s->deck))
		assert_true(poller_once(deck_poller(s->deck), 1000, NULL) >= 0);
	deck_stop(s->deck);
	found = NULL;
	identity_each(deck_identity(s->deck), find_life, &life);
	assert_non_null(found);
	who = (struct cockpit_who) { .pid = 700, .index = found->index, .at = found->start };
	s->t = (struct cockpit_time) { .now = 90000 * MS, .ended = true };
	cockpit_init(&s->c, s->deck, &who);
	settle(s);
	return s;
}

static void close_scene(struct scene *s)
{
	cockpit_done(&s->c);
	deck_free(s->deck, NULL);
	free(s);
}

/* ---- brute force ---- */

struct tally {
	uint64_t count, latency, errors;
};

typedef bool (*wants_fn)(const struct row *r, bool ours, bool woken);

static bool is_event(const struct row *r, const char *system, const char *name)
{
	return !strcmp(r->schema->system, system) && (!name || !strcmp(r->schema->name, name));
}

static uint64_t number(const struct row *r, const char *name)
{
	const struct field *f = schema_field(r->schema, name);
	uint64_t v = 0;

	if (f)
		field_int(r->schema, f, r->rec, r->size, &v);
	return v;
}

static bool is_ours(struct scene *s, int32_t tid, uint64_t ts)
{
	const struct task *t = identity_task(deck_identity(s->deck), tid, ts);

	return t && t->process && t->process->index == s->c.who.index;
}

static struct tally brute(struct scene *s, wants_fn wants)
{
	struct cursor *c = cursor_new(deck_store(s->deck), 0);
	struct tally n = { 0 };
	struct row r;

	while (cursor_next(c, UINT64_MAX, &r)) {
		bool woken = is_event(&r, "sched", "sched_waking") &&
			     is_ours(s, (int32_t)number(&r, "pid"), r.ts);

		if (!wants(&r, is_ours(s, r.tid, r.ts), woken))
			continue;
		n.count++;
		n.latency += number(&r, "latency");
		n.errors += (int64_t)number(&r, "ret") < 0;
	}
	cursor_free(c);
	return n;
}

static bool wants_events(const struct row *r, bool ours, bool woken)
{
	(void)woken;
	return ours && !is_event(r, "pair", NULL);
}

#define WANTS(name, condition)                                                                     \
	static bool wants_##name(const struct row *r, bool ours, bool woken)                       \
	{                                                                                          \
		(void)r, (void)ours, (void)woken;                                                  \
		return condition;                                                                  \
	}

WANTS(syscalls, ours &&is_event(r, "pair", "syscall"))
WANTS(oncpu, ours &&is_event(r, "pair", "oncpu"))
WANTS(offcpu, ours &&is_event(r, "pair", "offcpu"))
WANTS(runq, ours &&is_event(r, "pair", "runq"))
WANTS(wakers, woken)
WANTS(wakees, ours &&is_event(r, "sched", "sched_waking"))

static const wants_fn wants[COCKPIT_SECTIONS] = {
	[COCKPIT_EVENTS] = wants_events,  [COCKPIT_SYSCALLS] = wants_syscalls,
	[COCKPIT_FILES] = wants_syscalls, [COCKPIT_CPUS] = wants_oncpu,
	[COCKPIT_OFFCPU] = wants_offcpu,  [COCKPIT_RUNQ] = wants_runq,
	[COCKPIT_WAKERS] = wants_wakers,  [COCKPIT_WAKEES] = wants_wakees,
};

/* A column of a section of groups, added up. */
static uint64_t sum_of(const struct cockpit_section *s, unsigned measure)
{
	const struct group_table *t = section_table(s);
	struct group_value v;
	uint64_t sum = 0;

	for (uint32_t i = 0; i < group_count(t); i++) {
		group_value(t, i, s->spec->key_count + measure, &v);
		sum += (uint64_t)v.wide;
	}
	return sum;
}

static void check_sections(struct scene *s)
{
	for (unsigned i = 0; i < COCKPIT_SECTIONS; i++) {
		const struct cockpit_section *sec = &s->c.sections[i];
		struct tally n = brute(s, wants[i]);

		assert_true(n.count > 10);
		if (i == COCKPIT_FILES)
			continue;
		assert_int_equal(sum_of(sec, 0), n.count);
		if (sec->spec->measure_count > 2)
			assert_int_equal(sum_of(sec, 1), n.latency);
	}
}

static void test_sections(void **state)
{
	(void)state;
	for (unsigned life = 0; life < 2; life++) {
		struct scene *s = open_scene(life);

		check_sections(s);
		cockpit_threads(&s->c, true);
		settle(s);
		check_sections(s);
		assert_true(s->c.sections[COCKPIT_RUNQ].count == 2);
		close_scene(s);
	}
}

static void test_errors(void **state)
{
	struct scene *s = open_scene(0);
	struct cockpit_section *sec = &s->c.sections[COCKPIT_SYSCALLS];
	uint64_t errors = 0;

	(void)state;
	for (uint64_t row = 0; row < sec->count; row++) {
		struct strbuf b = { 0 };
		struct table_cell cell = { .text = &b };
		char *p;

		section_model.cell(sec, row, sec->column_count - 1, &cell);
		for (p = b.s; p && *p; p = strchr(p, ',') ? strchr(p, ',') + 2 : NULL) {
			errors += strtoull(p, &p, 10);
			assert_int_equal(*p, ' ');
			assert_true(p[1] == 'E');
		}
		strbuf_done(&b);
	}
	assert_true(errors > 5);
	assert_int_equal(errors, brute(s, wants_syscalls).errors);
	close_scene(s);
}

static void test_files(void **state)
{
	struct scene *s = open_scene(0);
	const struct cockpit_files *f = &s->c.files;
	struct tally n = brute(s, wants_syscalls);
	uint64_t calls = 0, latency = 0, bytes = 0;

	(void)state;
	for (uint32_t i = 0; i < f->count; i++) {
		assert_in_range(f->all[i].fd, 3, 6);
		assert_true(f->all[i].first <= f->all[i].last);
		calls += f->all[i].calls;
		latency += f->all[i].latency;
		bytes += f->all[i].bytes;
	}
	assert_int_equal(f->count, 4);
	assert_int_equal(calls, n.count);
	assert_int_equal(latency, n.latency);
	assert_true(bytes > 0 && bytes < 20 * n.count);
	close_scene(s);
}

/* ---- rows as filters ---- */

static uint64_t passing(struct scene *s, const char *text)
{
	struct cursor *c = cursor_new(deck_store(s->deck), 0);
	struct filter *f = NULL;
	struct err e = ERR_INIT;
	uint64_t n = 0;
	struct row r;

	if (filter_parse(text, &f, &e) < 0)
		fail_msg("%s", e.text);
	while (cursor_next(c, UINT64_MAX, &r))
		n += filter_match(f, &r, deck_identity(s->deck));
	filter_free(f);
	cursor_free(c);
	return n;
}

static void check_row(struct scene *s, struct cockpit_section *sec)
{
	struct strbuf text = { 0 }, label = { 0 };
	struct err e = ERR_INIT;
	struct group_value v;
	uint32_t row;

	assert_true(section_row(sec, &row));
	if (section_filter(sec, &text, &label, &e) < 0)
		fail_msg("%s", e.text);
	if (sec->spec) {
		group_value(section_table(sec), row, sec->spec->key_count, &v);
		if (passing(s, text.s) != (uint64_t)v.wide)
			fail_msg("%s: %llu rows, not %llu", text.s,
				 (unsigned long long)passing(s, text.s),
				 (unsigned long long)v.wide);
	} else {
		assert_true(passing(s, text.s) >= s->c.files.all[row].calls);
	}
	assert_non_null(strstr(label.s, "700"));
	strbuf_done(&text);
	strbuf_done(&label);
}

static void test_row_filters(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 4; k++) {
		struct scene *s = open_scene(k / 2);
		struct strbuf all = { 0 };

		cockpit_threads(&s->c, k % 2);
		settle(s);
		for (unsigned i = 0; i < COCKPIT_SECTIONS; i++) {
			struct cockpit_section *sec = &s->c.sections[i];

			for (sec->state.cursor = 0; sec->state.cursor < sec->count;
			     sec->state.cursor++)
				check_row(s, sec);
		}
		head_filter(&s->c, &all);
		strbuf_str(&all, " and not system == pair");
		assert_int_equal(passing(s, all.s), brute(s, wants_events).count);
		strbuf_done(&all);
		close_scene(s);
	}
}

/* ---- the rest ---- */

static void test_guard(void **state)
{
	struct scene *s = open_scene(0);
	struct filter *f = NULL;

	(void)state;
	assert_int_equal(filter_parse("event == pair:runq", &f, NULL), 0);
	cockpit_guard(&s->c, f);
	settle(s);
	assert_int_equal(s->c.sections[COCKPIT_EVENTS].count, 0);
	assert_int_equal(sum_of(&s->c.sections[COCKPIT_RUNQ], 0), brute(s, wants_runq).count);
	close_scene(s);
}

static void test_head(void **state)
{
	struct scene *s = open_scene(1);
	struct strbuf b = { 0 };

	(void)state;
	assert_true(s->c.head.known);
	assert_true(s->c.head.start == 1000 * MS);
	assert_true(s->c.head.end > s->c.head.start && s->c.head.end != UINT64_MAX);
	assert_true(s->c.head.from == 0 && s->c.head.until > s->c.head.end);
	head_name(&s->c, &b);
	assert_string_equal(b.s, "super 700");
	/* Who is forgotten stays what he was. */
	identity_forget(deck_identity(s->deck), UINT64_MAX);
	head_look(&s->c);
	strbuf_clear(&b);
	head_name(&s->c, &b);
	assert_string_equal(b.s, "super 700");
	strbuf_done(&b);
	close_scene(s);
}

static void test_order(void **state)
{
	struct scene *s = open_scene(0);
	struct cockpit_section *sec = &s->c.sections[COCKPIT_FILES];
	uint32_t row, kept;

	(void)state;
	for (unsigned column = 0; column < sec->column_count; column++)
		for (unsigned down = 0; down < 2; down++) {
			sec->state.cursor = 1;
			section_remember(sec);
			assert_true(section_row(sec, &kept));
			section_sort(sec, column, down);
			assert_true(section_row(sec, &row) && row == kept);
		}
	section_sort(sec, 2, true);
	for (uint32_t i = 1; i < sec->count; i++)
		assert_true(s->c.files.all[sec->order[i - 1]].calls >=
			    s->c.files.all[sec->order[i]].calls);
	close_scene(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sections), cmocka_unit_test(test_errors),
		cmocka_unit_test(test_files),	 cmocka_unit_test(test_row_filters),
		cmocka_unit_test(test_guard),	 cmocka_unit_test(test_head),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests_name("cockpit", tests, fixture_setup, fixture_teardown);
}
