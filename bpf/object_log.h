/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * object_log: what libbpf and the verifier said, kept instead of printed. For the loader's process
 * alone.
 */
#ifndef BPF_OBJECT_LOG_H
#define BPF_OBJECT_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "core/strbuf.h"

struct object_log {
	struct strbuf text;
	char last[512];
};

/* From now on libbpf's warnings are kept here; NULL: nowhere. */
void object_log_to(struct object_log *log);

/* Forgets them. */
void object_log_clear(struct object_log *log);

/* All of them; "" when there are none. Borrowed until the next one. */
const char *object_log_text(const struct object_log *log);

/* The last sentence of libbpf without its "libbpf: ", or the text of an error code. Borrowed. */
const char *object_log_last(struct object_log *log, int code);

/* Whether a piece of text stands in it. */
bool object_log_has(const struct object_log *log, const char *text);

/*
 * What matters of a verifier's refusal: its sentence, and the line of source it is about. Writes
 * the name of the program, too. False when the log has no refusal.
 */
struct refusal {
	char prog[130], sentence[600];
};
bool object_log_refusal(const struct object_log *log, struct refusal *ret);

#endif
