/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_all: compiled text against libtraceevent, for every event of the running kernel.
 *
 * Both say the same made-up records: zeros, ones, small and large random numbers, with strings and
 * arrays laid out as the kernel lays them. The library dies on some records, so each event has a
 * child of its own; a death is counted as the library's failure, never as agreement. Where
 * the two differ the kernel is right: the reasons stand in `defects`, and text_live holds our text
 * against the kernel's own.
 */
#include <ctype.h>
#include <signal.h>
#include <sys/wait.h>

#include "core/util.h"
#include "tests/kernel/text_fixture.h"
#include "tracefs/tep.h"

#define RECORD_BYTES 8192
#define PATTERNS     6

enum outcome { SAME, KNOWN, DIFFERENT, LIBRARY_FAILED, LIBRARY_DIED, NOT_COMPILED, OUTCOMES };

static const char *const outcome_names[] = {
	"the same",	    "known defects of the library",
	"different",	    "the library failed",
	"the library died", "not compiled",
};

/* ---- records ---- */

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void put_number(uint8_t *p, unsigned size, uint64_t v)
{
	memcpy(p, &v, size); /* the running kernel has our order or this machine is odd */
}

static uint64_t pattern_number(unsigned pattern, uint64_t *rnd)
{
	switch (pattern) {
	case 0:
		return 0;
	case 1:
		return 1;
	case 2:
		return next_random(rnd) % 16;
	case 3:
		return 1ULL << next_random(rnd) % 32;
	case 4:
		return next_random(rnd) % 100000;
	default:
		return next_random(rnd);
	}
}

static void fill_string(uint8_t *p, uint32_t size, uint64_t *rnd)
{
	uint32_t len = size ? (uint32_t)(next_random(rnd) % size) : 0;

	memset(p, 0, size);
	for (uint32_t i = 0; i < len; i++)
		p[i] = (uint8_t)('a' + next_random(rnd) % 26);
}

static void fill_numbers(const struct field *f, uint8_t *p, uint32_t size, unsigned pattern,
			 uint64_t *rnd)
{
	unsigned elem =
	    f->elem_size == 2 || f->elem_size == 4 || f->elem_size == 8 ? f->elem_size : 1;

	for (uint32_t at = 0; at + elem <= size; at += elem)
		put_number(p + at, elem, pattern_number(pattern, rnd));
}

/* Behind the fixed part come the strings and arrays, 8 bytes apart. */
static uint32_t make_record(const struct schema *s, uint8_t *rec, unsigned pattern, uint64_t *rnd)
{
	uint32_t end = (s->min_size + 7) & ~7u;

	memset(rec, 0, RECORD_BYTES);
	for (unsigned i = s->common_count; i < s->count; i++) {
		const struct field *f = &s->fields[i];
		uint32_t len = f->kind == FIELD_STRING ? 12 : 16, at = f->offset;

		if (f->place == FIELD_DATA_LOC || f->place == FIELD_REL_LOC) {
			uint32_t base = f->place == FIELD_REL_LOC ? f->offset + 4 : 0;

			put_number(rec + f->offset, 4, len << 16 | (end - base));
			at = end;
			end += 16;
		} else {
			len = f->size;
		}
		if (f->kind == FIELD_STRING)
			fill_string(rec + at, len, rnd);
		else
			fill_numbers(f, rec + at, len, pattern, rnd);
	}
	put_number(rec, 2, s->id);
	put_number(rec + s->pid->offset, 4, 1);
	return end;
}

/* ---- what we know of the library (libtraceevent 1.7.1) ---- */

