/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * container: what the path of a control group says.
 *
 * A path is read name by name. Each form in which an engine writes a container is a row of a
 * table; what is hexadecimal and long enough is an id also where nobody says whose. Paths
 * come from whoever may make control groups: nothing is believed but that the bytes are there.
 */
#include "core/container.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"

#define ID_DIGITS 64

/* A name of a path, and what was read of those before it. */
struct part {
	const char *s;
	size_t len;
};

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static size_t hex_digits(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && is_hex(s[n]))
		n++;
	return n;
}

static bool starts(const struct part *p, const char *prefix)
{
	size_t len = strlen(prefix);

	return p->len >= len && !memcmp(p->s, prefix, len);
}

static bool ends(const struct part *p, const char *suffix)
{
	size_t len = strlen(suffix);

	return p->len > len && !memcmp(p->s + p->len - len, suffix, len);
}

static bool equals(const struct part *p, const char *s)
{
	return p->len == strlen(s) && !memcmp(p->s, s, p->len);
}

/* ---- names of engines ---- */

/* What stands before the id: "docker-ID.scope". Longer ones before those they begin with. */
static const struct {
	const char *prefix, *runtime;
	bool monitor; /* who watches a container is not in it */
} prefixes[] = {
	{ "libpod-conmon-", "podman", true },
	{ "libpod-payload-", "podman", false },
	{ "libpod-", "podman", false },
	{ "crio-conmon-", "cri-o", true },
	{ "conmon-", "", true },
	{ "crio-", "cri-o", false },
	{ "cri-containerd-", "containerd", false },
	{ "containerd-", "containerd", false },
	{ "nerdctl-", "containerd", false },
	{ "docker-", "docker", false },
	{ "buildah-", "buildah", false },
};

/* What stands above a name that is nothing but an id: "/docker/ID". */
static const struct {
	const char *parent, *runtime;
} parents[] = {
	{ "docker", "docker" },	     { "moby", "docker" },	 { "libpod_parent", "podman" },
	{ "default", "containerd" }, { "k8s.io", "containerd" }, { "buildkit", "buildkit" },
};

static const char *runtime_above(const struct part *above)
{
	for (size_t i = 0; i < ARRAY_SIZE(parents); i++)
		if (equals(above, parents[i].parent))
			return parents[i].runtime;
	return "";
}

static void set_engine(struct container_path *ret, const char *runtime, const char *id, size_t len)
{
	ret->kind = CONTAINER_ENGINE;
	ret->runtime = runtime;
	ret->id = id;
	ret->id_len = len;
}

/* "PREFIX-ID", "PREFIX-ID.scope", "ID", "ID.scope". */
static bool read_engine(const struct part *p, const struct part *above, struct container_path *ret)
{
	const char *runtime = NULL;
	size_t at = 0, digits;

	for (size_t i = 0; i < ARRAY_SIZE(prefixes) && !runtime; i++) {
		if (!starts(p, prefixes[i].prefix))
			continue;
		if (prefixes[i].monitor)
			return false;
		runtime = prefixes[i].runtime;
		at = strlen(prefixes[i].prefix);
	}
	/* An engine that nobody here knows writes as the others do. */
	if (!runtime && p->len > ID_DIGITS + 1 && ends(p, ".scope") &&
	    !memmem(p->s, p->len, "conmon", 6)) {
		const char *dash = memrchr(p->s, '-', p->len);

		at = dash ? (size_t)(dash + 1 - p->s) : 0;
	}
	digits = hex_digits(p->s + at, p->len - at);
	if (digits < CONTAINER_DIGITS || digits > ID_DIGITS)
		return false;
	if (at + digits < p->len && p->s[at + digits] != '.')
		return false;
	set_engine(ret, runtime ? runtime : runtime_above(above), p->s + at, digits);
	return true;
}

/* "X.slice:cri-containerd:ID", as containerd writes it without systemd. */
static bool read_colons(const struct part *p, struct container_path *ret)
{
	const char *id = memrchr(p->s, ':', p->len), *word;
	struct part name, none = { .s = "" };

	if (!id || id == p->s)
		return false;
	word = memrchr(p->s, ':', (size_t)(id - p->s));
	name = (struct part) { .s = id + 1, .len = p->len - (size_t)(id + 1 - p->s) };
	if (!word || !read_engine(&name, &none, ret))
		return false;
	name = (struct part) { .s = word + 1, .len = (size_t)(id - word - 1) };
	ret->runtime = equals(&name, "docker") ? "docker"
		       : equals(&name, "crio") ? "cri-o"
					       : "containerd";
	return true;
}

