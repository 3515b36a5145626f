/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_family: `process == SPEC` and `lineage == SPEC`: rows of processes that are named as -p
 * names them, and of those with all they make.
 *
 * Each comparison keeps one set of processes for all schemas; it belongs to the filter.
 */
#include "core/filter_tree.h"

#include <errno.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/family.h"

struct filter_family {
	struct filter_family *next;
	struct family *family;
};

int filter_family_make(struct filter *f, struct filter_node *n, struct err *e)
{
	struct filter_family *own;
	struct err why = ERR_INIT;
	int rc = 0;

	if (n->op->action != ACTION_EQUAL && n->op->action != ACTION_IN)
		return err_caret(e, f->text, (int)n->op_column,
				 "filter: '%s' is compared with == != in", n->left.name);
	own = xcalloc(1, sizeof(*own));
	own->family = family_new(n->left.context->code == CODE_LINEAGE);
	own->next = f->families;
	f->families = own;
	n->family = own->family;
	for (const struct filter_literal *l = &n->right; l && rc >= 0; l = l->next) {
		rc = l->from ? err_set(&why, -EINVAL, "a range names no processes")
			     : family_add_target(own->family, l->text, &why);
		if (rc < 0)
			rc = err_caret(e, f->text, (int)l->column, "filter: %s", why.text);
	}
	return rc;
}

void filter_family_free(struct filter_family *first)
{
	struct filter_family *next;

	for (; first; first = next) {
		next = first->next;
		family_free(first->family);
		free(first);
	}
}

enum filter_value filter_family_ask(const struct filter_code *c, const struct row *r,
				    const struct identity *id)
{
	const struct task *t;

	if (!id || r->flags & ROW_LOSS)
		return FILTER_UNKNOWN;
	t = identity_task(id, r->tid, r->ts);
	if (!t || !t->process)
		return FILTER_UNKNOWN;
	if (c->test == TEST_EXISTS)
		return c->negate ? FILTER_FALSE : FILTER_TRUE;
	return family_has(c->family, id, r->tid, r->ts) != c->negate ? FILTER_TRUE : FILTER_FALSE;
}
