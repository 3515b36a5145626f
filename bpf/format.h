/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: members of a struct as the fields of an event; what the files that make formats share.
 * private to bpf/: others use btf_format.h and dwarf_format.h.
 */
#ifndef BPF_FORMAT_H
#define BPF_FORMAT_H

#include "bpf/layout.h"
#include "bpf/manifest.h"
#include "bpf/members.h"
#include "core/strbuf.h"

/* What every format begins with, behind its name and id. */
#define FORMAT_HEAD                                                                                \
	"format:\n"                                                                                \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"             \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

/* How a member stands in the record. */
enum form {
	FORM_NONE, /* not at all */
	FORM_NUMBER,
	FORM_WIDE, /* 128 bits: u64[2] */
	FORM_IP6,
	FORM_TEXT,
	FORM_ARRAY,
	FORM_BYTES,
	FORM_LOC_TEXT, /* __data_loc */
	FORM_LOC_ARRAY,
	FORM_LOC_BYTES,
};

struct shown {
	const struct member *of;
	uint8_t form;	/* enum form */
	bool is_hidden; /* not in the text */
	bool is_left;	/* not among the fields: a value of the row itself */
	bool has_extra; /* it is computed, at offset */
	uint32_t offset;
};

struct draft {
	struct members ms;
	struct shown *shown; /* one for each member */
	const struct manifest *m;
	struct layout *l;
	bool is_event; /* not an entry of a map */
	struct err *e;
};

/* Makes the layout of a draft's members: parts, forms, text. d->l is only set on success. */
int format_make(struct draft *d, const char *name);

/* The layout of the events of a struct, by whoever tells of it. */
int format_event(const struct type_source *src, uint64_t type, const struct manifest *m,
		 const char *name, struct layout *ret, struct err *e);

/* Finds the values of the row itself, by the manifest or by conventional names. */
int format_parts(struct draft *d);

/* Appends how a member's field is declared. */
void format_declare(struct strbuf *b, const struct shown *s);

/* Appends what stands behind "print fmt: ". */
int format_print(struct strbuf *b, struct draft *d);

/* What is said of one member: a conversion in spec, ", " and what it is of in args. */
void format_say(struct strbuf *spec, struct strbuf *args, const struct shown *s);

/* The same where the author wrote the conversion. */
void format_value(struct strbuf *args, const struct shown *s);

#endif
