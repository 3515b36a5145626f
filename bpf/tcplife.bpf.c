/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tcplife: TCP connections when they end: whose they were, how long they lived, what went over
 * them.
 *
 * Of one that was there before we were the duration is 0 and its role "EARLIER"; the bytes are all
 * the same those of its whole life.
 */
#include "bpf/sock.h"

#define SOCK_DONE 1 /* of the kernel's enum sock_flags: the peer said that it ends */

struct tcplife_event {
	struct tap_head;
	struct sock_ends;
	enum tcp_role role;
	errno_t error; /* why it ended, if not by itself */
	bytes_t sent;  /* and acknowledged */
	bytes_t received;
	ns_t duration;
	ns_t srtt; /* round trip, smoothed */
	__u32 retransmits;
};

TAP_EVENTS(struct tcplife_event);
TAP_SAYS("blurb = TCP connections that end: owner, addresses, bytes, duration\n"
	 "print = \"" SOCK_FORMAT " role=%s sent=%s received=%s duration=%s error=%s srtt=%s "
	 "retransmits=%s\", " SOCK_VALUES
	 ", role, sent, received, duration, error, srtt, retransmits\n"
	 "option.least = ns Only those that lived at least so long\n");

const volatile __u64 least = 0;

/* Bytes of the stream: what the kernel counts has the SYN and the FIN in it. */
static __always_inline void count_bytes(struct tcplife_event *e, const struct sock *sk)
{
	const struct tcp_sock *tp = (const struct tcp_sock *)sk;
	__u64 acked = BPF_CORE_READ(tp, bytes_acked);
	__u64 once = BPF_CORE_READ(tp, bytes_sent) - BPF_CORE_READ(tp, bytes_retrans);
	__u64 received = BPF_CORE_READ(tp, bytes_received);

	if (acked && e->role == CONNECTED)
		acked--;
	e->sent = acked < once ? acked : once;
	if (received && BPF_CORE_READ(sk, __sk_common.skc_flags) & 1 << SOCK_DONE)
		received--;
	e->received = received;
	e->srtt = (BPF_CORE_READ(tp, srtt_us) >> 3) * 1000ULL;
	e->retransmits = BPF_CORE_READ(tp, total_retrans);
}

static __always_inline void report(const struct sock *sk, const struct sock_owner *o)
{
	struct tcplife_event e = {};

	if (!tap_begin_again((struct tap_head *)&e, &o->who))
		return;
	e.role = o->role;
	e.duration = o->who.ts ? e.ts - o->who.ts : 0;
	if (e.duration < least)
		return;
	e.error = -BPF_CORE_READ(sk, sk_err);
	count_bytes(&e, sk);
	sock_ends((struct sock_ends *)&e.family, sk);
	tap_send(&e, sizeof(e));
}

/* Whether it was one before it was closed. */
static __always_inline bool was_connected(int from)
{
	return from != CLOSE && from != LISTEN && from != SYN_SENT && from != SYN_RECV &&
	       from != NEW_SYN_RECV;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(change, const struct sock *sk, int from, int to)
{
	struct sock_owner *o;

	if (!sock_is_tcp(sk))
		return 0;
	sock_learn(sk, from, to);
	if (to != CLOSE)
		return 0;
	o = bpf_map_lookup_elem(&tap_owners, &sk);
	if (!o && was_connected(from)) {
		sock_born(sk, EARLIER, false);
		o = bpf_map_lookup_elem(&tap_owners, &sk);
	}
	if (!o)
		return 0;
	if (was_connected(from))
		report(sk, o);
	bpf_map_delete_elem(&tap_owners, &sk);
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_accept")
int exit_accept(struct syscall_exit *ctx)
{
	sock_accepts(ctx);
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_accept4")
int exit_accept4(struct syscall_exit *ctx)
{
	sock_accepts(ctx);
	return 0;
}