/* Words of a print format, or the name of an event, that it does not say as the kernel does. */
static const struct {
	const char *word, *reason;
} defects[] = {
	{ "kernel_stack", "we say a stack as long as its record, on one line" },
	{ "user_stack", "the same" },
	{ "bprint", "a format that is not known is said otherwise" },
	{ "__get_cpumask", "taken for a string" },
	{ "%*pbl", "not known to it" },
	{ "__print_hex", "reads behind the end of the array where the length says so" },
	{ "%pIS", "another family than IPv4 and IPv6 is (einval) in the kernel" },
	{ "(1ULL << 63)", "a mask of the top bit matches 0" },
	{ "(64 - 1))", "the same" },
	{ "__print_array(REC->tlp_header", "an array of a fixed size is said without {}" },
	{ "__print_array(__get_dynamic_array(req_power)", "an empty array is said without {}" },
	{ "xfs_force_shutdown", "the name of flag 0 is said whenever there are flags" },
	{ "ext4_fc_stats", "stops at an index that is an enumerator" },
	{ "REC->value_nsec / 1000L", "divides signed numbers as unsigned" },
	{ "REC->delta < 0", "compares signed numbers as unsigned" },
	{ "REC->ret < 0", "the same" },
	{ "REC->tsc_shift", "an s8 loses its sign" },
	{ "!REC->tdp_enabled ?", "! takes the whole of ?:" },
	{ "!(REC->flags & 2) ?", "the same" },
	{ "(u8)(REC->address >> 12) |", "a cast takes the whole of |" },
	{ "REC->flags & (0x00040000 |", "loses the mask" },
	{ "spi_setup", "the same" },
	{ "%*phD", "takes its arguments for something else" },
	{ "netfs_collect_gap", "has no %c" },
	{ "netfs_failure", "an s16 loses its sign, in %x too" },
	{ "9p_protocol_dump", "has no %16ph" },
	{ "1 << REC->alarm_type", "shifts an int by 32 and more" },
	{ "1 << REC->buddy", "the same" },
	{ "REC->stripe_nr - REC->nr_data + 1", "takes a - b + c for a - (b + c)" },
	{ "REC->fallback_order <", "takes a < b ? c : d for a < (b ? c : d) or the like" },
};

/* A name that stands for a constant which the text does not explain: it takes all of them for 0. */
static bool names_constant(const struct schema *s, struct symbols *symbols)
{
	const char *p = s->print_fmt;
	int64_t value;
	char word[64];

	while (*p) {
		size_t n = 0;

		if (*p == '"')
			for (p++; *p && *p != '"'; p++)
				p += *p == '\\' && p[1];
		while (isalnum((unsigned char)p[n]) || p[n] == '_')
			n++;
		if (n && n < sizeof(word) && !isdigit((unsigned char)*p)) {
			memcpy(word, p, n);
			word[n] = '\0';
			if (symbols_constant(symbols, word, &value))
				return true;
		}
		p += n ? n : !!*p;
	}
	return false;
}

static bool known_defect(const struct schema *s, struct symbols *symbols)
{
	for (size_t i = 0; i < ARRAY_SIZE(defects); i++)
		if (defects[i].word &&
		    (strstr(s->print_fmt, defects[i].word) || !strcmp(s->name, defects[i].word)))
			return true;
	return names_constant(s, symbols);
}

/*
 * Values that it says otherwise, ours first:
 * - 0x0, (null): a pointer that is NULL is (nil), %s of one 0
 * - 0x12: %s of a pointer nobody knows, %#x of 0, have no 0x there; they have in the kernel
 * - 0xffffffff80000000: an int in a table of names keeps no sign there; the kernel's table takes
 *   unsigned long
 * - /0x30: the size of a function behind %pS is not said there
 * - -5, 0xffffffffffffff80: a char (signed on x86 before 6.2), an s8 and an s16 lose their sign
 * - nothing: a %.*s with a negative precision is said as "%.*s"
 * - ?: what only the kernel has is 0 there
 * - blanks: a tab, or a width behind %s of a table, which is passed over there
 */
/* A number of one or two bytes with its sign, and the same without. */
static bool same_but_sign(const char **ours, const char **theirs)
{
	const char *o = *ours, *t = *theirs;
	char *o_end, *t_end;
	uint64_t v = *o == '-' ? (uint64_t)strtoll(o, &o_end, 10) : strtoull(o, &o_end, 0);
	uint64_t bare = strtoull(t, &t_end, 0), as_long, as_int;

	if (!isdigit((unsigned char)*t) || o == o_end || bare > UINT16_MAX)
		return false;
	as_long = bare > UINT8_MAX ? (uint64_t)(int16_t)bare : (uint64_t)(int8_t)bare;
	as_int = as_long & UINT32_MAX;
	if ((int64_t)as_long >= 0 || (v != as_long && v != as_int))
		return false;
	*ours = o_end;
	*theirs = t_end;
	return true;
}

