/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_bpf_life: the programs that see what goes over TCP connections, by every byte.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/kernel/bpf_net.h"

enum role { EARLIER, CONNECTED, ACCEPTED };

struct life_row {
	struct seen_head head;
	struct ends ends;
	uint32_t role;
	int32_t error;
	uint64_t sent, received, duration, srtt;
	uint32_t retransmits;
};

enum segment { DATA, SYN };

struct retrans_row {
	struct seen_head head;
	struct ends ends;
	uint32_t state, segment, seq, size, retransmits;
};

/* ---- tcplife ---- */

static const struct life_row *life_of(const struct rows *rows, pid_t pid)
{
	const struct life_row *r;

	for (unsigned i = 0; (r = row(rows, told->port, i)); i++)
		if (r->head.pid == pid)
			return r;
	return NULL;
}

static void test_life(void **state)
{
	const struct life_row *client, *server;
	struct tap_program p;
	struct rows rows;
	pid_t child;

	(void)state;
	begin(&p, &rows, "tcplife");
	go(&p);
	child = let(&p, talk);
	client = life_of(&rows, told->peer);
	server = life_of(&rows, child);
	assert_non_null(client);
	assert_non_null(server);
	assert_null(row(&rows, told->port, 2));
	assert_ends(&client->ends, lo6, 10);
	assert_int_equal(client->ends.dport, told->port);
	assert_int_equal(client->role, CONNECTED);
	assert_int_equal(client->sent, 1000);
	assert_int_equal(client->received, 500);
	assert_int_equal(client->error, 0);
	assert_in_range(client->duration, 30000000, 5000000000);
	assert_int_not_equal(client->srtt, 0);
	assert_int_equal(server->ends.sport, told->port);
	assert_int_equal(server->ends.dport, client->ends.sport);
	assert_int_equal(server->role, ACCEPTED);
	assert_int_equal(server->sent, 500);
	assert_int_equal(server->received, 1000);
	assert_in_range(server->duration, 30000000, 5000000000);
	tap_close(&p);
}

