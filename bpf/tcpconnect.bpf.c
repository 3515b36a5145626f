/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tcpconnect: connections that processes here begin, with what became of them and how long that
 * took.
 */
#include "bpf/sock.h"

#define ECANCELED 125

struct tcpconnect_event {
	struct tap_head;
	struct sock_ends;
	errno_t result; /* ECANCELED: given up by who began it */
	ns_t latency;	/* until the peer answered, or did not */
};

TAP_EVENTS(struct tcpconnect_event);
TAP_SAYS("blurb = TCP connections begun here: addresses, result, latency\n"
	 "print = \"" SOCK_FORMAT " result=%s latency=%s\", " SOCK_VALUES ", result, latency\n"
	 "option.least = ns Only what took at least so long\n"
	 "option.failed = flag Only those that came to nothing\n");

const volatile __u64 least = 0;
const volatile bool failed = false;

static __always_inline void report(const struct sock *sk, const struct sock_owner *o, int to)
{
	struct tcpconnect_event e = {};
	int err = 0;

	if (!tap_begin_again((struct tap_head *)&e, &o->who))
		return;
	e.latency = e.ts - o->who.ts;
	if (to != ESTABLISHED) {
		err = BPF_CORE_READ(sk, sk_err);
		e.result = err ? -err : -ECANCELED;
	}
	if (e.latency < least || (failed && !e.result))
		return;
	sock_ends((struct sock_ends *)&e.family, sk);
	tap_send(&e, sizeof(e));
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(change, const struct sock *sk, int from, int to)
{
	struct sock_owner *o;

	if ((from != SYN_SENT && to != SYN_SENT) || !sock_is_tcp(sk))
		return 0;
	if (to == SYN_SENT) {
		sock_born(sk, CONNECTED, true);
		return 0;
	}
	o = bpf_map_lookup_elem(&tap_owners, &sk);
	if (o) {
		report(sk, o, to);
		bpf_map_delete_elem(&tap_owners, &sk);
	}
	return 0;
}
