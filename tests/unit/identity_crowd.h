/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity_crowd: an identity table with a history: few tids, used again and again. The same each
 * time; the dice are the test's too.
 */
#ifndef TESTS_UNIT_IDENTITY_CROWD_H
#define TESTS_UNIT_IDENTITY_CROWD_H

#include "tests/unit/identity_fixture.h"

#define THREADS 24

static uint64_t seed = 20261121;

static unsigned pick(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static const char *const names[] = { "bash", "ba", "kworker/0:1", "x", "", "<...>" };

/* Threads that come, go and change their names for 400 s, in no sensible way. */
static void crowd_live(struct fixture *fx)
{
	for (uint64_t ts = 1000; ts < 400 * NSEC_PER_SEC; ts += pick(2000) * NSEC_PER_MSEC) {
		int32_t tid = 1 + (int32_t)pick(THREADS);
		const char *name = names[pick(4)];

		switch (pick(6)) {
		case 0:
			learn(fx, rec_newtask(fx, ts, 1 + (int32_t)pick(THREADS), tid, name,
					      pick(2) ? 0x10000 : 0));
			break;
		case 1:
			learn(fx, rec_fork(fx, FORK, ts, 1 + (int32_t)pick(THREADS), tid, name));
			break;
		case 2:
			learn(fx, rec_exit(fx, EXIT, ts, tid, name, pick(2)));
			break;
		case 3:
			learn(fx, rec_exec(fx, ts, tid, tid, pick(2) ? "/bin/true" : "/sbin/x"));
			break;
		default:
			learn(fx, rec_rename(fx, ts, tid, name, names[pick(4)]));
		}
	}
}

#endif
