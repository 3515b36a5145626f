/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sock: TCP sockets as our programs see them: the kernel's types, addresses and ports, and who a
 * connection belongs to.
 *
 * What happens to a connection happens mostly in an interrupt, to whoever runs then. So a book is
 * kept: a connection belongs to the thread that connected or accepted it, else to the one that
 * closes it.
 */
#ifndef BPF_SOCK_H
#define BPF_SOCK_H

#include "bpf/tap_file.h"

#include <bpf/bpf_endian.h>

#define TCP 6 /* IPPROTO_TCP */

enum address_family { IPv4 = 2, IPv6 = 10 };

enum tcp_state {
	ESTABLISHED = 1,
	SYN_SENT,
	SYN_RECV,
	FIN_WAIT1,
	FIN_WAIT2,
	TIME_WAIT,
	CLOSE,
	CLOSE_WAIT,
	LAST_ACK,
	LISTEN,
	CLOSING,
	NEW_SYN_RECV,
};

/* Both ends; an IPv4 address stands mapped (::ffff:a.b.c.d), ports in the order of this machine. */
struct sock_ends {
	enum address_family family;
	ip6_t saddr;
	__u16 sport;
	__u16 dport;
	ip6_t daddr;
};

/* Both as people write them, for print: 10.0.0.1:80 > [2001:db8::1]:443. */
#define SOCK_FORMAT "%s%s%s:%u > %s%s%s:%u"
#define SOCK_END(address, port)                                                                    \
	"REC->family == 10 ? \"[\" : \"\", " address ", REC->family == 10 ? \"]\" : \"\", " port
#define SOCK_VALUES SOCK_END("saddr", "sport") ", " SOCK_END("daddr", "dport")

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct in6_addr {
	__u8 in6_u[16];
};

struct sock_common {
	__be32 skc_daddr, skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	unsigned char skc_state;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
	unsigned long skc_flags;
};

typedef struct {
	int owned; /* who runs holds it; an interrupt leaves it alone then */
} socket_lock_t;

struct sock {
	struct sock_common __sk_common;
	socket_lock_t sk_lock;
	__u16 sk_protocol;
	int sk_err;
	kuid_t sk_uid;
};

struct inet_sock {
	struct sock sk;
	__be16 inet_sport;
};

struct tcp_sock {
	__u64 bytes_received, bytes_acked, bytes_sent, bytes_retrans;
	__u32 total_retrans, srtt_us;
};

struct socket {
	struct sock *sk;
};

#pragma clang attribute pop

static __always_inline bool sock_is_tcp(const struct sock *sk)
{
	return BPF_CORE_READ(sk, sk_protocol) == TCP;
}

static __always_inline void sock_map4(ip6_t *to, __be32 address)
{
	__builtin_memset(to, 0, sizeof(*to));
	to->b[10] = 0xff;
	to->b[11] = 0xff;
	__builtin_memcpy(&to->b[12], &address, sizeof(address));
}

static __always_inline bool sock_is_mapped(const ip6_t *a)
{
	const __u32 *words = (const __u32 *)a->b;

	return !words[0] && !words[1] && words[2] == bpf_htonl(0xffff);
}

/* The addresses and the peer's port, which all kinds of sockets have at the same place. */
static __always_inline void sock_addresses(struct sock_ends *e, const struct sock_common *c)
{
	e->family = BPF_CORE_READ(c, skc_family);
	e->dport = bpf_ntohs(BPF_CORE_READ(c, skc_dport));
	if (e->family == IPv6 && bpf_core_field_exists(c->skc_v6_daddr)) {
		bpf_probe_read_kernel(&e->saddr, sizeof(e->saddr),
				      __builtin_preserve_access_index(&c->skc_v6_rcv_saddr));
		bpf_probe_read_kernel(&e->daddr, sizeof(e->daddr),
				      __builtin_preserve_access_index(&c->skc_v6_daddr));
		if (sock_is_mapped(&e->daddr))
			e->family = IPv4;
		return;
	}
	sock_map4(&e->saddr, BPF_CORE_READ(c, skc_rcv_saddr));
	sock_map4(&e->daddr, BPF_CORE_READ(c, skc_daddr));
}

/* Both ends of a full socket. Its port is given back before it is closed, so it is taken from where
 * it stays. */
static __always_inline void sock_ends(struct sock_ends *e, const struct sock *sk)
{
	sock_addresses(e, __builtin_preserve_access_index(&sk->__sk_common));
	e->sport = bpf_ntohs(BPF_CORE_READ((const struct inet_sock *)sk, inet_sport));
}

/* ---- whose it is ---- */

enum tcp_role {
	EARLIER, /* it was there before we were */
	CONNECTED,
	ACCEPTED,
};

struct sock_owner {
	struct tap_head who; /* pid 0: nobody is known; ts: when it began */
	enum tcp_role role;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, const struct sock *);
	__type(value, struct sock_owner);
} tap_owners SEC(".maps");

static __always_inline void sock_born(const struct sock *sk, enum tcp_role role, bool is_mine)
{
	struct sock_owner o = { .role = role };

	if (is_mine)
		tap_who(&o.who);
	else
		o.who.uid = BPF_CORE_READ(sk, sk_uid.val);
	o.who.ts = role == EARLIER ? 0 : bpf_ktime_get_ns();
	if (bpf_map_update_elem(&tap_owners, &sk, &o, BPF_ANY))
		tap_count(missed);
}

static __always_inline void sock_take(struct sock_owner *o)
{
	__u64 since = o->who.ts;

	tap_who(&o->who);
	o->who.ts = since;
}

/* Who runs has this socket: it accepted it, or closes it while nobody else is known. */
static __always_inline void sock_taken(const struct sock *sk, enum tcp_role role)
{
	struct sock_owner *o = bpf_map_lookup_elem(&tap_owners, &sk);

	if (!o)
		sock_born(sk, role, true);
	else if (!o->who.pid)
		sock_take(o);
}

/* Learns from a change of state. */
static __always_inline void sock_learn(const struct sock *sk, int from, int to)
{
	if (to == SYN_SENT)
		sock_born(sk, CONNECTED, true);
	else if (to == ESTABLISHED && from == SYN_RECV)
		sock_born(sk, ACCEPTED, false);
	else if (to == FIN_WAIT1 || to == LAST_ACK ||
		 (to == CLOSE && BPF_CORE_READ(sk, sk_lock.owned)))
		sock_taken(sk, EARLIER);
}

/* ---- accept ---- */

struct syscall_exit {
	__u64 common;
	__s64 nr;
	__s64 ret;
};

/* The TCP socket that a call of accept returned; NULL: it is none. */
static __always_inline const struct sock *sock_accepted(const struct syscall_exit *ctx)
{
	const struct socket *socket;
	const struct sock *sk;
	struct file *file;

	if (ctx->ret < 0)
		return NULL;
	file = tap_file(ctx->ret);
	if (!file || !tap_file_is_socket(file))
		return NULL;
	socket = BPF_CORE_READ(file, private_data);
	sk = BPF_CORE_READ(socket, sk);
	if (!sk)
		return NULL;
	switch (BPF_CORE_READ(sk, __sk_common.skc_family)) {
	case IPv4:
	case IPv6:
		return sock_is_tcp(sk) ? sk : NULL;
	default:
		return NULL;
	}
}

/* Learns who accepted a connection. */
static __always_inline void sock_accepts(const struct syscall_exit *ctx)
{
	const struct sock *sk = sock_accepted(ctx);

	if (sk)
		sock_taken(sk, ACCEPTED);
}

#endif
