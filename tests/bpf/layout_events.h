/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout_events: events of the structs of layouts.h, and what is said of each, by us and by
 * trace-cmd alike.
 */
#ifndef TESTS_BPF_LAYOUT_EVENTS_H
#define TESTS_BPF_LAYOUT_EVENTS_H

#include <stddef.h>

#include "core/util.h"
#include "tests/bpf/layouts.h"

/* Where text behind the fixed part lies in the record: behind the common fields. */
#define LOC(at, size) ((u32)((size) << 16 | (8 + (at))))

static const struct numbers numbers_event = {
	.a8 = 200,
	.b8 = -100,
	.a16 = 60000,
	.b16 = -30000,
	.a32 = 4000000000,
	.b32 = -2000000000,
	.a64 = 18000000000000000000ULL,
	.b64 = -9000000000000000000LL,
	.yes = true,
	.took = 1500,
	.length = 4096,
	.result = -2,
	.where = (void *)0xffff888000001000ULL,
	.call = 0x7f0000001234ULL,
	.from = 0x0100007f,
	.to = { { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } },
	.wide = (u128)0x1122334455667788ULL << 64 | 0x99aabbccddeeff00ULL,
	.hops = { 0x04030201, 0x08070605 },
};

static const struct names names_event = {
	STATE_SLEEPING, STATE_GONE,	ACCESS_READ | ACCESS_EXEC, ACCESS_NONE, PLAIN_TWO,
	(enum plain)77, (enum access)9,
};

static const struct bits bits_event = {
	.low = 5,
	.middle = 100,
	.negative = -16,
	.across = 0xfedcba9876ULL,
	.flag = true,
	.state = STATE_GONE,
	.whole = 0xdeadbeef,
	.last = 7,
};

static const struct nested nested_event = {
	.at = { -1, 2 },
	{ .anonymous = 3, { .number = 0x04030201 } },
	.either.both = { 5, -6 },
	.path = { { 7, 8 }, { -9, 10 } },
	.mac = { { 0, 1, 2, 3, 4, 5 }, { 250, 251, 252, 253, 254, 255 } },
	.grid = { { 1, 2, 3 }, { 4, 5, 65535 } },
	.words = { "one", "eight***" },
	.text = "a b",
	.common_mark = -11,
	.at_x = 12,
};

static const struct floats floats_event = {
	.single = 0.5f,
	.plain = 1234567.891,
	.minus = -0.25,
	.both = { 1e300, -3.0000005 },
};

static const struct {
	u64 ts;
	u32 path, kernel, user;
	char data[12];
	u64 stacks[3];
} texts_event = {
	1,	    LOC(20, 8), LOC(32, 16),
	LOC(48, 8), "name it",	{ 0xffffffff81000010ULL, 0xffffffff81000abcULL, 0x401000 }
};

static const struct {
	u64 ts;
	u32 bit, path, kernel;
	char data[12];
	u64 stack[2];
} moved_event = { 1, 1, LOC(20, 6), LOC(32, 16), "there", { 0x1000, 0xfff0 } };

static const struct {
	u64 ts;
	u32 n;
	char data[6];
} tail_text_event = { 1, 42, "hello" };

static const struct {
	u32 n;
	u16 v[3];
} tail_numbers_event = { 3, { 1, 2, 40000 } };

static const struct usual usual_event = {
	.head = { 1, 77, 1, 1002, 1001, 1000, "usual" },
	.result = -13,
};

static const struct old old_event = { 5, 6, "oldish", 7, 1, 8 };

static const struct layout_event {
	const char *type; /* the struct */
	const void *bytes;
	size_t size;
	const char *text;
} layout_events[] = {
	{ "numbers", &numbers_event, sizeof(numbers_event),
	  "a8=200 b8=-100 a16=60000 b16=-30000 a32=4000000000 b32=-2000000000 "
	  "a64=18000000000000000000 b64=-9000000000000000000 yes=true no=false took=1500 "
	  "length=4096 result=-ENOENT where=0xffff888000001000 call=0x7f0000001234 "
	  "from=127.0.0.1 to=2001:db8::1 wide=0x112233445566778899aabbccddeeff00 hops_0=1.2.3.4 "
	  "hops_1=5.6.7.8" },
	{ "names", &names_event, sizeof(names_event),
	  "state=STATE_SLEEPING gone=STATE_GONE access=ACCESS_READ|ACCESS_EXEC none=ACCESS_NONE "
	  "plain=PLAIN_TWO other=0x4d odd=ACCESS_READ|0x8" },
	{ "bits", &bits_event, sizeof(bits_event),
	  "low=5 middle=100 negative=-16 across=1094624909430 flag=true state=STATE_GONE "
	  "whole=3735928559 last=7" },
	{ "nested", &nested_event, sizeof(nested_event),
	  "at_x=-1 at_y=2 anonymous=3 number=67305985 bytes=01 02 03 04 either_one=5 "
	  "either_both_x=5 either_both_y=-6 path_0_x=7 path_0_y=8 path_1_x=-9 path_1_y=10 "
	  "mac=00 01 02 03 04 05 fa fb fc fd fe ff grid={0x1,0x2,0x3,0x4,0x5,0xffff} "
	  "words_0=one words_1=eight*** text=a b its_common_mark=-11 at_x_2=12" },
	{ "floats", &floats_event, sizeof(floats_event),
	  "single=0.500000 plain=1234567.891000 minus=-0.250000 both_0=9223372036854.775807 "
	  "both_1=-3.000001" },
	{ "texts", &texts_event, sizeof(texts_event),
	  "path=name it kernel={0xffffffff81000010,0xffffffff81000abc} user={0x401000}" },
	{ "moved", &moved_event, sizeof(moved_event), "bit=1 path=there kernel={0x1000,0xfff0}" },
	{ "tail_text", &tail_text_event, offsetof(struct tail_text, data) + 6, "n=42 data=hello" },
	{ "tail_numbers", &tail_numbers_event, sizeof(u32) + 3 * sizeof(u16),
	  "n=3 v={0x1,0x2,0x9c40}" },
	{ "usual", &usual_event, sizeof(usual_event), "result=-13" },
	{ "old", &old_event, sizeof(old_event), "" },
};

#endif
