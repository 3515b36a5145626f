/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * regs: what a system call was asked for, by the registers of the machine it is compiled for.
 *
 * To be read when a call begins: afterwards some of them are something else.
 */
#ifndef BPF_REGS_H
#define BPF_REGS_H

#include "bpf/tap.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r10, r9, r8, dx, si, di, ip;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	__u64 regs[31];
	__u64 pc, orig_x0;
};
#elif defined(__TARGET_ARCH_riscv)
struct pt_regs {
	unsigned long epc, a1, a2, a3, a4, a5, orig_a0;
};
#elif defined(__TARGET_ARCH_s390)
typedef struct {
	unsigned long addr;
} psw_t;
struct pt_regs {
	psw_t psw;
	unsigned long gprs[16];
	unsigned long orig_gpr2;
};
#elif defined(__TARGET_ARCH_powerpc)
struct pt_regs {
	unsigned long gpr[32];
	unsigned long nip, orig_gpr3;
};
#else
#error "the registers of this machine are not known"
#endif

#pragma clang attribute pop

/* The six words. */
static __always_inline void regs_args(const struct pt_regs *r, __u64 args[6])
{
#if defined(__TARGET_ARCH_x86)
	args[0] = r->di, args[1] = r->si, args[2] = r->dx;
	args[3] = r->r10, args[4] = r->r8, args[5] = r->r9;
#elif defined(__TARGET_ARCH_arm64)
	args[0] = r->orig_x0, args[1] = r->regs[1], args[2] = r->regs[2];
	args[3] = r->regs[3], args[4] = r->regs[4], args[5] = r->regs[5];
#elif defined(__TARGET_ARCH_riscv)
	args[0] = r->orig_a0, args[1] = r->a1, args[2] = r->a2;
	args[3] = r->a3, args[4] = r->a4, args[5] = r->a5;
#elif defined(__TARGET_ARCH_s390)
	args[0] = r->orig_gpr2, args[1] = r->gprs[3], args[2] = r->gprs[4];
	args[3] = r->gprs[5], args[4] = r->gprs[6], args[5] = r->gprs[7];
#elif defined(__TARGET_ARCH_powerpc)
	args[0] = r->orig_gpr3, args[1] = r->gpr[4], args[2] = r->gpr[5];
	args[3] = r->gpr[6], args[4] = r->gpr[7], args[5] = r->gpr[8];
#endif
}

/* Where it was. */
static __always_inline __u64 regs_ip(const struct pt_regs *r)
{
#if defined(__TARGET_ARCH_x86)
	return r->ip;
#elif defined(__TARGET_ARCH_arm64)
	return r->pc;
#elif defined(__TARGET_ARCH_riscv)
	return r->epc;
#elif defined(__TARGET_ARCH_s390)
	return r->psw.addr;
#elif defined(__TARGET_ARCH_powerpc)
	return r->nip;
#endif
}

#endif