/* ---- machines ---- */

static const struct {
	const char *prefix, *suffix, *runtime;
} machines[] = {
	{ "systemd-nspawn@", ".service", "nspawn" },
	{ "machine-lxc", ".scope", "lxc" },
	{ "machine-qemu", ".scope", "qemu" },
	{ "machine-", ".scope", "machine" },
	{ "lxc.payload.", "", "lxc" },
};

static bool read_machine(const struct part *p, const struct part *above, struct container_path *ret)
{
	const char *runtime = NULL;
	size_t from = 0, cut = 0;

	for (size_t i = 0; i < ARRAY_SIZE(machines) && !runtime; i++) {
		if (!starts(p, machines[i].prefix) ||
		    (*machines[i].suffix && !ends(p, machines[i].suffix)))
			continue;
		runtime = machines[i].runtime;
		from = strlen(machines[i].prefix);
		cut = strlen(machines[i].suffix);
	}
	if (!runtime && (equals(above, "lxc") || equals(above, "lxc.payload")))
		runtime = "lxc";
	if (!runtime || p->len <= from + cut)
		return false;
	ret->kind = CONTAINER_MACHINE;
	ret->runtime = runtime;
	ret->id = p->s + from;
	ret->id_len = p->len - from - cut;
	return true;
}

/* ---- pods and users ---- */

/* "kubepods-burstable-podUID.slice" has _ for -; "podUID" below kubepods has it as it is. */
static void read_pod(const struct part *p, struct container_path *ret)
{
	const char *s = memmem(p->s, p->len, "-pod", 4), *end = p->s + p->len;
	size_t n = 0;

	s = s ? s + 4 : starts(p, "pod") ? p->s + 3 : NULL;
	if (!s)
		return;
	while (s + n < end && n < sizeof(ret->pod) - 1 &&
	       (is_hex(s[n]) || s[n] == '-' || s[n] == '_'))
		n++;
	if (n < 32 || (s + n < end && s[n] != '.'))
		return;
	for (size_t i = 0; i < n; i++)
		ret->pod[i] = s[i] == '_' ? '-' : s[i];
	ret->pod[n] = '\0';
}

static void read_user(const struct part *p, struct container_path *ret)
{
	char *end;
	unsigned long uid;

	if (!starts(p, "user-") || !ends(p, ".slice") || !isdigit((unsigned char)p->s[5]))
		return;
	uid = strtoul(p->s + 5, &end, 10);
	if (!strncmp(end, ".slice", 6) && uid < UINT32_MAX)
		ret->user = (uint32_t)uid;
}

/* The next name of a path, *s behind it; false at the end. */
static bool next_part(const char **s, struct part *ret)
{
	*s += strspn(*s, "/");
	ret->s = *s;
	ret->len = strcspn(*s, "/");
	*s += ret->len;
	return ret->len > 0;
}

void container_parse(const char *cgroup, struct container_path *ret)
{
	struct part above = { .s = "" }, p;
	bool kube = false;

	*ret = (struct container_path) { .runtime = "", .id = "", .user = UINT32_MAX };
	for (const char *s = cgroup; next_part(&s, &p); above = p) {
		kube |= memmem(p.s, p.len, "kubepods", 8) != NULL;
		read_user(&p, ret);
		if (kube)
			read_pod(&p, ret);
		if (!read_colons(&p, ret) && !read_engine(&p, &above, ret))
			read_machine(&p, &above, ret);
	}
}

/* ---- units ---- */

const char *container_unit(const char *cgroup, size_t *len)
{
	const char *unit = NULL;
	bool is_slice = true;
	struct part p;

	*len = 0;
	for (const char *s = cgroup; next_part(&s, &p);) {
		bool slice = ends(&p, ".slice");

		if (!slice && !ends(&p, ".service") && !ends(&p, ".scope"))
			continue;
		if (slice && !is_slice)
			continue;
		/* So a name is written that a file of the control group has already. */
		unit = *p.s == '_' && p.len > 1 ? p.s + 1 : p.s;
		*len = (size_t)(p.s + p.len - unit);
		is_slice = slice;
	}
	return unit;
}
