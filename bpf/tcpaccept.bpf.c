/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tcpaccept: connections that processes here take, with how long each waited for that.
 *
 * The row is of the thread that called accept. Calls of 32-bit programs and of io_uring are not
 * seen.
 */
#include "bpf/sock.h"

struct tcpaccept_event {
	struct tap_head;
	struct sock_ends;
	__s32 fd;
	ns_t waited; /* from the end of the handshake; 0: that was before we were */
};

TAP_EVENTS(struct tcpaccept_event);
TAP_SAYS("blurb = TCP connections accepted here: addresses, how long they waited for it\n"
	 "print = \"" SOCK_FORMAT " fd=%s waited=%s\", " SOCK_VALUES ", fd, waited\n"
	 "option.least = ns Only what waited at least so long\n");

const volatile __u64 least = 0;

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(change, const struct sock *sk, int from, int to)
{
	if ((to != ESTABLISHED && to != CLOSE) || !sock_is_tcp(sk))
		return 0;
	if (to == ESTABLISHED)
		sock_learn(sk, from, to);
	else
		bpf_map_delete_elem(&tap_owners, &sk);
	return 0;
}

static __always_inline int accepted(const struct syscall_exit *ctx)
{
	struct tcpaccept_event e = {};
	const struct sock *sk = sock_accepted(ctx);
	const struct sock_owner *o;

	if (!sk)
		return 0;
	o = bpf_map_lookup_elem(&tap_owners, &sk);
	if (tap_begin((struct tap_head *)&e)) {
		e.fd = ctx->ret;
		if (o)
			e.waited = e.ts - o->who.ts;
		sock_ends((struct sock_ends *)&e.family, sk);
		if (e.waited >= least)
			tap_send(&e, sizeof(e));
	}
	bpf_map_delete_elem(&tap_owners, &sk);
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_accept")
int exit_accept(struct syscall_exit *ctx)
{
	return accepted(ctx);
}

SEC("tracepoint/syscalls/sys_exit_accept4")
int exit_accept4(struct syscall_exit *ctx)
{
	return accepted(ctx);
}
