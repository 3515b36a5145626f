/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_time: values for names of the context that are no plain numbers: times, containers.
 */
#include "core/filter_tree.h"
#include "core/time_parse.h"
#include "core/who.h"

#include <ctype.h>
#include <string.h>

/* One time of a literal; column is where it stands. */
static int take(struct filter_lexer *lx, const struct filter_env *env, struct filter_literal *l)
{
	struct time_frame frame = { .near = env->now, .base = env->base, .clocks = env->clocks };
	struct err why = ERR_INIT;
	uint64_t v;

	l->is_number = l->is_decimal = false;
	if (time_parse(l->text, &frame, &v, &why) == 0) {
		l->is_number = true;
		l->number = v;
		return 0;
	}
	if (!l->quoted && !lx->text[lx->at])
		return filter_lex_unfinished(lx, why.text);
	return err_caret(lx->err, lx->text, (int)l->column, "filter: %s", why.text);
}

/* from and to are the lexer's own parts of l, made for this. */
static int take_all(struct filter_lexer *lx, const struct filter_env *env, struct filter_literal *l)
{
	int r;

	if (!l->from)
		return take(lx, env, l);
	r = take(lx, env, (struct filter_literal *)(uintptr_t)l->from);
	return r < 0 ? r : take(lx, env, (struct filter_literal *)(uintptr_t)l->to);
}

int filter_time_literal(struct filter_lexer *lx, const struct filter_env *env,
			struct filter_literal *l)
{
	struct clock_triple now;
	struct clock_map map = { .at = &now, .count = 1, .cap = 1 };
	struct filter_env live = { .clocks = &map };

	if (env)
		return take_all(lx, env, l);
	now = clock_sample();
	live.now = now.mono;
	return take_all(lx, &live, l);
}

void filter_shorten_container(const struct filter_op *op, struct filter_literal *l)
{
	size_t len;
	const char *id;

	if (op->action != ACTION_EQUAL && op->action != ACTION_IN)
		return;
	id = who_container(l->text, &len);
	if (!len || id != l->text || strspn(l->text, "0123456789abcdef") != l->len)
		return;
	l->len = (uint32_t)len;
	l->glob = glob_literal(l->text, len);
}
