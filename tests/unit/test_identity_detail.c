/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_identity_detail: what is read of one process: control groups of version 1, 2 and both,
 * command lines, pid namespaces, containers with their names; who inherits what, and what an exec
 * or a pid that is used again takes away. /proc and the host's files are trees made here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include <errno.h>

#include "core/clock.h"
#include "core/filter.h"
#include "core/host.h"
#include "tests/unit/identity_fixture.h"
#include "tests/unit/proc_tree.h"

#define ID	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HOST_NS "pid:[4026531836]"
#define OWN_NS	"pid:[4026532111]"
#define NESTED	"pid:[4026532222]"

struct tree {
	struct fixture fx;
	char root[64], proc[80];
};

static void put(const struct tree *t, unsigned pid, const char *file, const char *text, size_t len)
{
	char name[64];

	snprintf(name, sizeof(name), "proc/%u/%s", pid, file);
	tree_put(t->root, name, text, len);
}

static void put_text(const struct tree *t, unsigned pid, const char *file, const char *text)
{
	put(t, pid, file, text, strlen(text));
}

static void put_ns(const struct tree *t, unsigned pid, const char *ns)
{
	char path[256];

	put_text(t, pid, "ns/x", "");
	snprintf(path, sizeof(path), "%s/%u/ns/pid", t->proc, pid);
	unlink(path);
	assert_int_equal(symlink(ns, path), 0);
}

static void put_process(const struct tree *t, unsigned pid, uint64_t ticks, const char *cgroup,
			const char *ns)
{
	char dir[32];

	snprintf(dir, sizeof(dir), "proc/%u", pid);
	tree_put_stat(t->root, dir, "x", 0, 1, ticks);
	put_text(t, pid, "cgroup", cgroup);
	put_ns(t, pid, ns);
}

static int setup(void **state)
{
	struct tree *t = calloc(1, sizeof(*t));
	struct identity_conf c = { .proc = t->proc, .root = t->root, .live = true };

	strcpy(t->root, "/tmp/test.detail.XXXXXX");
	assert_non_null(mkdtemp(t->root));
	snprintf(t->proc, sizeof(t->proc), "%s/proc", t->root);
	fixture_init(&t->fx, (struct machine) { .long_size = 8 }, &c);
	put_process(t, 1, 1, "0::/init.scope\n", HOST_NS);
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct tree *t = *state;

	fixture_done(&t->fx);
	tree_remove(t->root);
	free(t);
	return 0;
}

/* The process that has a pid now, with what /proc says of it. */
static const struct process *look(struct tree *t, int32_t pid)
{
	const struct task *task = identity_task(t->fx.id, pid, clock_mono());

	assert_non_null(task);
	assert_non_null(task->process);
	identity_detail(t->fx.id, task->process);
	return task->process;
}

static void control_groups(void **state)
{
	static const struct {
		const char *text, *expect, *shown;
	} cases[] = {
		{ "0::/system.slice/docker-" ID ".scope\n", "/system.slice/docker-" ID ".scope",
		  "0123456789ab" },
		/* Version 1: every controller has a path of its own. */
		{ "12:devices:/docker/" ID "\n11:freezer:/docker/" ID "\n1:name=systemd:/docker/" ID
		  "\n",
		  "/docker/" ID, "0123456789ab" },
		/* The one that names a container, whatever is longer. */
		{ "5:cpu,cpuacct:/user.slice/a/very/long/path/that/says/nothing/of/a/container/at/"
		  "all/for/it/is/just/long/and/longer\n4:memory:/docker/" ID "\n",
		  "/docker/" ID, "0123456789ab" },
		{ "5:cpu:/a/b/c/d\n1:name=systemd:/system.slice/x.service\n",
		  "/system.slice/x.service", NULL },
		/* Both: version 2 says more, unless it says nothing. */
		{ "4:memory:/user.slice\n1:name=systemd:/user.slice/u\n0::/user.slice/u/session-1."
		  "scope\n",
		  "/user.slice/u/session-1.scope", NULL },
		{ "4:memory:/docker/" ID "\n0::/system.slice/containerd.service\n", "/docker/" ID,
		  "0123456789ab" },
		/* What names its engine before what only looks like an id. */
		{ "4:pids:/x/docker-" ID ".scope\n0::/0123456789abcdefffff\n",
		  "/x/docker-" ID ".scope", "0123456789ab" },
		{ "0::/\n", "/", NULL },
		{ "0::/a:b:c\n", "/a:b:c", NULL },
	};
	struct tree *t = *state;

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++)
		put_process(t, 700 + i, 100, cases[i].text, HOST_NS);
	assert_int_equal(identity_scan(t->fx.id, NULL), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct process *p = look(t, (int32_t)(700 + i));

		assert_string_equal(p->cgroup, cases[i].expect);
		if (cases[i].shown)
			assert_string_equal(p->container->shown, cases[i].shown);
		else
			assert_null(p->container);
	}
}

