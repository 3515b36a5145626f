/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_names: the words that a print format has for the values of a field.
 *
 * They stand in tables of __print_flags and __print_symbolic whose value is the field, or
 * some of its bits; and beside such a table, in "field ? table : "none"", as the word for zero.
 */
#include "core/text_names.h"

#include "core/text_program.h"

struct walk {
	const struct field *field;
	text_name_fn fn;
	void *data;
};

/* Whether a value is the field or bits of it, which *mask then says. */
static bool is_field(const struct node *n, const struct field *f, uint64_t *mask)
{
	*mask = UINT64_MAX;
	for (;;) {
		if (n->op == NODE_CAST) {
			n = n->arg[0];
		} else if (n->op == NODE_AND && n->arg[1]->op == NODE_CONST) {
			*mask &= n->arg[1]->value;
			n = n->arg[0];
		} else {
			break;
		}
	}
	if ((n->op != NODE_LOAD && n->op != NODE_LOAD_SWAP) || n->field != f)
		return false;
	if (n->op == NODE_LOAD && n->load.shift)
		return false;
	*mask &= n->op == NODE_LOAD ? n->load.mask : UINT64_MAX;
	return true;
}

/* What the field can hold of a mask: all of it is no mask. */
static uint64_t cut_mask(const struct field *f, uint64_t mask)
{
	uint64_t all = f->size < 8 ? ((uint64_t)1 << 8 * f->size) - 1 : UINT64_MAX;

	return (mask & all) == all ? UINT64_MAX : mask & all;
}

static void say_table(const struct walk *w, const struct node *n)
{
	struct text_name name = { .is_flag = n->op == NODE_FLAGS };

	if (!is_field(n->arg[0], w->field, &name.mask))
		return;
	name.mask = cut_mask(w->field, name.mask);
	for (uint32_t i = 0; i < n->names->count; i++) {
		const struct name *line = &n->names->v[i];

		if (!line->s)
			continue;
		name.s = line->s;
		name.len = line->len;
		name.value = eval_narrow(line->value, w->field->size, w->field->is_signed);
		w->fn(&name, w->data);
	}
}

static bool is_table(const struct node *n)
{
	return n->op == NODE_FLAGS || n->op == NODE_SYMBOLIC;
}

/* The word beside a table stands for zero. */
static void say_zero(const struct walk *w, const struct node *table, const struct node *word)
{
	struct text_name name = { .s = word->string.s, .len = word->string.len };

	if (!is_field(table->arg[0], w->field, &name.mask) || !name.len)
		return;
	name.mask = cut_mask(w->field, name.mask);
	w->fn(&name, w->data);
}

static void walk_node(const struct walk *w, const struct node *n)
{
	if (is_table(n)) {
		say_table(w, n);
	} else if (n->op == NODE_COND) {
		if (is_table(n->arg[1]) && n->arg[2]->op == NODE_STRING)
			say_zero(w, n->arg[1], n->arg[2]);
		walk_node(w, n->arg[1]);
		walk_node(w, n->arg[2]);
	}
}

static void walk_steps(const struct walk *w, const struct text *t)
{
	for (const struct step *st = t->steps; st->code != STEP_END; st++)
		if (st->code == STEP_TEXT || st->code == STEP_STRING)
			walk_node(w, st->node);
}

void text_each_name(const struct schema *s, const struct field *f, text_name_fn fn, void *data)
{
	struct walk w = { f, fn, data };
	struct schema copy = *s;

	if (f->kind != FIELD_INT)
		return;
	copy.text = NULL;
	if (!s->text)
		text_compile(&copy, NULL);
	if (s->text ? s->text->is_compiled : copy.text->is_compiled)
		walk_steps(&w, s->text ? s->text : copy.text);
	text_free(copy.text);
}
