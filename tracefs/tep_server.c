/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tep_server: the process in which libtraceevent prints what files hold.
 *
 * It has a socket and nothing else: no file, no tracefs, no terminal. It may die at any record.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "core/arena.h"
#include "tracefs/tep.h"
#include "tracefs/tep_helper.h"
#include "tracefs/tep_wire.h"

#define MEMORY_MAX (512u << 20)
#define SECONDS_MAX                                                                                \
	3600 /* of CPU: hours of honest work; a single record is waited for by the other end */
#define FORMATS_MAX 65536

/* AddressSanitizer needs terabytes of addresses. */
#if defined(__SANITIZE_ADDRESS__)
#undef MEMORY_MAX
#define MEMORY_MAX RLIM_INFINITY
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#undef MEMORY_MAX
#define MEMORY_MAX RLIM_INFINITY
#endif
#endif

struct server {
	struct tep *tep;
	struct schema **schemas; /* by key */
	uint32_t count;
	char *buf, *name; /* what came in; the last symbol */
	size_t cap, name_cap;
	bool alone; /* nobody answers any more */
};

/* Asks the other end. The library takes the name at once. */
static const char *resolve(void *data, uint64_t addr, uint64_t *offset, const char **module)
{
	struct server *s = data;
	struct tep_wire_head h = { .kind = TEP_WIRE_SYMBOL, .value = addr };

	if (s->alone || tep_wire_send(TEP_WIRE_FD, &h, NULL) < 0 ||
	    tep_wire_receive(TEP_WIRE_FD, &h, &s->name, &s->name_cap, UINT64_MAX) < 0 ||
	    h.kind != TEP_WIRE_NAME)
		s->alone = true;
	if (s->alone || !h.size)
		return NULL;
	*offset = h.value;
	*module = s->name + strlen(s->name) + 1;
	if (*module >= s->name + h.size || !**module)
		*module = NULL;
	return s->name;
}

static void take_format(struct server *s, const struct tep_wire_head *h)
{
	struct machine m = { .swap = h->swap, .long_size = h->long_size };
	size_t system = strlen(s->buf) + 1;

	if (h->key >= FORMATS_MAX || system > h->size)
		return;
	if (h->key >= s->count) {
		uint32_t count = h->key + 64;

		s->schemas = xrealloc(s->schemas, count, sizeof(struct schema *));
		memset(s->schemas + s->count, 0, (count - s->count) * sizeof(struct schema *));
		s->count = count;
	}
	if (!s->schemas[h->key])
		schema_parse(s->buf, s->buf + system, h->size - system, m, &s->schemas[h->key],
			     NULL);
}

static int print_record(struct server *s, const struct tep_wire_head *h)
{
	const struct schema *schema = h->key < s->count ? s->schemas[h->key] : NULL;
	struct tep_wire_head answer = { .kind = TEP_WIRE_NO };
	struct strbuf text = { 0 };
	int rc;

	if (schema && tep_text(s->tep, schema, (uint8_t *)s->buf, h->size, &text)) {
		answer.kind = TEP_WIRE_TEXT;
		answer.size = (uint32_t)MIN(text.len, (size_t)TEP_WIRE_MAX);
	}
	rc = tep_wire_send(TEP_WIRE_FD, &answer, text.s);
	strbuf_done(&text);
	return rc;
}

/* What may be had is little: a format that asks for more ends this process, not the machine. */
static void settle(void)
{
	static const struct {
		int what;
		rlim_t value;
	} limits[] = {
		{ RLIMIT_AS, MEMORY_MAX }, { RLIMIT_CPU, SECONDS_MAX }, { RLIMIT_CORE, 0 },
		{ RLIMIT_FSIZE, 0 },	   { RLIMIT_NPROC, 0 },
	};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_NAME, "tapdeck-text");
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		setrlimit((__rlimit_resource_t)limits[i].what,
			  &(struct rlimit) { limits[i].value, limits[i].value });
}

int tep_helper_main(void)
{
	struct server s = { .tep = tep_new(NULL) };
	struct tep_wire_head h;
	int rc = 0;

	settle();
	tep_on_symbol(s.tep, resolve, &s);
	while (rc >= 0 && tep_wire_receive(TEP_WIRE_FD, &h, &s.buf, &s.cap, UINT64_MAX) >= 0) {
		if (h.kind == TEP_WIRE_FORMAT)
			take_format(&s, &h);
		else if (h.kind == TEP_WIRE_RECORD)
			rc = print_record(&s, &h);
		else
			rc = -1;
	}
	return 0; /* what it has goes with it */
}