static void command_lines(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *expect;
	} cases[] = {
		{ "sh\0-c\0true\0", 11, "sh -c true" },
		{ "sleep\0", 6, "sleep" },
		{ "nginx: master   \0\0\0", 19, "nginx: master" },
		{ "a\nb\tc\x1b[2J\x7f", 11, "a b c?[2J?" },
		{ "", 0, NULL }, /* a thread of the kernel */
		{ "\0\0\0", 3, NULL },
	};
	struct tree *t = *state;
	char long_one[3000];

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		put_process(t, 700 + i, 100, "0::/\n", HOST_NS);
		put(t, 700 + i, "cmdline", cases[i].bytes, cases[i].len);
	}
	memset(long_one, 'x', sizeof(long_one));
	put_process(t, 800, 100, "0::/\n", HOST_NS);
	put(t, 800, "cmdline", long_one, sizeof(long_one));
	assert_int_equal(identity_scan(t->fx.id, NULL), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct process *p = look(t, (int32_t)(700 + i));

		if (cases[i].expect)
			assert_string_equal(p->cmdline, cases[i].expect);
		else
			assert_null(p->cmdline);
	}
	assert_int_equal(strlen(look(t, 800)->cmdline), 1024);
}

static void namespaces(void **state)
{
	struct tree *t = *state;
	const struct process *p;

	put_process(t, 10, 100, "0::/\n", HOST_NS);
	put_text(t, 10, "status", "Name:\tx\nNSpid:\t10\nNSpgid:\t10\n");
	put_process(t, 20, 100, "0::/\n", OWN_NS);
	put_text(t, 20, "status", "Name:\tx\nNStgid:\t20\t7\nNSpid:\t20\t7\nNSpgid:\t20\t8\n");
	put_process(t, 30, 100, "0::/\n", NESTED);
	put_text(t, 30, "status", "Name:\tx\nNSpid:\t30\t9\t1\nNSpgid:\t1\n");
	put_process(t, 40, 100, "0::/docker/" ID "\n", OWN_NS);
	put_text(t, 40, "status", "Name:\tNSpid:\t99\n");
	put_process(t, 50, 100, "0::/\n", "mnt:[1]");
	put_text(t, 50, "status", "Name:\tx\nNSpid:\t99999999999999999999\n");
	assert_int_equal(identity_scan(t->fx.id, NULL), 0);
	p = look(t, 10);
	assert_int_equal(p->pidns, 4026531836u);
	assert_int_equal(p->nspid, 10);
	assert_null(p->container);
	p = look(t, 20);
	assert_int_equal(p->pidns, 4026532111u);
	assert_int_equal(p->nspid, 7);
	assert_string_equal(p->container->shown, "pidns:4026532111");
	p = look(t, 30);
	assert_int_equal(p->nspid, 1);
	assert_string_equal(p->container->shown, "pidns:4026532222");
	p = look(t, 40);
	assert_int_equal(p->nspid, -1);
	assert_string_equal(p->container->shown, "0123456789ab");
	p = look(t, 50);
	assert_int_equal(p->pidns, 0);
	assert_int_equal(p->nspid, -1);
}

