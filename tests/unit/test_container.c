/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_container: in which container a process is: paths of control groups as engines write them,
 * and the files of their state, found below a root and as hostile as they come.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/container.h"
#include "core/container_state.h"
#include "core/util.h"
#include "tests/unit/proc_tree.h"

#define ID	 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER	 "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define THIRD	 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define POD	 "11223344-5566-7788-99aa-bbccddeeff00"
#define POD_UNIT "11223344_5566_7788_99aa_bbccddeeff00"
#define USER	 "/user.slice/user-1000.slice/user@1000.service/user.slice"

/* ---- paths ---- */

static void paths_of_containers(void **state)
{
	static const struct {
		const char *path, *runtime, *id, *pod;
		enum container_kind kind;
	} cases[] = {
		{ "/docker/" ID, "docker", ID, "", CONTAINER_ENGINE },
		{ "/system.slice/docker-" ID ".scope", "docker", ID, "", CONTAINER_ENGINE },
		{ "/system.slice/docker-" ID ".scope/init.scope", "docker", ID, "",
		  CONTAINER_ENGINE },
		{ "/docker/" OTHER "/docker/" ID, "docker", ID, "", CONTAINER_ENGINE },
		{ "/machine.slice/libpod-" ID ".scope", "podman", ID, "", CONTAINER_ENGINE },
		{ "/machine.slice/libpod-" ID ".scope/container", "podman", ID, "",
		  CONTAINER_ENGINE },
		{ "/machine.slice/machine-libpod_pod_" OTHER ".slice/libpod-" ID
		  ".scope/libpod-payload-" ID,
		  "podman", ID, "", CONTAINER_ENGINE },
		{ USER "/libpod-" ID ".scope/container", "podman", ID, "", CONTAINER_ENGINE },
		{ "/libpod_parent/libpod-" ID, "podman", ID, "", CONTAINER_ENGINE },
		{ "/machine.slice/libpod-conmon-" ID ".scope", "", "", "", CONTAINER_NONE },
		{ "/libpod_parent/conmon-" ID, "", "", "", CONTAINER_NONE },
		{ "/system.slice/crio-conmon-" ID ".scope", "", "", "", CONTAINER_NONE },
		{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" POD_UNIT
		  ".slice/cri-containerd-" ID ".scope",
		  "containerd", ID, POD, CONTAINER_ENGINE },
		{ "/kubepods.slice/kubepods-pod" POD_UNIT ".slice/crio-" ID ".scope", "cri-o", ID,
		  POD, CONTAINER_ENGINE },
		{ "/kubepods/besteffort/pod" POD "/" ID, "", ID, POD, CONTAINER_ENGINE },
		{ "/k3s.service/kubepods/burstable/pod" POD "/" ID, "", ID, POD, CONTAINER_ENGINE },
		{ "/kubepods-burstable-pod" POD_UNIT ".slice:cri-containerd:" ID, "containerd", ID,
		  POD, CONTAINER_ENGINE },
		{ "/system.slice/containerd.service/kubepods-besteffort-pod" POD_UNIT
		  ".slice:crio:" ID,
		  "cri-o", ID, POD, CONTAINER_ENGINE },
		/* A node of Kubernetes that is a container itself. */
		{ "/docker/" OTHER
		  "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" POD_UNIT
		  ".slice/cri-containerd-" ID ".scope",
		  "containerd", ID, POD, CONTAINER_ENGINE },
		{ "/kubepods/pod0123456789abcdef0123456789abcdef/" ID, "", ID,
		  "0123456789abcdef0123456789abcdef", CONTAINER_ENGINE },
		{ "/default/" ID, "containerd", ID, "", CONTAINER_ENGINE },
		{ "/ecs/some-task/" ID, "", ID, "", CONTAINER_ENGINE },
		{ "/machine.slice/newengine-" ID ".scope", "", ID, "", CONTAINER_ENGINE },
		{ "/machine.slice/machine-web\\x2d1.scope", "machine", "web\\x2d1", "",
		  CONTAINER_MACHINE },
		{ "/machine.slice/systemd-nspawn@web.service/payload/system.slice/x.service",
		  "nspawn", "web", "", CONTAINER_MACHINE },
		{ "/machine.slice/machine-qemu\\x2d3\\x2dvm.scope/emulator", "qemu",
		  "\\x2d3\\x2dvm", "", CONTAINER_MACHINE },
		{ "/lxc/web/init.scope", "lxc", "web", "", CONTAINER_MACHINE },
		{ "/lxc.payload.web/system.slice", "lxc", "web", "", CONTAINER_MACHINE },
		{ "/lxc.monitor.web", "", "", "", CONTAINER_NONE },
		{ "/user.slice/user-1000.slice/session-3.scope", "", "", "", CONTAINER_NONE },
		{ "/system.slice/docker.service", "", "", "", CONTAINER_NONE },
		{ "/kubepods.slice", "", "", "", CONTAINER_NONE },
		{ "/deadbeef", "", "", "", CONTAINER_NONE },
		{ "/docker/" ID "0", "", "", "", CONTAINER_NONE }, /* one digit too many */
		{ "/docker/" ID "x", "", "", "", CONTAINER_NONE },
		{ "/docker-.scope", "", "", "", CONTAINER_NONE },
		{ "::", "", "", "", CONTAINER_NONE },
		{ ":", "", "", "", CONTAINER_NONE },
		{ "////", "", "", "", CONTAINER_NONE },
		{ "", "", "", "", CONTAINER_NONE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct container_path p;

		container_parse(cases[i].path, &p);
		if (p.kind != cases[i].kind || strcmp(p.runtime, cases[i].runtime) != 0 ||
		    p.id_len != strlen(cases[i].id) || memcmp(p.id, cases[i].id, p.id_len) != 0 ||
		    strcmp(p.pod, cases[i].pod) != 0)
			fail_msg("%s: kind %d runtime '%s' id '%.*s' pod '%s'", cases[i].path,
				 p.kind, p.runtime, (int)p.id_len, p.id, p.pod);
	}
}

static void users_of_paths(void **state)
{
	struct container_path p;

	container_parse(USER "/libpod-" ID ".scope", &p);
	assert_int_equal(p.user, 1000);
	container_parse("/user.slice/user-99999999999999999999.slice/x", &p);
	assert_int_equal(p.user, UINT32_MAX);
	container_parse("/docker/" ID, &p);
	assert_int_equal(p.user, UINT32_MAX);
}

static void units(void **state)
{
	static const char *const cases[][2] = {
		{ "/system.slice/ssh.service", "ssh.service" },
		{ "/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service" },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.scope",
		  "app-x.scope" },
		{ "/user.slice/user-1000.slice/session-3.scope", "session-3.scope" },
		{ "/system.slice/docker-" ID ".scope", "docker-" ID ".scope" },
		{ "/system.slice/_cpu.service/payload", "cpu.service" },
		{ "/user.slice/user-1000.slice", "user-1000.slice" },
		{ "/docker/x", "" },
		{ "/.service", "" },
		{ "/", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t len;
		const char *s = container_unit(cases[i][0], &len);

		assert_int_equal(len, strlen(cases[i][1]));
		assert_true(!len || !memcmp(s, cases[i][1], len));
		assert_true(len || !s);
	}
}

/* ---- names ---- */

struct state {
	char root[64];
	struct containers *all;
};

static int setup(void **state)
{
	struct state *st = calloc(1, sizeof(*st));

	strcpy(st->root, "/tmp/test.container.XXXXXX");
	assert_non_null(mkdtemp(st->root));
	st->all = containers_new(st->root);
	*state = st;
	return 0;
}

static int teardown(void **state)
{
	struct state *st = *state;

	containers_free(st->all);
	tree_remove(st->root);
	free(st);
	return 0;
}

static void put(const struct state *st, const char *name, const char *text)
{
	tree_put(st->root, name, text, strlen(text));
}

/* What is shown of the container of a path. */
static void expect(struct state *st, const char *path, const char *shown)
{
	const struct container *c = containers_get(st->all, path, 0);

	assert_non_null(c);
	assert_string_equal(c->shown, shown);
	containers_put(st->all, c);
}

static void docker_names(void **state)
{
	struct state *st = *state;
	const struct container *c;

	put(st, "var/lib/docker/containers/" ID "/config.v2.json",
	    "{\"Name\":\"/web\",\"Config\":{\"Image\":\"nginx:1.27\",\"Labels\":{}}}");
	c = containers_get(st->all, "/system.slice/docker-" ID ".scope", 0);
	assert_string_equal(c->shown, "web");
	assert_string_equal(c->image, "nginx:1.27");
	assert_string_equal(c->runtime, "docker");
	assert_string_equal(c->id, ID);
	assert_null(c->pod);
	assert_true(container_is(c, "web", 3));
	assert_true(container_is(c, "0123456789ab", 12));
	assert_true(container_is(c, ID, 64));
	assert_false(container_is(c, "we", 2));
	assert_false(container_is(c, "0123456789abc", 13));
	/* The same from every path. */
	assert_ptr_equal(containers_get(st->all, "/docker/" ID "/x", 0), c);
	expect(st, "/docker/" OTHER, "fedcba987654");
	/* docker under Kubernetes. */
	put(st, "var/lib/docker/containers/" OTHER "/config.v2.json",
	    "{\"Name\":\"/k8s_x\",\"Config\":{\"Labels\":{\"io.kubernetes.container.name\":"
	    "\"app\",\"io.kubernetes.pod.name\":\"shop-1\",\"io.kubernetes.pod.namespace\":"
	    "\"prod\",\"io.kubernetes.docker.type\":\"container\"}}}");
	expect(st, "/kubepods/burstable/pod" POD "/" OTHER, "shop-1/app");
}

static void podman_names(void **state)
{
	struct state *st = *state;
	char passwd[256];

	put(st, "var/lib/containers/storage/overlay-containers/containers.json",
	    "[{\"id\":\"" OTHER "\",\"names\":[\"other\"]},"
	    "{\"id\":\"" ID "\",\"names\":[\"db\"],\"metadata\":"
	    "\"{\\\"image-name\\\":\\\"docker.io/postgres\\\",\\\"name\\\":\\\"db\\\"}\"}]");
	expect(st, "/machine.slice/libpod-" ID ".scope/container", "db");
	expect(st, "/machine.slice/libpod-" OTHER ".scope", "other");
	/* Without root: from the home of the one in whose slice it is, whose file it must be. */
	snprintf(passwd, sizeof(passwd), "me:x:%u:100::/h/me:/bin/sh\nyou:x:4711::/h/me:x\n",
		 (unsigned)getuid());
	put(st, "etc/passwd", passwd);
	put(st, "h/me/.local/share/containers/storage/overlay-containers/containers.json",
	    "[{\"id\":\"" ID "\",\"names\":[\"mine\"]}]");
	snprintf(passwd, sizeof(passwd), "/user.slice/user-%u.slice/libpod-" ID ".scope",
		 (unsigned)getuid());
	containers_free(st->all);
	st->all = containers_new(st->root);
	expect(st, passwd, "mine");
	containers_free(st->all);
	st->all = containers_new(st->root);
	expect(st, "/user.slice/user-4711.slice/libpod-" ID ".scope", "db");
}

static void kubernetes_names(void **state)
{
	struct state *st = *state;
	const struct container *c;

	put(st, "run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID "/config.json",
	    "{\"annotations\":{\"io.kubernetes.cri.container-name\":\"app\","
	    "\"io.kubernetes.cri.container-type\":\"container\","
	    "\"io.kubernetes.cri.sandbox-name\":\"shop-7d\","
	    "\"io.kubernetes.cri.sandbox-namespace\":\"prod\"}}");
	put(st, "run/containerd/io.containerd.runtime.v2.task/k8s.io/" OTHER "/config.json",
	    "{\"annotations\":{\"io.kubernetes.cri.container-type\":\"sandbox\","
	    "\"io.kubernetes.cri.sandbox-name\":\"shop-7d\"}}");
	c = containers_get(st->all, "/kubepods/burstable/pod" POD "/" ID, 0);
	assert_string_equal(c->shown, "shop-7d/app");
	assert_string_equal(c->name, "app");
	assert_string_equal(c->pod_space, "prod");
	assert_string_equal(c->pod_uid, POD);
	assert_true(container_is(c, "app", 3));
	assert_true(container_is(c, "shop-7d/app", 11));
	expect(st, "/kubepods/burstable/pod" POD "/" OTHER, "shop-7d/POD");
	put(st, "run/containers/storage/overlay-containers/" ID "/userdata/config.json",
	    "{\"annotations\":{\"io.kubernetes.container.name\":\"api\","
	    "\"io.kubernetes.pod.name\":\"p\",\"io.kubernetes.pod.namespace\":\"n\"}}");
	expect(st, "/kubepods.slice/kubepods-pod" POD_UNIT ".slice/crio-" ID ".scope", "p/api");
	put(st, "run/containerd/io.containerd.runtime.v2.task/default/" THIRD "/config.json",
	    "{\"annotations\":{\"nerdctl/name\":\"box\"}}");
	expect(st, "/system.slice/nerdctl-" THIRD ".scope", "box");
}

/* Nothing of these is a name, and nothing of these does harm. */
static void hostile_files(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"null",
		"17",
		"\"x\"",
		"{\"Name\":17}",
		"{\"Name\":null}",
		"{\"Name\":\"\"}",
		"{\"Config\":[1,2]}",
		"{\"Config\":{\"Labels\":\"x\"}}",
		"{\"Name\":\"\\ud800\"}",
		"{\"Name\":\"a\\u0000b\"}",
		"\xff\xfe",
	};
	struct state *st = *state;
	char *deep = malloc(CONTAINER_STATE_MAX + 2), path[256];
	const char *file = "var/lib/docker/containers/" ID "/config.v2.json";

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		put(st, file, texts[i]);
		expect(st, "/docker/" ID, "0123456789ab");
	}
	memset(deep, '[', CONTAINER_STATE_MAX);
	tree_put(st->root, file, deep, CONTAINER_STATE_MAX);
	expect(st, "/docker/" ID, "0123456789ab");
	/* Right, but too long. */
	memset(deep, ' ', CONTAINER_STATE_MAX + 1);
	memcpy(deep, "{\"Name\":\"/web\"}", 15);
	tree_put(st->root, file, deep, CONTAINER_STATE_MAX + 1);
	expect(st, "/docker/" ID, "0123456789ab");
	tree_put(st->root, file, deep, CONTAINER_STATE_MAX);
	expect(st, "/docker/" ID, "web");
	/* No plain file: who opened a FIFO would wait for ever. */
	snprintf(path, sizeof(path), "%s/%s", st->root, file);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	expect(st, "/docker/" ID, "0123456789ab");
	unlink(path);
	put(st, "elsewhere", "{\"Name\":\"/web\"}");
	assert_int_equal(symlink("../../../../../elsewhere", path), 0);
	expect(st, "/docker/" ID, "0123456789ab");
	free(deep);
}

