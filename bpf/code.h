/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * code: what user space tells a running BPF program, and what it hears back. The one header that
 * both sides include.
 *
 * The map tap_control holds one struct tap_control: a change needs no reload. The map tap_counts
 * holds one struct tap_counts for each CPU.
 */
#ifndef BPF_CODE_H
#define BPF_CODE_H

#define TAP_TESTS      16 /* comparisons of a filter */
#define TAP_TEXT       32 /* bytes of a text they compare with */
#define TAP_TEXTS      4
#define TAP_PIDS       16384
#define TAP_EVERYBODY  0xffffffffu /* in tap_pids: all pass if its value is not 0 */
#define TAP_NOBODY     0xffffffffu /* no process's number */
#define TAP_RECORD_MAX 65000	   /* bytes of a row */
#define TAP_COMMON     8	   /* what stands before an event in a record of ftrace */
#define TAP_HEAD       48	   /* bytes of struct tap_head, with which every event begins */

enum tap_op {
	TAP_EQ, /* these four of a number of 1, 2, 4 or 8 bytes */
	TAP_LT, /* by the sign of the field */
	TAP_LE,
	TAP_ANY,   /* of the bits */
	TAP_BYTES, /* the first value bytes are those of the text: with its NUL, all of it */
};

/*
 * One comparison of an event's bytes. Its outcome says which one is next: the number of a test
 * behind this one, or TAP_YES or TAP_NO.
 */
struct tap_test {
	unsigned char op;   /* enum tap_op */
	unsigned char size; /* of the field */
	unsigned char is_signed;
	unsigned char text;    /* which of the texts */
	unsigned short offset; /* in the event, without the common fields */
	unsigned char if_true, if_false;
	unsigned long long value;
};

#define TAP_YES 254
#define TAP_NO	255

struct tap_code {
	unsigned int tests; /* 0: everything passes */
	unsigned int pad;
	struct tap_test test[TAP_TESTS];
	char texts[TAP_TEXTS][TAP_TEXT];
};

struct tap_control {
	unsigned int on;      /* 0: nothing is taken */
	unsigned int own;     /* our process, which is left out */
	unsigned int by_pids; /* only the processes in the map tap_pids */
	unsigned int follow;  /* and those they make */
	/* Helpers of ours, left out as well: TAP_NOBODY where there is none, for 0 is idle. */
	unsigned int loader, guard;
	struct tap_code who; /* asked of the head of an event, before anything costs time */
	struct tap_code all; /* asked of the whole event */
};

struct tap_counts {
	unsigned long long events;   /* given to the ring */
	unsigned long long lost;     /* the ring was full */
	unsigned long long rejected; /* by the filter */
	unsigned long long cut;	     /* values that were too long */
	unsigned long long missed;   /* no room in a map of ours: a start that is not known */
	unsigned long long full;     /* no room for a key in the table that is shown */
};

#endif
