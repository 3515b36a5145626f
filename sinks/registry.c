/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * registry: every sink there is.
 *
 * To add one: its file, its line here, its line in meson.build.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "sinks/sink.h"

extern const struct sink_ops text_ops;
extern const struct sink_ops json_ops;
extern const struct sink_ops csv_ops;
extern const struct sink_ops dat_ops;

const struct sink_ops *const sinks[] = {
	&text_ops, &json_ops, &csv_ops, &dat_ops, NULL,
};

int sink_new(const char *name, const struct sink_conf *c, struct sink **ret, struct err *e)
{
	const struct sink_ops *ops = NULL;
	struct sink *s;
	int rc;

	for (size_t i = 0; sinks[i]; i++)
		if (!strcmp(sinks[i]->name, name))
			ops = sinks[i];
	if (!ops)
		return err_set(e, -ENOENT, "there is no sink '%s'", name);
	s = xcalloc(1, sizeof(*s));
	s->ops = ops;
	s->conf = *c;
	s->state = xcalloc(1, ops->size);
	rc = ops->open(s, e);
	if (rc < 0) {
		sink_free(s, NULL);
		return rc;
	}
	*ret = s;
	return 0;
}

int sink_free(struct sink *s, struct err *e)
{
	int rc;

	if (!s)
		return 0;
	rc = s->ops->close(s, e);
	free(s->state);
	free(s);
	return rc;
}