static bool same_value(const char **ours, const char **theirs)
{
	static const char *const pairs[][2] = {
		{ "0x0", "(nil)" },
		{ "(null)", "0" },
		{ "0xffffffff", "0x" },
		{ " ", "\\t" },
	};
	const char *o = *ours, *t = *theirs;
	char *o_end, *t_end;

	if (same_but_sign(ours, theirs))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		if (!strncmp(o, pairs[i][0], strlen(pairs[i][0])) &&
		    !strncmp(t, pairs[i][1], strlen(pairs[i][1])) &&
		    strncmp(t, pairs[i][0], strlen(pairs[i][0]))) {
			*ours += strlen(pairs[i][0]);
			*theirs += strlen(pairs[i][1]);
			return true;
		}
	if (!strncmp(t, "%.*s", 4)) {
		*theirs = t + 4;
		return true;
	}
	if (!strncmp(o, "/0x", 3) && *t != '/') {
		*ours = o + 3 + strspn(o + 3, "0123456789abcdef");
		return true;
	}
	if (*o == '?') {
		*ours = o + 1;
		*theirs = t + strcspn(t, " ,");
		return true;
	}
	if (o[0] == '0' && o[1] == 'x' && isxdigit((unsigned char)t[0]) && t[1] != 'x' &&
	    strtoull(o, &o_end, 16) == strtoull(t, &t_end, 16)) {
		*ours = o_end;
		*theirs = t_end;
		return true;
	}
	return false;
}

static bool same_text(const char *o, const char *t)
{
	while (*o || *t) {
		if (same_value(&o, &t))
			continue;
		if (*o == *t) {
			o++;
			t++;
		} else if (*o == ' ') {
			o++;
		} else {
			return false;
		}
	}
	return true;
}

/* ---- comparing ---- */

static enum outcome compare(struct schema *s, struct symbols *symbols)
{
	const struct text_env env = { .symbols = symbols };
	struct tep *tep = tep_new(symbols);
	uint8_t rec[RECORD_BYTES];
	uint64_t rnd = 88172645463325252ULL + s->id;
	struct err e = ERR_INIT;

	if (text_compile_with(s, symbols, &e)) {
		print_message("# not compiled: %s\n", e.text);
		return NOT_COMPILED;
	}
	for (unsigned i = 0; i < PATTERNS * 2; i++) {
		struct strbuf ours = { 0 }, theirs = { 0 };
		uint32_t size = make_record(s, rec, i % PATTERNS, &rnd);

		text_print(s, &env, rec, size, &ours);
		if (!tep_text(tep, s, rec, size, &theirs)) {
			print_message("# the library failed: %s:%s\n", s->system, s->name);
			return LIBRARY_FAILED;
		}
		if (!same_text(strbuf_cstr(&ours), strbuf_cstr(&theirs))) {
			if (known_defect(s, symbols))
				return KNOWN;
			print_message("# %s:%s\n#   ours    %s\n#   library %s\n", s->system,
				      s->name, strbuf_cstr(&ours), strbuf_cstr(&theirs));
			return DIFFERENT;
		}
		strbuf_done(&ours);
		strbuf_done(&theirs);
	}
	return SAME;
}

static enum outcome compare_apart(struct schema *s, struct symbols *symbols)
{
	pid_t pid;
	int status;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		enum outcome o;

		signal(SIGSEGV, SIG_DFL); /* cmocka would go on in the child */
		signal(SIGABRT, SIG_DFL);
		signal(SIGFPE, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		o = compare(s, symbols);

		fflush(NULL);
		_exit((int)o);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) < OUTCOMES)
		return (enum outcome)WEXITSTATUS(status);
	print_message("# died: %s:%s\n", s->system, s->name);
	return LIBRARY_DIED;
}

static void same_as_library(void **state)
{
	unsigned count, outcomes[OUTCOMES] = { 0 };
	struct schema_set *set = kernel_schemas(&count);
	struct symbols *symbols = kernel_symbols();
	uint64_t offset;
	const char *module;
	int64_t value;

	(void)state;
	if (!set || !count) {
		print_message("# no readable tracefs\n");
		skip();
	}
	symbols_name(symbols, 0, &offset, &module); /* load once, before the children */
	symbols_constant(symbols, "", &value);
	for (size_t id = 0; id <= SCHEMA_ID_MAX; id++)
		if (set->by_id[id])
			outcomes[compare_apart(set->by_id[id], symbols)]++;
	for (unsigned i = 0; i < OUTCOMES; i++)
		print_message("# %u events: %s\n", outcomes[i], outcome_names[i]);
	schema_set_free(set);
	symbols_free(symbols);
	assert_int_equal(outcomes[DIFFERENT], 0);
	assert_true(outcomes[NOT_COMPILED] * 200 <= count); /* 99.5 % */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
