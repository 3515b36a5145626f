/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tcp_count: bytes that go over TCP connections, counted in the kernel by process and peer.
 *
 * Kernels before 6.3 have no tracepoints for it; there it is taken where TCP's functions return.
 */
#include "bpf/sock.h"
#include "bpf/tap_table.h"

#define MSG_PEEK 2

struct tcp_key {
	char comm[16];
	ip6_t peer;
	__s32 pid;
};

struct tcp_value {
	bytes_t sent;
	bytes_t received;
	__u64 sends;
	__u64 receives;
	__u64 errors;
};

TAP_TABLE(counts, struct tcp_key, struct tcp_value);
TAP_SAYS("blurb = bytes sent and received over TCP by process and peer\n"
	 "table = counts\n"
	 "count = sent, received, sends, receives, errors\n"
	 "either = sends, sends_function\n"
	 "either = receives, receives_function\n"
	 "maybe = sends_page\n"
	 "option.by_pid = flag Every process apart; off: by command, and pid is 0\n");

const volatile bool by_pid = true;

/* Of an end of the machine itself too: both processes have it. */
static __always_inline struct tcp_value *entry(const struct sock *sk)
{
	struct sock_ends ends = {};
	struct tcp_key key = {};
	struct tap_head head;

	switch (BPF_CORE_READ(sk, __sk_common.skc_family)) {
	case IPv4:
	case IPv6:
		break;
	default:
		return NULL;
	}
	if (!sock_is_tcp(sk) || !tap_begin_count(&head))
		return NULL;
	sock_addresses(&ends, __builtin_preserve_access_index(&sk->__sk_common));
	key.peer = ends.daddr;
	__builtin_memcpy(key.comm, head.comm, sizeof(key.comm));
	key.pid = by_pid ? head.pid : 0;
	return tap_entry(counts, &key, struct tcp_value);
}

static __always_inline int sent(const struct sock *sk, int ret)
{
	struct tcp_value *v = entry(sk);

	if (!v)
		return 0;
	v->sends++;
	if (ret >= 0)
		v->sent += ret;
	else
		v->errors++;
	return 0;
}

static __always_inline int received(const struct sock *sk, int ret, int flags)
{
	struct tcp_value *v;

	if (flags & MSG_PEEK)
		return 0;
	v = entry(sk);
	if (!v)
		return 0;
	v->receives++;
	if (ret >= 0)
		v->received += ret;
	else
		v->errors++;
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(sends, const struct sock *sk, int ret)
{
	return sent(sk, ret);
}

SEC("fexit/tcp_sendmsg")
int BPF_PROG(sends_function, const struct sock *sk, const void *msg, __u64 size, int ret)
{
	return sent(sk, ret);
}

SEC("fexit/tcp_sendpage")
int sends_page(const __u64 *ctx)
{
	return sent((const struct sock *)ctx[0], ctx[5]); /* behind its five arguments */
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(receives, const struct sock *sk, int ret, int flags)
{
	return received(sk, ret, flags);
}

SEC("fexit/tcp_recvmsg")
int receives_function(const __u64 *ctx)
{
	return received((const struct sock *)ctx[0], ctx[5], ctx[3]);
}