/* A procfs that is mounted elsewhere says by its pid 1 whose it is; self is us in any case. */
static void whose_procfs(void **state)
{
	struct tree *t = *state;
	struct err e = ERR_INIT;
	char path[128];

	tree_put(t->root, "proc/self/ns/x", "", 0);
	snprintf(path, sizeof(path), "%s/self/ns/pid", t->proc);
	assert_int_equal(symlink(OWN_NS, path), 0);
	put_process(t, 7, 100, "0::/\n", HOST_NS);
	assert_int_equal(identity_scan(t->fx.id, &e), 0);
	assert_string_equal(identity_comm(t->fx.id, 7, clock_mono()), "x");
	put_ns(t, 1, OWN_NS);
	assert_int_equal(identity_scan(t->fx.id, &e), -EXDEV);
	assert_non_null(strstr(e.text, HOST_PROCFS_ENV));
}

static void names_of_containers(void **state)
{
	static const char config[] = "{\"Name\":\"/web\"}";
	struct tree *t = *state;

	tree_put(t->root, "var/lib/docker/containers/" ID "/config.v2.json", config,
		 sizeof(config) - 1);
	put_process(t, 20, 100, "0::/docker/" ID "\n", OWN_NS);
	put_process(t, 21, 100, "0::/docker/" ID "/child\n", OWN_NS);
	assert_int_equal(identity_scan(t->fx.id, NULL), 0);
	assert_string_equal(look(t, 20)->container->shown, "web");
	assert_ptr_equal(look(t, 20)->container, look(t, 21)->container);
}

