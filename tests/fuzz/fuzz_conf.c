/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_conf: any bytes as a configuration file.
 *
 * A refusal must say path:line:column. Whatever was read must be found again, by its name
 * and by walking, and be read as any type or refused.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

/* The section that is walked, and its conf. */
struct walk {
	const struct conf *conf;
	const char *section;
};

static void see_key(const char *key, const char *value, void *data)
{
	const struct walk *w = data;
	const char *got = conf_get(w->conf, w->section, key);
	uint64_t n;
	bool b;

	must(got && !strcmp(got, value));
	conf_get_size(w->conf, w->section, key, 0, &n, NULL);
	conf_get_duration(w->conf, w->section, key, 0, &n, NULL);
	conf_get_bool(w->conf, w->section, key, false, &b, NULL);
}

static void see_section(const char *name, void *data)
{
	must(name[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct conf_key known[] = { { "s", "key", "" }, { "tracer", "filter", "" } };
	static const char *const sections[] = { "", "s", "tracer", "tracer a" };
	struct conf *c = conf_new();
	struct err e = ERR_INIT;
	int r;

	r = conf_parse(c, "path", (const char *)data, size, &e);
	must(r == 0 || (r < 0 && e.code == r && !strncmp(e.text, "path:", 5)));
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		struct walk w = { .conf = c, .section = sections[i] };

		conf_each_key(c, sections[i], see_key, &w);
	}
	conf_each_section(c, "tracer", see_section, NULL);
	err_clear(&e);
	r = conf_check(c, known, 2, &e);
	must(r == 0 || !strncmp(e.text, "path:", 5));
	conf_set(c, "s", "key", "value");
	must(!strcmp(conf_get(c, "s", "key"), "value"));
	conf_free(c);
	return 0;
}
