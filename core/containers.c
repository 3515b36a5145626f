/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * containers: all containers that processes are in, each once.
 *
 * Found by what the path says; counted by their owners and freed with the last. An engine may write
 * its file after the first process is there: one that is not yet known by name is looked for again
 * when another process of it is met, a few times, not more often than once a second.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/container.h"
#include "core/container_state.h"
#include "core/util.h"

#define BUCKETS 256
#define TRIES	10
#define RETRY	NSEC_PER_SEC
#define ID_MAX	256

struct entry {
	struct container pub; /* first */
	struct entry *next;
	uint32_t hash;
	unsigned refs, tries;
	uint64_t tried;
	size_t bytes;
	char digits[CONTAINER_DIGITS + 1]; /* the short id */
	char pod[40];
	char *shown;
	struct container_state state;
};

struct containers {
	char *root; /* NULL: no file is read */
	struct entry *buckets[BUCKETS];
	size_t count, bytes;
};

struct containers *containers_new(const char *root)
{
	struct containers *t = xcalloc(1, sizeof(*t));

	t->root = root ? xstrdup(root) : NULL;
	return t;
}

static void entry_free(struct entry *c)
{
	container_state_done(&c->state);
	free(c->shown);
	free((char *)c->pub.id);
	free(c);
}

void containers_free(struct containers *t)
{
	struct entry *next;

	if (!t)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct entry *c = t->buckets[i]; c; c = next) {
			next = c->next;
			entry_free(c);
		}
	free(t->root);
	free(t);
}

static size_t word_bytes(const char *s)
{
	return s ? strlen(s) + 1 : 0;
}

static size_t entry_bytes(const struct entry *c)
{
	const struct container_state *s = &c->state;

	return sizeof(*c) + word_bytes(c->shown) + word_bytes(c->pub.id) + word_bytes(s->name) +
	       word_bytes(s->image) + word_bytes(s->pod) + word_bytes(s->pod_space) +
	       word_bytes(s->pod_uid);
}

/* ---- names ---- */

static char *make_shown(const struct entry *c)
{
	const struct container *p = &c->pub;
	size_t size;
	char *s;

	if (!p->name)
		return xstrdup(p->kind == CONTAINER_ENGINE ? c->digits : p->id);
	if (!p->pod)
		return xstrdup(p->name);
	size = strlen(p->pod) + strlen(p->name) + 2;
	s = xcalloc(1, size);
	snprintf(s, size, "%s/%s", p->pod, p->name);
	return s;
}

static void take_names(struct containers *t, struct entry *c)
{
	struct container *p = &c->pub;

	t->bytes -= c->bytes;
	free(c->shown);
	p->name = c->state.name;
	p->image = c->state.image;
	p->pod = c->state.pod;
	p->pod_space = c->state.pod_space;
	p->pod_uid = c->state.pod_uid ? c->state.pod_uid : c->pod[0] ? c->pod : NULL;
	p->shown = c->shown = make_shown(c);
	c->bytes = entry_bytes(c);
	t->bytes += c->bytes;
}

static void look_for_names(struct containers *t, struct entry *c, const struct container_path *path)
{
	uint64_t now;

	if (!t->root || c->state.name || c->tries >= TRIES || path->kind != CONTAINER_ENGINE)
		return;
	now = clock_mono();
	if (c->tries && now - c->tried < RETRY)
		return;
	c->tries++;
	c->tried = now;
	if (container_state_read(t->root, path, &c->state))
		take_names(t, c);
}

static char *word_of(const char *s)
{
	size_t len = s ? strnlen(s, CONTAINER_NAME_MAX) : 0;
	char *word;

	if (!len)
		return NULL;
	word = xcalloc(1, len + 1);
	for (size_t i = 0; i < len; i++)
		word[i] = (unsigned char)s[i] < ' ' || s[i] == 0x7f ? '?' : s[i];
	return word;
}

void containers_tell(struct containers *t, const struct container *pub,
		     const struct container_told *told)
{
	struct entry *c = (struct entry *)(uintptr_t)pub;

	if (c->state.name || !told->name || !*told->name)
		return;
	container_state_done(&c->state);
	c->state = (struct container_state) {
		.name = word_of(told->name),
		.image = word_of(told->image),
		.pod = word_of(told->pod),
		.pod_space = word_of(told->pod_space),
	};
	take_names(t, c);
}

