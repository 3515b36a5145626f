/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syscall_text: how a call is said.
 *
 * As strace has it where it fits: errors as -1 NAME (words), flags by their names, descriptors with
 * what they are between < and >. What a row does not have is left out: the row of an exit is
 * openat = 3.
 */
#include <stdio.h>
#include <string.h>

#include "core/fds.h"
#include "core/names.h"
#include "core/safe.h"
#include "core/syscall_private.h"
#include "core/util.h"

#define ERROR_MAX   4095
#define RESTART_MIN 512 /* errors from here on never reach a program */

/* ---- parts ---- */

/* What was between quotes or < and > must not end them. */
static void put_guarded(struct strbuf *out, const char *s, size_t len, const char *not_these)
{
	for (size_t i = 0; i < len; i++) {
		if (strchr(not_these, s[i]))
			strbuf_fmt(out, "\\x%02x", (unsigned char)s[i]);
		else
			strbuf_char(out, s[i]);
	}
}

static void put_path(const struct call_row *c, struct syscalls *sc, uint64_t ts, int fd,
		     struct strbuf *out)
{
	struct strbuf name = { 0 };
	enum fd_sure sure = FD_UNKNOWN;

	if (sc->conf.fds && fd >= 0)
		sure = fds_name(sc->conf.fds, c->row->tid, ts, fd, &name);
	if (sure != FD_UNKNOWN) {
		strbuf_char(out, '<');
		put_guarded(out, strbuf_cstr(&name), name.len, "<>");
		strbuf_str(out, sure == FD_MAYBE ? "?>" : ">");
	}
	strbuf_done(&name);
}

/* What an argument pointed to, as the kernel copied it. */
static bool put_string(const struct call_row *c, const struct field *f, struct strbuf *out)
{
	struct strbuf safe = { 0 };
	uint32_t len;
	const uint8_t *p = field_bytes(c->row->schema, f, c->row->rec, c->row->size, &len);

	if (!p || !len)
		return false;
	if (p[len - 1] == '\0')
		len = (uint32_t)strnlen((const char *)p, len);
	safe_text(&safe, (const char *)p, len);
	strbuf_char(out, '"');
	put_guarded(out, strbuf_cstr(&safe), safe.len, "\"");
	strbuf_char(out, '"');
	strbuf_done(&safe);
	return true;
}

/* A mode belongs to what makes a file; else there is what happened to be in the register. */
static bool is_idle(const struct call_row *c, unsigned i)
{
	if (c->call->args[i].how != VALUE_OPEN_MODE)
		return false;
	for (unsigned k = 0; k < i; k++)
		if (!strcmp(c->call->args[k].name, "flags"))
			return !syscall_makes_file(c->args[k]);
	return false;
}

static void put_arg(const struct call_row *c, struct syscalls *sc, unsigned i, struct strbuf *out)
{
	const struct call_arg *a = &c->call->args[i];

	if (c->shape->strings[i] && c->args[i] && put_string(c, c->shape->strings[i], out))
		return;
	call_arg_text(a, c->args[i], out);
	if (a->how == VALUE_FD)
		put_path(c, sc, c->began, (int32_t)c->args[i], out);
}

static void put_error(int error, struct strbuf *out)
{
	const char *name = names_of(NAMES_ERRNO, error);
	const char *words = error < RESTART_MIN ? strerrordesc_np(error) : NULL;

	if (!name) {
		strbuf_s64(out, -error);
		return;
	}
	strbuf_str(out, error < RESTART_MIN ? "-1 " : "? ");
	strbuf_str(out, name);
	if (words)
		strbuf_fmt(out, " (%s)", words);
}

static void put_result(const struct call_row *c, struct syscalls *sc, struct strbuf *out)
{
	uint8_t how = c->call ? c->call->result : VALUE_DECIMAL;

	if (c->ret < 0 && c->ret >= -ERROR_MAX) {
		put_error((int)-c->ret, out);
	} else if (how == VALUE_HEX) {
		strbuf_str(out, "0x");
		strbuf_hex(out, (uint64_t)c->ret);
	} else {
		strbuf_s64(out, c->ret);
		if (how == VALUE_FD && c->ret <= INT32_MAX)
			put_path(c, sc, c->row->ts, (int)c->ret, out);
	}
}

static void put_args(const struct call_row *c, struct syscalls *sc, struct strbuf *out)
{
	bool first = true;

	if (!c->call) {
		for (unsigned i = 0; i < CALL_ARGS; i++)
			strbuf_fmt(out, i ? ", %#llx" : "%#llx", (unsigned long long)c->args[i]);
		return;
	}
	for (unsigned i = 0; i < c->call->count; i++) {
		if (is_idle(c, i))
			continue;
		if (!first)
			strbuf_add(out, ", ", 2);
		first = false;
		put_arg(c, sc, i, out);
	}
}

static void put_name(const struct call_row *c, struct strbuf *out)
{
	if (c->call && *c->call->name)
		strbuf_str(out, c->call->name);
	else
		strbuf_fmt(out, "syscall_%lld", (long long)c->nr);
}

/* ---- whole rows ---- */

bool syscalls_text(struct syscalls *sc, const struct row *r, struct strbuf *out)
{
	struct call_row c;

	if (!call_row_read(sc, r, &c))
		return false;
	put_name(&c, out);
	if (c.shape->is_enter) {
		strbuf_char(out, '(');
		put_args(&c, sc, out);
		strbuf_char(out, ')');
	}
	if (c.shape->ret) {
		strbuf_str(out, " = ");
		put_result(&c, sc, out);
	}
	if (c.shape->latency) {
		strbuf_str(out, " <");
		strbuf_time(out, c.latency, 6);
		strbuf_char(out, '>');
	}
	return true;
}

/* Whether a meaning only repeats the number. */
static bool says_more(const struct strbuf *text, uint64_t raw)
{
	char plain[32];

	snprintf(plain, sizeof(plain), "%lld", (long long)raw);
	if (!strcmp(strbuf_cstr(text), plain))
		return false;
	snprintf(plain, sizeof(plain), "%#llx", (unsigned long long)raw);
	return strcmp(strbuf_cstr(text), plain) != 0;
}

bool syscalls_each(struct syscalls *sc, const struct row *r,
		   void (*fn)(const struct syscall_part *p, void *data), void *data)
{
	struct strbuf text = { 0 };
	struct call_row c;

	if (!call_row_read(sc, r, &c))
		return false;
	for (unsigned i = 0; c.call && c.shape->is_enter && i < c.call->count; i++) {
		struct syscall_part p = {
			.name = c.call->args[i].name,
			.type = c.call->args[i].type,
			.field = c.shape->words ? c.shape->words : c.shape->args[i],
			.index = i,
			.raw = c.args[i],
		};

		strbuf_clear(&text);
		put_arg(&c, sc, i, &text);
		p.meaning = says_more(&text, p.raw) ? strbuf_cstr(&text) : "";
		fn(&p, data);
	}
	if (c.shape->ret) {
		struct syscall_part p = { .name = "ret",
					  .field = c.shape->ret,
					  .raw = (uint64_t)c.ret };

		strbuf_clear(&text);
		put_result(&c, sc, &text);
		p.meaning = says_more(&text, p.raw) ? strbuf_cstr(&text) : "";
		fn(&p, data);
	}
	strbuf_done(&text);
	return true;
}
