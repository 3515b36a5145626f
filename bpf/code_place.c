/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * code_place: see code_place.h.
 *
 * A record of an event is its bytes behind what ftrace has in common and what is computed here, so
 * a field's place in the event is told by its place in the record.
 */
#include "bpf/code_place.h"

#include <errno.h>
#include <string.h>

#include "bpf/code.h"
#include "bpf/code_cgroup.h"
#include "core/identity.h"
#include "core/util.h"

static const char no_place[] = "it is not in what the program has at hand";
static const char computed[] = "it is computed of the event here";
static const char too_long[] = "the text is too long for the program";
static const char version_1[] = "the paths of control groups are not those of the program here";

/* ---- places ---- */

static struct code_place place_of_field(const struct field *f, const struct layout *l)
{
	uint32_t before = TAP_COMMON + l->shift;

	if (f->place != FIELD_FIXED || f->offset < before || f->offset - before > l->size ||
	    f->size > l->size - (f->offset - before))
		return (struct code_place) { 0, 0 };
	return (struct code_place) { f->offset - before, f->size };
}

static struct layout_part part_of(const struct sift *n, const struct layout *l)
{
	switch (n->of) {
	case SIFT_TID:
		return l->tid;
	case SIFT_PID:
		return l->pid;
	case SIFT_CPU:
		return l->cpu;
	case SIFT_UID:
		return l->uid;
	case SIFT_COMM:
		return l->comm;
	default:
		return l->cgroup;
	}
}

static bool is_number_size(uint32_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

struct code_place code_place_of(const struct sift *n, const struct layout *l)
{
	static const struct code_place nowhere;
	struct layout_part part;
	struct code_place p;

	if (n->of == SIFT_FIELD) {
		p = place_of_field(n->field, l);
	} else {
		part = part_of(n, l);
		if (part.at > l->size || part.size > l->size - part.at)
			return nowhere;
		p = (struct code_place) { part.at, part.size };
		/* A name in less room could be cut, in more it would not be one. */
		if (n->of == SIFT_COMM && p.size != COMM_LEN)
			return nowhere;
	}
	if (p.at + p.size > UINT16_MAX)
		return nowhere;
	if (n->test == SIFT_BYTES ? n->len > p.size : !is_number_size(p.size))
		return nowhere;
	return p;
}

/* ---- control groups ---- */

static struct sift *compare_id(struct code_placing *p, const struct sift *of, enum sift_test test,
			       uint64_t id, bool negate)
{
	struct sift *n = arena_alloc(p->arena, sizeof(*n));

	*n = *of;
	n->test = (uint8_t)test;
	n->value = id;
	n->negate = negate;
	n->next = NULL;
	return n;
}

static bool know_groups(struct code_placing *p)
{
	if (p->looked)
		return p->newest;
	p->looked = true;
	if (sizeof(long) < 8 || code_cgroup_probe(NULL) < 0 ||
	    code_cgroup_newest(&p->newest, NULL) < 0)
		p->newest = 0;
	return p->newest;
}

/*
 * A path is the group that has it now, or one that is made later: the numbers of those are greater
 * than all that were there before we looked for the path.
 */
static void place_path(struct code_placing *p, struct sift *n)
{
	struct sift *next = n->next;
	uint64_t id = 0;
	int rc;

	if (!know_groups(p)) {
		sift_drop(n, p->parts, version_1);
		return;
	}
	rc = code_cgroup_id(n->text, &id, NULL);
	if (rc < 0 && (rc != -ENOENT || n->negate)) {
		sift_drop(n, p->parts, "there is no such control group now");
		return;
	}
	if (n->negate) {
		*n = *compare_id(p, n, SIFT_EQUAL, id, true);
	} else {
		struct sift *later = compare_id(p, n, SIFT_LESS_EQUAL, p->newest, true);

		if (rc < 0) {
			*n = *later;
		} else {
			later->next = compare_id(p, n, SIFT_EQUAL, id, false);
			n->kind = SIFT_OR;
			n->child = later;
		}
	}
	n->exact = false;
	n->next = next;
}

/* ---- all of them ---- */

static void cut_text(struct code_placing *p, struct sift *n)
{
	if (n->len <= TAP_TEXT)
		return;
	if (n->negate) {
		sift_drop(n, p->parts, too_long);
		return;
	}
	n->len = TAP_TEXT;
	n->exact = false;
	p->parts[n->term] = (struct filter_push_part) { PUSH_WEAKER, too_long };
}

static void place_one(struct code_placing *p, struct sift *n)
{
	struct code_place at;

	if (n->test == SIFT_PATH)
		place_path(p, n);
	if (n->kind != SIFT_ONE)
		return;
	at = code_place_of(n, p->layout);
	if (!at.size)
		sift_drop(n, p->parts,
			  n->of == SIFT_FIELD && n->field->offset < TAP_COMMON + p->layout->shift
			      ? computed
			      : no_place);
	else if (n->test == SIFT_BYTES)
		cut_text(p, n);
}

void code_place_all(struct code_placing *p, struct sift *n)
{
	if (n->weaker)
		code_place_all(p, n->weaker);
	if (n->kind == SIFT_ONE)
		place_one(p, n);
	for (struct sift *c = n->child; c; c = c->next)
		code_place_all(p, c);
	if (n->kind == SIFT_AND || n->kind == SIFT_OR)
		sift_settle(n);
}
