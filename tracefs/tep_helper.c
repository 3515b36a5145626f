/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tep_helper: who asks. Owns the process and knows which events it must not be asked for again.
 */
#include "tracefs/tep_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/safe.h"
#include "core/symbols.h"
#include "core/text.h"
#include "tracefs/tep_wire.h"

#define STARTS_MAX 8
#define PATIENCE   (2 * NSEC_PER_SEC)	 /* for one record */
#define IN_HELPER  "TAPDECK_TEXT_HELPER" /* no helper starts another */

enum known { KNOWN_NOT, KNOWN_GIVEN, KNOWN_BAD };

struct tep_helper {
	struct symbols *symbols;
	pid_t pid;   /* 0: none */
	pid_t owner; /* who started it: a child of ours starts one of its own */
	int fd;
	unsigned starts, troubles;
	uint8_t *known; /* enum known, by schema->index */
	uint32_t count;
	char *buf;
	size_t cap;
	char trouble[160];
};

struct tep_helper *tep_helper_new(struct symbols *symbols)
{
	struct tep_helper *h = xcalloc(1, sizeof(*h));

	h->symbols = symbols;
	h->fd = -1;
	return h;
}

static void stop(struct tep_helper *h)
{
	if (h->fd >= 0)
		close(h->fd);
	h->fd = -1;
	if (h->pid && h->owner == getpid()) {
		kill(h->pid, SIGKILL);
		while (waitpid(h->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	h->pid = 0;
	/* The next one knows no format. */
	for (uint32_t i = 0; i < h->count; i++)
		if (h->known[i] == KNOWN_GIVEN)
			h->known[i] = KNOWN_NOT;
}

void tep_helper_free(struct tep_helper *h)
{
	if (!h)
		return;
	stop(h);
	free(h->known);
	free(h->buf);
	free(h);
}

const char *tep_helper_trouble(const struct tep_helper *h, unsigned *ret_times)
{
	*ret_times = h->troubles;
	return h->troubles ? h->trouble : NULL;
}

/* ---- the process ---- */

static int spawn(pid_t *pid, int sock)
{
	char name[] = "tapdeck-text", arg[] = TEP_HELPER_ARG;
	char in[] = IN_HELPER "=1";
	char *argv[] = { name, arg, NULL }, *env[] = { in, NULL };
	posix_spawn_file_actions_t fa;
	int ret = posix_spawn_file_actions_init(&fa);

	if (ret)
		return ret;
	for (int fd = 0; fd < 3 && !ret; fd++)
		ret = posix_spawn_file_actions_addopen(&fa, fd, "/dev/null", O_RDWR, 0);
	if (!ret)
		ret = posix_spawn_file_actions_adddup2(&fa, sock, TEP_WIRE_FD);
	if (!ret)
		ret = posix_spawn_file_actions_addclosefrom_np(&fa, TEP_WIRE_FD + 1);
	if (!ret)
		ret = posix_spawn(pid, "/proc/self/exe", &fa, NULL, argv, env);
	posix_spawn_file_actions_destroy(&fa);
	return ret;
}

static bool start(struct tep_helper *h)
{
	int sv[2], high, ret;

	if (getenv(IN_HELPER) || h->starts++ >= STARTS_MAX ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return false;
	/* Above the descriptor it becomes: dup2 onto itself would leave it closed on exec. */
	high = fcntl(sv[1], F_DUPFD_CLOEXEC, TEP_WIRE_FD + 1);
	ret = high < 0 ? EMFILE : spawn(&h->pid, high);
	if (high >= 0)
		close(high);
	close(sv[1]);
	h->fd = sv[0];
	h->owner = getpid();
	if (!ret)
		return true;
	h->pid = 0;
	stop(h);
	return false;
}

/* True when there is one to ask. */
static bool is_there(struct tep_helper *h)
{
	if (h->pid && h->owner != getpid())
		stop(h); /* our parent's, and its socket */
	return h->pid || start(h);
}

/* ---- asking ---- */

static void make_room(struct tep_helper *h, uint32_t index)
{
	uint32_t count = index + 256;

	if (index < h->count)
		return;
	h->known = xrealloc(h->known, count, sizeof(*h->known));
	memset(h->known + h->count, KNOWN_NOT, count - h->count);
	h->count = count;
}

static int give_format(struct tep_helper *h, const struct schema *s)
{
	struct strbuf b = { 0 };
	struct tep_wire_head head = {
		.kind = TEP_WIRE_FORMAT,
		.key = s->index,
		.swap = s->machine.swap,
		.long_size = s->machine.long_size,
	};
	int rc;

	if (h->known[s->index] == KNOWN_GIVEN)
		return 0;
	strbuf_add(&b, s->system, strlen(s->system) + 1);
	strbuf_str(&b, s->format);
	head.size = (uint32_t)b.len;
	rc = tep_wire_send(h->fd, &head, b.s);
	strbuf_done(&b);
	h->known[s->index] = KNOWN_GIVEN;
	return rc;
}

static int answer_symbol(struct tep_helper *h, uint64_t addr)
{
	struct tep_wire_head head = { .kind = TEP_WIRE_NAME };
	const char *module = NULL, *name = NULL;
	struct strbuf b = { 0 };
	int rc;

	if (h->symbols)
		name = symbols_name(h->symbols, addr, &head.value, &module);
	if (name) {
		strbuf_add(&b, name, strlen(name) + 1);
		strbuf_add(&b, module ? module : "", module ? strlen(module) + 1 : 1);
	}
	head.size = (uint32_t)b.len;
	rc = tep_wire_send(h->fd, &head, b.s);
	strbuf_done(&b);
	return rc;
}

/* 1: out has the text; 0: the library cannot print it; -Exxx: there is nobody any more. */
static int ask(struct tep_helper *h, const struct schema *s, const uint8_t *rec, uint32_t size,
	       struct strbuf *out)
{
	struct tep_wire_head head = { .kind = TEP_WIRE_RECORD, .key = s->index, .size = size };
	uint64_t until = clock_mono() + PATIENCE;
	int rc = give_format(h, s);

	if (rc >= 0)
		rc = tep_wire_send(h->fd, &head, rec);
	while (rc >= 0) {
		rc = tep_wire_receive(h->fd, &head, &h->buf, &h->cap, until);
		if (rc < 0 || head.kind != TEP_WIRE_SYMBOL)
			break;
		rc = answer_symbol(h, head.value);
	}
	if (rc < 0)
		return rc;
	if (head.kind != TEP_WIRE_TEXT)
		return head.kind == TEP_WIRE_NO ? 0 : -EBADMSG;
	safe_text(out, h->buf, head.size);
	return 1;
}

static void remember_trouble(struct tep_helper *h, const struct schema *s, int rc)
{
	if (!h->troubles++)
		snprintf(h->trouble, sizeof(h->trouble),
			 "libtraceevent %s on %.40s:%.60s: its fields are shown raw",
			 rc == -ETIMEDOUT ? "hung" : "died", s->system, s->name);
}

/* Says where it happened, so that nobody takes the raw fields for the event's own words. */
static bool put_raw(const struct schema *s, const uint8_t *rec, uint32_t size, struct strbuf *out)
{
	text_plain(s, rec, size, out);
	strbuf_str(out, " [libtraceevent failed]");
	return true;
}

bool tep_helper_text(void *data, const struct schema *s, const uint8_t *rec, uint32_t size,
		     struct strbuf *out)
{
	struct tep_helper *h = data;
	size_t from = out->len;
	int rc;

	make_room(h, s->index);
	if (h->known[s->index] == KNOWN_BAD)
		return put_raw(s, rec, size, out);
	if (size > TEP_WIRE_MAX || !is_there(h))
		return h->troubles && put_raw(s, rec, size, out);
	rc = ask(h, s, rec, size, out);
	if (rc >= 0)
		return rc > 0;
	strbuf_cut(out, from);
	remember_trouble(h, s, rc);
	stop(h);
	h->known[s->index] = KNOWN_BAD;
	return put_raw(s, rec, size, out);
}