static void names_made_harmless(void **state)
{
	struct state *st = *state;
	char text[1024], name[600];
	const struct container *c;

	put(st, "var/lib/docker/containers/" ID "/config.v2.json",
	    "{\"Name\":\"/we\\u001b[2Jb\\n\",\"Config\":{\"Image\":\"\\t\"}}");
	expect(st, "/docker/" ID, "we?[2Jb?");
	memset(name, 'x', sizeof(name));
	snprintf(text, sizeof(text), "{\"Name\":\"%.*s\"}", (int)sizeof(name), name);
	put(st, "var/lib/docker/containers/" OTHER "/config.v2.json", text);
	c = containers_get(st->all, "/docker/" OTHER, 0);
	assert_int_equal(strlen(c->shown), CONTAINER_WORD_MAX);
	containers_put(st->all, c);
	c = containers_get(st->all, "/machine.slice/machine-a\\x2db\\x0a\\xzz\x01.scope", 0);
	assert_string_equal(c->shown, "a-b\\x0a\\xzz?");
}

static void owners(void **state)
{
	struct state *st = *state;
	const struct container *a, *b;
	size_t count, empty = containers_bytes(st->all, &count);

	assert_int_equal(count, 0);
	assert_null(containers_get(st->all, "/system.slice/x.service", 0));
	assert_null(containers_get(st->all, NULL, 0));
	a = containers_get(st->all, "/system.slice/x.service", 4026532111u);
	assert_int_equal(a->kind, CONTAINER_PIDNS);
	assert_string_equal(a->shown, "pidns:4026532111");
	/* Another control group in it is the same. */
	b = containers_get(st->all, "/", 4026532111u);
	assert_ptr_equal(a, b);
	/* The path says more than the namespace. */
	b = containers_get(st->all, "/docker/" ID, 4026532111u);
	assert_string_equal(b->shown, "0123456789ab");
	containers_bytes(st->all, &count);
	assert_int_equal(count, 2);
	assert_ptr_equal(containers_ref(st->all, b), b);
	containers_put(st->all, b);
	assert_string_equal(b->shown, "0123456789ab");
	containers_put(st->all, b);
	containers_put(st->all, a);
	containers_put(st->all, a);
	assert_int_equal(containers_bytes(st->all, &count), empty);
	assert_int_equal(count, 0);
	containers_put(st->all, NULL);
	assert_null(containers_ref(st->all, NULL));
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_of_containers),
		cmocka_unit_test(users_of_paths),
		cmocka_unit_test(units),
		CASE(docker_names),
		CASE(podman_names),
		CASE(kubernetes_names),
		CASE(hostile_files),
		CASE(names_made_harmless),
		CASE(owners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
