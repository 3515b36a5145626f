/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layouts: structs of all kinds that events may be, for the compiler of BPF programs and for the
 * test that fills them: both lay them out alike.
 */
#ifndef TESTS_BPF_LAYOUTS_H
#define TESTS_BPF_LAYOUTS_H

typedef unsigned char u8;
typedef signed char s8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef int s32;
typedef unsigned long long u64;
typedef long long s64;
__extension__ typedef unsigned __int128 u128;

typedef u64 ns_t;
typedef u64 bytes_t;
typedef s32 errno_t;
typedef u32 ip4_t;
typedef struct {
	u8 b[16];
} ip6_t;
typedef u64 kaddr_t;
typedef u64 uaddr_t;
typedef u32 tap_str;
typedef u32 tap_kstack;
typedef u32 tap_ustack;

enum state { STATE_RUNNING = 1, STATE_SLEEPING, STATE_GONE = -1 };
enum access { ACCESS_NONE, ACCESS_READ = 1, ACCESS_WRITE = 2, ACCESS_EXEC = 4 };
enum plain { PLAIN_ZERO, PLAIN_ONE, PLAIN_TWO };

/* Numbers of all sizes, by name and by meaning. */
struct numbers {
	u64 ts;
	u8 a8;
	s8 b8;
	u16 a16;
	short b16;
	u32 a32;
	s32 b32;
	u64 a64;
	s64 b64;
	_Bool yes, no;
	ns_t took;
	bytes_t length;
	errno_t result;
	void *where;
	uaddr_t call;
	ip4_t from;
	ip6_t to;
	u128 wide;
	ip4_t hops[2];
};

struct names {
	enum state state, gone;
	enum access access, none;
	enum plain plain, other;
	enum access odd;
};

struct bits {
	u32 low : 3, middle : 7;
	s32 negative : 5;
	u64 across : 40;
	u32 : 4;
	_Bool flag : 1;
	enum state state : 3;
	u32 whole : 32;
	u8 last;
};

struct point {
	s32 x, y;
};

struct nested {
	struct point at;
	struct {
		u32 anonymous;
		union {
			u32 number;
			u8 bytes[4];
		};
	};
	union {
		u32 one;
		struct point both;
	} either;
	struct point path[2];
	u8 mac[2][6];
	u16 grid[2][3];
	char words[2][8];
	char text[8];
	s32 common_mark;
	u32 at_x;
};

struct floats {
	float single;
	double plain, minus;
	double both[2];
};

/* What is said behind the end, with nothing computed and with something. */
struct texts {
	u64 ts;
	tap_str path;
	tap_kstack kernel;
	tap_ustack user;
	char data[];
};

struct moved {
	u64 ts;
	u32 bit : 1;
	tap_str path;
	tap_kstack kernel;
	char data[];
};

struct tail_text {
	u64 ts;
	u32 n;
	char data[];
};

struct tail_numbers {
	u32 n;
	u16 v[];
};

/* As tools have them for years. */
struct head {
	u64 ts, cgroup;
	u32 cpu;
	s32 tid, pid;
	u32 uid;
	char comm[16];
};

struct usual {
#ifdef __bpf__
	struct head; /* anonymous */
#else
	struct head head;
#endif
	s32 result;
};

struct old {
	u32 pid, tgid;
	char task[16];
	u64 timestamp;
	u32 cpu_id;
	u64 cgroup_id;
};

struct event {
	u64 time_ns;
	u32 pid;
	u8 comm[16];
	u64 stack[3];
};

#endif