/* A container is meant by each of its names; who is in none is in "". */
static void filters(void **state)
{
	static const struct {
		const char *text;
		bool in, out; /* of the one in the container, and the one in none */
	} cases[] = {
		{ "container == web", true, false },
		{ "container == 0123456789ab", true, false },
		{ "container == " ID, true, false },
		{ "container != web", false, true },
		{ "container != 0123456789ab", false, true },
		{ "container ~ w*", true, false },
		{ "not (container ~ 0123*)", false, true },
		{ "container in (x, web)", true, false },
		{ "container =~ '^we'", true, false },
		{ "container contains 56789", true, false },
		{ "container.name == web", true, false },
		{ "exists container", true, false },
		{ "container == ''", false, true },
		{ "container == docker", false, false },
		{ "unit == x.service", false, true },
		{ "unit ~ *.service", false, true },
		{ "exists unit", false, true },
	};
	static const char config[] = "{\"Name\":\"/web\"}";
	struct tree *t = *state;

	tree_put(t->root, "var/lib/docker/containers/" ID "/config.v2.json", config,
		 sizeof(config) - 1);
	put_process(t, 20, 100, "0::/docker/" ID "\n", OWN_NS);
	put_process(t, 21, 100, "0::/system.slice/x.service\n", HOST_NS);
	assert_int_equal(identity_scan(t->fx.id, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct row in = { .tid = 20, .ts = clock_mono() }, out = { .tid = 21, .ts = in.ts };
		struct filter *f;

		assert_int_equal(filter_parse(cases[i].text, &f, NULL), 0);
		if (filter_match(f, &in, t->fx.id) != cases[i].in ||
		    filter_match(f, &out, t->fx.id) != cases[i].out)
			fail_msg("%s", cases[i].text);
		filter_free(f);
	}
}

/* Read once after each exec; who cannot be read is let alone after a while. */
static void read_once(void **state)
{
	struct tree *t = *state;
	const struct process *p;

	put_process(t, 20, 100, "0::/a\n", HOST_NS);
	put_process(t, 30, 100, "0::/a\n", HOST_NS);
	assert_int_equal(identity_scan(t->fx.id, NULL), 0);
	identity_want(t->fx.id);
	put_text(t, 30, "stat", "nonsense");
	p = look(t, 20);
	put_text(t, 20, "cgroup", "0::/b\n");
	assert_string_equal(look(t, 20)->cgroup, "/a");
	learn(&t->fx, rec_exec(&t->fx, clock_mono(), 20, 20, "/bin/new"));
	assert_string_equal(look(t, 20)->cgroup, "/b");
	assert_string_equal(p->cgroup, "/b");
	for (int i = 0; i < 5; i++)
		assert_null(look(t, 30)->cgroup);
	tree_put_stat(t->root, "proc/30", "x", 0, 1, 100);
	assert_null(look(t, 30)->cgroup);
	learn(&t->fx, rec_exec(&t->fx, clock_mono(), 30, 30, "/bin/new"));
	/* By now somebody has asked: it was read when it began, and may be gone. */
	put_text(t, 30, "stat", "gone");
	assert_string_equal(look(t, 30)->cgroup, "/a");
}

/* Children have what their parent had; a pid that is used again has nothing of the one before. */
static void inherited(void **state)
{
	struct tree *t = *state;
	uint64_t now = clock_mono();
	const struct process *p, *child;
	const struct container *c;

	put_process(t, 20, 100, "0::/docker/" ID "\n", OWN_NS);
	put(t, 20, "cmdline", "sh\0-c\0x\0", 8);
	assert_int_equal(identity_scan(t->fx.id, NULL), 0);
	p = look(t, 20);
	c = p->container;
	learn(&t->fx, rec_newtask(&t->fx, now + 10, 20, 900, "x", 0));
	child = identity_task(t->fx.id, 900, now + 20)->process;
	assert_ptr_equal(child->container, c);
	assert_string_equal(child->cmdline, "sh -c x");
	assert_int_equal(child->pidns, 0); /* who knows */
	/* Another program has other arguments, in the same container. */
	learn(&t->fx, rec_exec(&t->fx, now + 30, 900, 900, "/bin/true"));
	assert_null(child->cmdline);
	assert_string_equal(child->exe, "/bin/true");
	assert_ptr_equal(child->container, c);
	/* Its exit comes first, older events behind it: they still find who it was. */
	learn(&t->fx, rec_exit(&t->fx, EXIT, now + 50, 900, "true", true));
	child = identity_task(t->fx.id, 900, now + 40)->process;
	assert_string_equal(identity_comm(t->fx.id, 900, now + 40), "x");
	assert_int_equal(child->pid, 900);
	assert_string_equal(child->container->shown, "0123456789ab");
	assert_int_equal(child->end, now + 50);
	/* The pid again, made by somebody else. */
	learn(&t->fx, rec_newtask(&t->fx, now + 60, 1, 900, "y", 0));
	p = identity_task(t->fx.id, 900, now + 70)->process;
	assert_true(p->index != child->index);
	assert_null(p->container);
	assert_null(p->cmdline);
	assert_null(p->exe);
	/* And what it was before is still that. */
	child = identity_task(t->fx.id, 900, now + 40)->process;
	assert_string_equal(child->container->shown, "0123456789ab");
	identity_forget(t->fx.id, now + 65);
	assert_ptr_equal(look(t, 20)->container, c);
}

/* Where the host's files are: the one place that says so. */
static void host_paths(void **state)
{
	setenv(HOST_PROCFS_ENV, "/host/proc", 1);
	host_begin();
	assert_string_equal(host_procfs(), "/host/proc");
	assert_string_equal(host_sysfs(), "/sys");
	assert_string_equal(host_root(), "");
	assert_null(host_wrong());
	setenv(HOST_ROOT_ENV, "/mnt", 1);
	host_begin();
	assert_string_equal(host_procfs(), "/host/proc");
	assert_string_equal(host_sysfs(), "/mnt/sys");
	assert_string_equal(host_root(), "/mnt");
	assert_null(host_wrong());
	setenv(HOST_SYSFS_ENV, "relative", 1);
	setenv(HOST_ROOT_ENV, "/", 1);
	host_begin();
	assert_string_equal(host_root(), "");
	assert_string_equal(host_sysfs(), "/sys");
	assert_string_equal(host_wrong(), HOST_SYSFS_ENV);
	unsetenv(HOST_PROCFS_ENV);
	unsetenv(HOST_SYSFS_ENV);
	unsetenv(HOST_ROOT_ENV);
	host_begin();
	assert_string_equal(host_procfs(), "/proc");
	assert_null(host_wrong());
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(control_groups), CASE(command_lines),	 CASE(namespaces),
		CASE(whose_procfs),   CASE(names_of_containers), CASE(inherited),
		CASE(filters),	      CASE(read_once),		 cmocka_unit_test(host_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
