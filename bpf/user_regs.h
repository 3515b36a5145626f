/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * user_regs: registers of a program where a uprobe stands: arguments, the result, the stack.
 * Programs of this kind are given the registers themselves.
 */
#ifndef BPF_USER_REGS_H
#define BPF_USER_REGS_H

#include "bpf/tap.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long ax, di, r8, r9, sp;
};
#define USER_FIRST  di
#define USER_FIFTH  r8
#define USER_SIXTH  r9
#define USER_RESULT ax
#define USER_STACK  sp
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	__u64 regs[31];
	__u64 sp;
};
#define USER_FIRST  regs[0]
#define USER_FIFTH  regs[4]
#define USER_SIXTH  regs[5]
#define USER_RESULT regs[0]
#define USER_STACK  sp
#elif defined(__TARGET_ARCH_riscv)
struct pt_regs {
	unsigned long a0, a4, a5, sp;
};
#define USER_FIRST  a0
#define USER_FIFTH  a4
#define USER_SIXTH  a5
#define USER_RESULT a0
#define USER_STACK  sp
#elif defined(__TARGET_ARCH_s390)
struct pt_regs {
	unsigned long gprs[16];
};
#define USER_FIRST  gprs[2]
#define USER_FIFTH  gprs[6]
#define USER_RESULT gprs[2]
#define USER_STACK  gprs[15]
#elif defined(__TARGET_ARCH_powerpc)
struct pt_regs {
	unsigned long gpr[32];
};
#define USER_FIRST  gpr[3]
#define USER_FIFTH  gpr[7]
#define USER_SIXTH  gpr[8]
#define USER_RESULT gpr[3]
#define USER_STACK  gpr[1]
#else
#error "the registers of this machine are not known"
#endif

#pragma clang attribute pop

static __always_inline __u64 user_first(const struct pt_regs *r)
{
	return r->USER_FIRST;
}

static __always_inline __u64 user_fifth(const struct pt_regs *r)
{
	return r->USER_FIFTH;
}

/* 0 where it is not in a register. */
static __always_inline __u64 user_sixth(const struct pt_regs *r)
{
#ifdef USER_SIXTH
	return r->USER_SIXTH;
#else
	return 0;
#endif
}

static __always_inline __u64 user_result(const struct pt_regs *r)
{
	return r->USER_RESULT;
}

static __always_inline __u64 user_stack(const struct pt_regs *r)
{
	return r->USER_STACK;
}

#endif
