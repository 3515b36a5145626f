/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tcpretrans: segments of TCP that are sent again.
 *
 * A timer or an answer of the peer sends them, so the row is of whose connection it is; where it
 * was there before we were nobody is known but its user.
 */
#include "bpf/sock.h"

#define TCP_FIN 1
#define TCP_SYN 2
#define TCP_RST 4

enum segment { DATA, SYN, FIN, RST, SYNACK };

struct tcpretrans_event {
	struct tap_head;
	struct sock_ends;
	enum tcp_state state;
	enum segment segment;
	__u32 seq;
	__u32 size;	   /* of the data */
	__u32 retransmits; /* of this connection so far, this one included */
};

TAP_EVENTS(struct tcpretrans_event);
TAP_SAYS("blurb = TCP segments sent again: addresses, state, which segment\n"
	 "print = \"" SOCK_FORMAT " %s in %s seq=%s size=%s retransmits=%s\", " SOCK_VALUES
	 ", segment, state, seq, size, retransmits\n");

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct sk_buff {
	unsigned int len;
	char cb[48];
};

struct tcp_skb_cb {
	__u32 seq;
	__u16 tcp_flags;
};

struct request_sock {
	struct sock_common __req_common;
	__u8 num_retrans;
};

struct tcp_request_sock {
	__u32 snt_isn;
};

#pragma clang attribute pop

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(change, const struct sock *sk, int from, int to)
{
	if (!sock_is_tcp(sk))
		return 0;
	if (to == CLOSE)
		bpf_map_delete_elem(&tap_owners, &sk);
	else
		sock_learn(sk, from, to);
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

/* Begins an event of a connection: its owner's, else of nobody but a user. */
static __always_inline bool begin(struct tcpretrans_event *e, const struct sock *sk)
{
	const struct sock_owner *known = bpf_map_lookup_elem(&tap_owners, &sk);
	struct tap_head nobody = {};

	if (known)
		return tap_begin_again((struct tap_head *)e, &known->who);
	nobody.uid = BPF_CORE_READ(sk, sk_uid.val);
	return tap_begin_again((struct tap_head *)e, &nobody);
}

static __always_inline enum segment segment(__u32 flags, __u32 size)
{
	if (flags & TCP_SYN)
		return SYN;
	if (flags & TCP_RST)
		return RST;
	return flags & TCP_FIN && !size ? FIN : DATA;
}

SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(again, const struct sock *sk, const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb;
	struct tcpretrans_event e = {};

	if (!begin(&e, sk))
		return 0;
	cb = (const void *)skb + bpf_core_field_offset(struct sk_buff, cb);
	e.seq = BPF_CORE_READ(cb, seq);
	e.size = BPF_CORE_READ(skb, len);
	e.segment = segment(BPF_CORE_READ_BITFIELD_PROBED(cb, tcp_flags), e.size);
	e.state = BPF_CORE_READ(sk, __sk_common.skc_state);
	e.retransmits = BPF_CORE_READ((const struct tcp_sock *)sk, total_retrans);
	sock_ends((struct sock_ends *)&e.family, sk);
	tap_send(&e, sizeof(e));
	return 0;
}

/* The listener's answer to a SYN: there is no connection yet, and so it is the listener's user's.
 */
SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(again_synack, const struct sock *sk, const struct request_sock *req)
{
	const struct sock_common *ends = __builtin_preserve_access_index(&req->__req_common);
	struct tcpretrans_event e = {};

	if (!begin(&e, sk))
		return 0;
	e.segment = SYNACK;
	e.state = SYN_RECV;
	e.seq = BPF_CORE_READ((const struct tcp_request_sock *)req, snt_isn);
	e.retransmits = BPF_CORE_READ(req, num_retrans);
	sock_addresses((struct sock_ends *)&e.family, ends);
	e.sport = BPF_CORE_READ(ends, skc_num);
	tap_send(&e, sizeof(e));
	return 0;
}
