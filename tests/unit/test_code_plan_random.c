/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What BPF programs are told of a filter never rejects an event that the filter wants, and is the
 * same where that is claimed: random filters over random events, asked by the programs' own code.
 */
#include "tests/unit/code_fixture.h"

static uint32_t seed = 7;

static unsigned rnd(unsigned n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

#define PICK(table) ((table)[rnd(ARRAY_SIZE(table))])

/* ---- filters ---- */

static const char *const numbers[] = { "latency", "ret",  "flags", "level", "port", "small",
				       "byte",	  "tid",  "pid",   "cpu",   "uid",  ".uid",
				       "bits",	  "lost", "ppid",  "nosuch" };
static const char *const ops[] = { "==", "!=", "<", "<=", ">", ">=" };
static const char *const values[] = { "0",
				      "1",
				      "-1",
				      "3",
				      "5",
				      "7",
				      "127",
				      "-128",
				      "255",
				      "65535",
				      "2147483647",
				      "-2147483648",
				      "9223372036854775807",
				      "-9223372036854775808",
				      "18446744073709551615",
				      "99999999999999999999" };
static const char *const texts[] = { "comm", ".comm", "name", "path", "text", "cgroup" };
static const char *const text_ops[] = { "==", "!=",	    "~",	"not ~",
					"=~", "startswith", "endswith", "contains" };
static const char *const words[] = { CODE_GROUP,
				     CODE_GROUP_LATER,
				     "/to/come",
				     "",
				     "a",
				     "ab",
				     "b*",
				     "ab*",
				     "*a",
				     "*b*",
				     "a?",
				     "a[ab]*",
				     "<idle>",
				     "abababab",
				     "ababababa",
				     "ba",
				     "bash",
				     "x y",
				     "swapper/0",
				     "swapper*",
				     "abababababababababababababababababababababab" };
static const char *const names[] = { "ONE", "TWO", "FOUR", "\"ONE|TWO\"", "3", "4" };
static const char *const nets[] = { "10.0.0.0/8", "10.1.2.3", "10.1.0.0/13", "0.0.0.0/0" };
static const char *const nets6[] = { "fe80::/10", "fe80::/16", "fe80::1", "::/0" };

static void put_list(struct strbuf *b, const char *const *table, unsigned count, const char *quote)
{
	unsigned n = rnd(4) ? 1 + rnd(4) : 1 + rnd(20);

	strbuf_str(b, "in (");
	for (unsigned i = 0; i < n; i++)
		strbuf_fmt(b, "%s%s%s%s", i ? ", " : "", quote, table[rnd(count)], quote);
	strbuf_str(b, ")");
}

static void put_number(struct strbuf *b)
{
	strbuf_fmt(b, "%s ", PICK(numbers));
	switch (rnd(6)) {
	case 0:
		put_list(b, values, ARRAY_SIZE(values), "");
		break;
	case 1:
		strbuf_fmt(b, "& %u", rnd(300));
		break;
	default:
		strbuf_fmt(b, "%s %s", PICK(ops), PICK(values));
	}
}

static void put_text(struct strbuf *b)
{
	const char *op = PICK(text_ops);
	bool regex = !strcmp(op, "=~");

	strbuf_str(b, !strncmp(op, "not ", 4) ? "not " : "");
	strbuf_fmt(b, "%s ", PICK(texts));
	if (!rnd(6))
		put_list(b, words, ARRAY_SIZE(words), "\"");
	else
		strbuf_fmt(b, "%s \"%s\"", strrchr(op, ' ') ? "~" : op, regex ? "^a" : PICK(words));
}

static void put_compare(struct strbuf *b)
{
	switch (rnd(10)) {
	case 0:
		strbuf_fmt(b, "flags %s %s", rnd(3) ? "==" : "!=", PICK(names));
		break;
	case 1:
		strbuf_str(b, "flags ");
		put_list(b, names, ARRAY_SIZE(names), "");
		break;
	case 2:
		strbuf_fmt(b, "addr %s %s", rnd(2) ? "==" : "!=", PICK(nets));
		break;
	case 3:
		strbuf_fmt(b, "addr6 %s %s", rnd(2) ? "==" : "!=", PICK(nets6));
		break;
	case 4:
		strbuf_fmt(b, "exists %s", rnd(2) ? PICK(numbers) : PICK(texts));
		break;
	default:
		if (rnd(3))
			put_number(b);
		else
			put_text(b);
	}
}

static void put_filter(struct strbuf *b, unsigned depth)
{
	unsigned what = rnd(depth ? 6 : 1);

	if (what < 1) {
		put_compare(b);
		return;
	}
	strbuf_str(b, what == 1 ? "not (" : "(");
	put_filter(b, depth - 1);
	if (what > 1) {
		strbuf_str(b, what < 4 ? " and " : " or ");
		put_filter(b, depth - 1);
	}
	strbuf_str(b, ")");
}

/* ---- events ---- */

/* Few letters, so that texts meet; what is behind a NUL is not always zero. */
static void random_text(char *to, size_t room)
{
	static const char letters[] = { 'a', 'b', 'a', 'b', 'x' };
	size_t len = rnd(3) ? rnd(5) : room;

	for (size_t i = 0; i < room; i++)
		to[i] = PICK(letters);
	if (len < room)
		to[len] = '\0';
}

static uint64_t random_number(void)
{
	static const uint64_t pool[] = {
		0, 1, 3, 5, 7, 127, 128, 65535, 255, UINT64_MAX, INT64_MAX, (uint64_t)INT64_MIN
	};

	return rnd(4) ? PICK(pool) : (uint64_t)seed << 32 | seed;
}

/* A thread is called in the kernel as the fixture's table says, but for the idle task. */
static void put_who(struct code_event *ev)
{
	const char *comm;
	int32_t pid;

	ev->tid = (int32_t)rnd(30);
	pid = identity_pid(NULL, ev->tid, 5);
	ev->pid = pid < 0 ? (int32_t)rnd(9) : pid;
	comm = ev->tid ? identity_comm(NULL, ev->tid, 5) : "swapper/0";
	memset(ev->comm, 0, sizeof(ev->comm));
	memcpy(ev->comm, comm, strlen(comm));
	/* As the fixture's table has them, where it knows. */
	ev->cgroup = ev->tid % 4 % 3 == 0 ? 50 : ev->tid % 4 % 3 == 2 ? 70 : rnd(90);
	ev->uid = ev->tid % 4 ? (uint32_t)ev->tid % 2 : 7;
	ev->cpu = rnd(8);
}

static void random_event(struct code_event *ev)
{
	static const uint32_t nets_of[] = { 0x0302010a, 0x0302090a, 0x0100007f, 0x000000a };

	memset(ev, 0, sizeof(*ev));
	put_who(ev);
	ev->latency = random_number();
	ev->ret = (int64_t)random_number();
	random_text(ev->name, sizeof(ev->name));
	random_text(ev->path, sizeof(ev->path));
	ev->flags = rnd(2) ? rnd(9) : (uint32_t)random_number();
	ev->level = (int32_t)random_number();
	ev->port = (uint16_t)random_number();
	ev->small = (int8_t)random_number();
	ev->byte = (uint8_t)random_number();
	ev->addr = PICK(nets_of);
	ev->addr6[0] = rnd(2) ? 0xfe : 0;
	ev->addr6[1] = rnd(2) ? 0x80 : 0xbf;
	ev->addr6[15] = (uint8_t)rnd(2);
}

/* ---- the check ---- */

/* The record of an event; rec has room for 16 more bytes. Text stands behind. */
static uint32_t code_record(const struct code_event *ev, uint8_t *rec)
{
	memset(rec, 0, TAP_COMMON + CODE_SHIFT);
	rec[0] = 21;
	store_u32(rec + 4, (uint32_t)ev->tid);
	store_u64(rec + 8, ev->flags & 7);
	memcpy(rec + TAP_COMMON + CODE_SHIFT, ev, sizeof(*ev));
	return TAP_COMMON + CODE_SHIFT + sizeof(*ev);
}

struct tally {
	unsigned wanted, rejected, exact, early;
};

static void check_event(struct filter *f, const struct code_plan *p, const struct schema *s,
			struct tally *tally)
{
	_Alignas(8) uint8_t rec[sizeof(struct code_event) + 32];
	struct code_event ev;
	struct row r = { .rec = rec, .schema = s, .ts = 5 };
	bool wanted, passes;

	random_event(&ev);
	r.size = code_record(&ev, rec);
	r.tid = ev.tid;
	r.cpu = (uint16_t)ev.cpu;
	wanted = filter_match(f, &r, FIXTURE_IDENTITY);
	passes = code_passes(p, &ev);
	if (wanted && !passes)
		fail_msg("%s: rejected by %s (tid %d, pid %d, name %.8s, path %.8s)",
			 filter_text(f), strbuf_cstr(&p->text.text), ev.tid, ev.pid, ev.name,
			 ev.path);
	if (p->text.exact && wanted != passes)
		fail_msg("%s: not the same as %s", filter_text(f), strbuf_cstr(&p->text.text));
	tally->wanted += wanted;
	tally->rejected += !passes;
	tally->exact += p->text.exact && !p->text.never;
	tally->early += !passes && p->control.who.tests;
}

/* What a program must be able to rely on: it looks at tests behind the one it is at. */
static void check_code(const struct tap_code *c, const char *text)
{
	assert_true(c->tests <= TAP_TESTS);
	for (unsigned i = 0; i < c->tests; i++) {
		const struct tap_test *t = &c->test[i];

		if ((t->if_true < TAP_TESTS && (t->if_true <= i || t->if_true >= c->tests)) ||
		    (t->if_false < TAP_TESTS && (t->if_false <= i || t->if_false >= c->tests)))
			fail_msg("%s: test %u goes to %u and %u", text, i, t->if_true, t->if_false);
		if (t->op == TAP_BYTES && (t->value > TAP_TEXT || t->text >= TAP_TEXTS))
			fail_msg("%s: test %u is of %llu bytes of text %u", text, i, t->value,
				 t->text);
	}
}

static void check_filter(const struct schema *s, struct tally *tally)
{
	struct strbuf text = { 0 };
	struct code_plan p;
	struct err e = ERR_INIT;
	struct filter *f;

	put_filter(&text, rnd(5));
	f = code_filter(strbuf_cstr(&text));
	if (code_plan_make(f, s, &code_layout, &p, &e) < 0)
		fail_msg("%s: %s", text.s, e.text);
	check_code(&p.control.who, text.s);
	check_code(&p.control.all, text.s);
	for (unsigned i = 0; i < 40; i++)
		check_event(f, &p, s, tally);
	code_plan_done(&p);
	filter_free(f);
	strbuf_done(&text);
}

static void test_random(void **state)
{
	struct fixture fx = fixture_new();
	const struct schema *s = schema_set_add(fx.set, code_schema());
	struct tally tally = { 0 };

	(void)state;
	for (unsigned i = 0; i < 20000; i++)
		check_filter(s, &tally);
	/* Every answer, and often: else nothing was tried. */
	assert_true(tally.wanted > 50000);
	assert_true(tally.rejected > 50000);
	assert_true(tally.exact > 50000);
	assert_true(tally.early > 20000);
	fixture_done(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
