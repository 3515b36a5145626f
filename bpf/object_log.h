/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * object_log: what libbpf and the verifier said, kept instead of printed. For the loader's process
 * alone.
 */
#ifndef BPF_OBJECT_LOG_H
#define BPF_OBJECT_LOG_H

#include <stddef.h>

/* From now on libbpf's warnings are kept here. */
void object_log_begin(void);

/* Forgets them. */
void object_log_clear(void);

/* All of them; "" when there are none. Borrowed until the next one. */
const char *object_log_text(void);

/* The last sentence of libbpf without its "libbpf: ", or the text of an error code. Borrowed. */
const char *object_log_last(int code);

/* Whether a piece of text stands in it. */
int object_log_has(const char *text);

/*
 * What matters of a verifier's refusal: its sentence, and the line of source it is about. Writes
 * the name of the program, too. 0 when the log has no refusal.
 */
int object_log_refusal(char *prog, size_t prog_size, char *say, size_t say_size);

#endif