/* Reset by one end: both know. */
static void reset(void)
{
	struct linger now = { .l_onoff = 1 };
	int fd = listens(AF_INET, 8), from = connects(AF_INET, told->port, 0), to = accepts(fd);

	gives(from, 7);
	gets_all(to, 7);
	gives(to, 70);
	must(!setsockopt(from, SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
	close(from);
	usleep(20000);
	close(to);
}

static void test_life_reset(void **state)
{
	const struct life_row *r, *accepted = NULL, *connected = NULL;
	struct tap_program p;
	struct rows rows;

	(void)state;
	begin(&p, &rows, "tcplife");
	go(&p);
	let(&p, reset);
	for (unsigned i = 0; (r = row(&rows, told->port, i)); i++)
		*(r->role == ACCEPTED ? &accepted : &connected) = r;
	assert_non_null(accepted);
	assert_non_null(connected);
	assert_int_equal(accepted->error, -ECONNRESET);
	assert_int_equal(accepted->received, 7);
	assert_int_equal(accepted->sent, 70);
	assert_int_equal(connected->sent, 7);
	assert_int_equal(connected->received, 70);
	tap_close(&p);
}

/* One that was there before: all its bytes, no duration. */
static void test_life_earlier(void **state)
{
	int fd, from, to, status;
	const struct life_row *r;
	struct tap_program p;
	struct rows rows;
	pid_t child;

	(void)state;
	begin(&p, &rows, "tcplife");
	fd = listens(AF_INET, 8);
	from = connects(AF_INET, told->port, 0);
	to = accepts(fd);
	gives(from, 12);
	go(&p);
	child = fork();
	if (!child) {
		gets_all(to, 12);
		gives(from, 30);
		usleep(100000); /* until the parent has closed */
		close(from);
		usleep(20000);
		_exit(0);
	}
	close(from);
	close(to);
	waitpid(child, &status, 0);
	usleep(100000);
	tap_look(&p);
	/* Both ends: one by its FIN, the other by a reset, for there were bytes that nobody read.
	 */
	for (unsigned i = 0; i < 2; i++) {
		r = row(&rows, told->port, i);
		assert_non_null(r);
		assert_int_equal(r->role, EARLIER);
		assert_int_equal(r->duration, 0);
		assert_int_equal(r->head.pid, child);
		assert_int_equal(r->ends.sport == told->port ? r->received : r->sent, 42);
	}
	close(fd);
	tap_close(&p);
}

/* ---- tcpretrans ---- */

/* More connections than the listener takes: the SYN of the last ones is sent again after 1 s. */
static void crowd(void)
{
	int fd = listens(AF_INET, 0);

	for (int i = 0; i < 4; i++)
		must(connects(AF_INET, told->port, SOCK_NONBLOCK) >= 0);
	usleep(1500000);
	close(fd);
}

static void test_retrans(void **state)
{
	const struct retrans_row *r;
	struct tap_program p;
	struct rows rows;
	pid_t child;

	(void)state;
	begin(&p, &rows, "tcpretrans");
	go(&p);
	child = let(&p, crowd);
	r = row(&rows, told->port, 0);
	assert_non_null(r);
	assert_ends(&r->ends, lo4, 2);
	assert_int_equal(r->ends.dport, told->port);
	assert_int_equal(r->head.pid, child);
	assert_int_equal(r->state, TCP_SYN_SENT);
	assert_int_equal(r->segment, SYN);
	assert_int_equal(r->size, 0);
	assert_int_equal(r->retransmits, 1);
	assert_int_not_equal(r->seq, 0);
	tap_close(&p);
}

/* ---- tcp_count ---- */

struct tcp_key {
	char comm[16];
	uint8_t peer[16];
	int32_t pid;
};

struct tcp_value {
	uint64_t sent, received, sends, receives, errors;
};

struct wanted {
	pid_t pid;
	const uint8_t *peer;
	struct tcp_value sum;
	unsigned keys;
};

static void add(const void *k, const void *values, int cpus, void *data)
{
	const struct tcp_value *v = values;
	const struct tcp_key *key = k;
	struct wanted *w = data;

	if (key->pid != w->pid || memcmp(key->peer, w->peer, 16))
		return;
	w->keys++;
	for (int i = 0; i < cpus; i++) {
		w->sum.sent += v[i].sent;
		w->sum.received += v[i].received;
		w->sum.sends += v[i].sends;
		w->sum.receives += v[i].receives;
		w->sum.errors += v[i].errors;
	}
}

static void assert_bytes(struct tap_program *p, pid_t pid, uint64_t sent, uint64_t received)
{
	struct wanted w = { .pid = pid, .peer = lo6 };

	tap_each(p, "counts", add, &w);
	assert_int_equal(w.keys, 1);
	assert_int_equal(w.sum.sent, sent);
	assert_int_equal(w.sum.received, received);
	assert_in_range(w.sum.sends, 1, 2);
	assert_int_equal(w.sum.errors, 0);
}

static void test_count(void **state)
{
	struct tap_program p;
	struct rows rows;
	bool functions;
	char why[256];
	pid_t child;

	(void)state;
	begin(&p, &rows, "tcp_count");
	functions = access("/sys/kernel/tracing/events/sock/sock_send_length", F_OK) != 0;
	tap_without(&p, functions ? "sends" : "sends_function");
	tap_without(&p, functions ? "receives" : "receives_function");
	if (!functions)
		tap_without(&p, "sends_page");
	if (!tap_load(&p, 0, 0, why))
		fail_msg("%s", why);
	tap_say(&p);
	child = let(&p, talk);
	assert_bytes(&p, told->peer, 1000, 500);
	assert_bytes(&p, child, 500, 1000);
	tap_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),	     cmocka_unit_test(test_life_reset),
		cmocka_unit_test(test_life_earlier), cmocka_unit_test(test_retrans),
		cmocka_unit_test(test_count),
	};

	return cmocka_run_group_tests(tests, net_setup, NULL);
}
