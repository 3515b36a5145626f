/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_bpf_connect: the programs that see TCP connections begin.
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

struct connect_row {
	struct seen_head head;
	struct ends ends;
	int32_t result;
	uint64_t latency;
};

struct accept_row {
	struct seen_head head;
	struct ends ends;
	int32_t fd;
	uint64_t waited;
};

/* ---- tcpconnect ---- */

static void connect_and_fail(void)
{
	int fd = listens(AF_INET, 8);

	must(connects(AF_INET, told->port, 0) >= 0);
	told->refused = told->port;
	close(fd);
	fd = listens(AF_INET6, 8);
	must(connects(AF_INET6, told->port, 0) >= 0);
	must(connects(AF_INET, told->refused, 0) < 0);
}

static void test_connect(void **state)
{
	const struct connect_row *r;
	struct tap_program p;
	struct rows rows;
	pid_t child;

	(void)state;
	begin(&p, &rows, "tcpconnect");
	go(&p);
	child = let(&p, connect_and_fail);
	r = row(&rows, told->refused, 0);
	assert_non_null(r);
	assert_ends(&r->ends, lo4, 4 - 2);
	assert_int_equal(r->ends.dport, told->refused);
	assert_int_not_equal(r->ends.sport, 0);
	assert_int_equal(r->head.pid, child);
	assert_int_equal(r->head.tid, child);
	assert_int_equal(r->result, 0);
	assert_in_range(r->latency, 1, 1000000000);
	r = row(&rows, told->refused, 1);
	assert_non_null(r);
	assert_int_equal(r->result, -ECONNREFUSED);
	assert_int_equal(r->head.pid, child);
	assert_int_not_equal(r->ends.sport, 0);
	assert_null(row(&rows, told->refused, 2));
	r = row(&rows, told->port, 0);
	assert_non_null(r);
	assert_ends(&r->ends, lo6, 10);
	assert_int_equal(r->result, 0);
	assert_null(row(&rows, told->port, 1));
	tap_close(&p);
}

static void test_connect_failed(void **state)
{
	const struct connect_row *r;
	struct tap_program p;
	struct rows rows;

	(void)state;
	begin(&p, &rows, "tcpconnect");
	assert_true(tap_option(&p, "failed", 1));
	go(&p);
	let(&p, connect_and_fail);
	r = row(&rows, told->refused, 0);
	assert_non_null(r);
	assert_int_equal(r->result, -ECONNREFUSED);
	assert_null(row(&rows, told->refused, 1));
	assert_null(row(&rows, told->port, 0));
	tap_close(&p);
}

/* What is ours is left out, and all when nothing is on. */
static void test_connect_not_wanted(void **state)
{
	struct tap_program p;
	struct rows rows;

	(void)state;
	begin(&p, &rows, "tcpconnect");
	go(&p);
	connect_and_fail();
	usleep(10000);
	tap_look(&p);
	assert_null(row(&rows, told->port, 0));
	p.control.own = 0;
	p.control.on = 0;
	tap_say(&p);
	connect_and_fail();
	usleep(10000);
	tap_look(&p);
	assert_null(row(&rows, told->port, 0));
	tap_close(&p);
}

/* ---- tcpaccept ---- */

static void accept_late(void)
{
	int fd = listens(AF_INET, 8);

	must(connects(AF_INET, told->port, 0) >= 0);
	usleep(50000);
	told->fd = accepts(fd);
}

static void test_accept(void **state)
{
	const struct accept_row *r;
	struct tap_program p;
	struct rows rows;
	pid_t child;

	(void)state;
	begin(&p, &rows, "tcpaccept");
	go(&p);
	child = let(&p, accept_late);
	r = row(&rows, told->port, 0);
	assert_non_null(r);
	assert_ends(&r->ends, lo4, 2);
	assert_int_equal(r->ends.sport, told->port);
	assert_int_not_equal(r->ends.dport, told->port);
	assert_int_equal(r->head.pid, child);
	assert_int_equal(r->fd, told->fd);
	assert_in_range(r->waited, 50000000, 2000000000);
	assert_null(row(&rows, told->port, 1));
	tap_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connect),
		cmocka_unit_test(test_connect_failed),
		cmocka_unit_test(test_connect_not_wanted),
		cmocka_unit_test(test_accept),
	};

	return cmocka_run_group_tests(tests, net_setup, NULL);
}