/* ---- the table ---- */

static uint32_t hash_id(const char *runtime, const char *id, size_t len)
{
	uint32_t h = 2166136261u;

	for (; *runtime; runtime++)
		h = (h ^ (uint8_t)*runtime) * 16777619u;
	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)id[i]) * 16777619u;
	return h;
}

/* systemd writes what may stand in no unit's name as \x2d. */
static size_t unescape(const char *s, size_t len, char to[ID_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < ID_MAX - 1; i++) {
		unsigned v;

		if (len - i >= 4 && s[i] == '\\' && s[i + 1] == 'x' &&
		    sscanf(s + i + 2, "%2x", &v) == 1 && v >= ' ' && v < 0x7f) {
			to[n++] = (char)v;
			i += 3;
		} else {
			to[n++] = (unsigned char)s[i] < ' ' || s[i] == 0x7f ? '?' : s[i];
		}
	}
	to[n] = '\0';
	return n;
}

static struct entry *entry_new(struct containers *t, const struct container_path *p, const char *id,
			       uint32_t hash)
{
	struct entry *c = xcalloc(1, sizeof(*c));

	c->pub.kind = p->kind;
	c->pub.runtime = p->runtime;
	c->pub.id = xstrdup(id);
	c->hash = hash;
	snprintf(c->digits, sizeof(c->digits), "%s", id);
	snprintf(c->pod, sizeof(c->pod), "%s", p->pod);
	c->next = t->buckets[hash % BUCKETS];
	t->buckets[hash % BUCKETS] = c;
	t->count++;
	take_names(t, c);
	return c;
}

const struct container *containers_get(struct containers *t, const char *cgroup, uint32_t pidns)
{
	struct container_path path = { .runtime = "", .user = UINT32_MAX };
	char id[ID_MAX];
	struct entry *c;
	uint32_t hash;

	if (cgroup)
		container_parse(cgroup, &path);
	if (path.kind == CONTAINER_NONE && !pidns)
		return NULL;
	if (path.kind == CONTAINER_NONE) {
		path.kind = CONTAINER_PIDNS;
		snprintf(id, sizeof(id), "pidns:%u", pidns);
	} else {
		unescape(path.id, path.id_len, id);
	}
	hash = hash_id(path.runtime, id, strlen(id));
	c = t->buckets[hash % BUCKETS];
	while (c && (c->hash != hash || c->pub.kind != path.kind || strcmp(c->pub.id, id) != 0 ||
		     strcmp(c->pub.runtime, path.runtime) != 0))
		c = c->next;
	if (!c)
		c = entry_new(t, &path, id, hash);
	look_for_names(t, c, &path);
	c->refs++;
	return &c->pub;
}

const struct container *containers_ref(struct containers *t, const struct container *c)
{
	(void)t;
	if (c)
		((struct entry *)(uintptr_t)c)->refs++;
	return c;
}

void containers_put(struct containers *t, const struct container *pub)
{
	struct entry *c = (struct entry *)(uintptr_t)pub, **at;

	if (!c || --c->refs)
		return;
	at = &t->buckets[c->hash % BUCKETS];
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	t->count--;
	t->bytes -= c->bytes;
	entry_free(c);
}

size_t containers_bytes(const struct containers *t, size_t *count)
{
	*count = t->count;
	return sizeof(*t) + t->bytes;
}

/* ---- asking ---- */

bool container_any(const struct container *c, bool (*fn)(const char *s, size_t len, void *data),
		   void *data)
{
	const struct entry *e = (const struct entry *)c;

	return fn(c->shown, strlen(c->shown), data) ||
	       (c->name && fn(c->name, strlen(c->name), data)) ||
	       fn(e->digits, strlen(e->digits), data) || fn(c->id, strlen(c->id), data);
}

struct word {
	const char *s;
	size_t len;
};

static bool same(const char *s, size_t len, void *data)
{
	const struct word *w = data;

	return len == w->len && !memcmp(s, w->s, len);
}

bool container_is(const struct container *c, const char *text, size_t len)
{
	struct word w = { text, len };

	return container_any(c, same, &w);
}
