/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_capture: what bpf_capture.c and bpf_family.c share. Nobody else includes this.
 */
#ifndef BACKENDS_BPF_CAPTURE_H
#define BACKENDS_BPF_CAPTURE_H

#include "backends/bpf_private.h"

/* The list of wanted processes, and the program that adds their children to it. */
struct bpf_family {
	bool ready;		      /* the list has all that is wanted: programs may ask it */
	bool follow;		      /* children are wanted */
	int64_t helper_id;	      /* what the loader was asked; 0: nothing */
	struct loader_answer *helper; /* while it is attached */
	char reason[256];	      /* why nobody is kept out; "": nothing failed */
};

struct bpf_capture {
	struct capture wanted;
	struct bpf_family family;
};

/* Made when it is first asked for. */
struct bpf_capture *bpf_capture_of(struct bpf_backend *b);

/* The list became ready: every program may ask it. */
void bpf_capture_list_ready(struct bpf_backend *b);

/* ---- bpf_family.c ---- */

/* The map of the list, made on first use. Its descriptor, or -Exxx. */
int bpf_family_map(struct bpf_backend *b);

/* Makes the list that of the processes that are wanted now; ready says whether it is. No program
 * asks it meanwhile. */
void bpf_family_begin(struct bpf_backend *b, const struct capture *before);
/* No processes are named any more. */
void bpf_family_end(struct bpf_backend *b);

/* Appends what the list is, a line. */
void bpf_family_say(const struct bpf_backend *b, struct strbuf *out);

#endif
