/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects that are loaded and attached by the loader: what they give arrives here, and nothing of
 * them stays. The loader is this program.
 */
#include "tests/kernel/load_fixture.h"

#include "bpf/programs.h"

/* ---- ours ---- */

static void test_builtins(void **state)
{
	need_bpf();
	for (const struct bpf_object_file *o = bpf_programs; o->name; o++) {
		struct loader_request r = { .what = LOADER_LOAD, .name = o->name, .fd = -1 };
		uint64_t before = clock_mono();
		struct loader_answer *a;

		r.builtin = o->name;
		a = ask(*state, &r);
		if (a->err.code && !strstr(a->err.text, "this kernel"))
			fail_msg("%s\n%s", a->err.text, a->log);
		print_message("%s: %.1f ms %s\n", o->name, (double)(clock_mono() - before) / 1e6,
			      a->err.text);
		if (!a->err.code) {
			assert_true(a->link_count >= 1);
			assert_true(a->control >= 0 && a->counts >= 0);
		}
		unload(a);
	}
}

/* ---- what people bring along ---- */

struct seen {
	unsigned count;
	uint32_t size;
	uint8_t last[256];
};

static int on_event(void *data, void *event, size_t size)
{
	struct seen *s = data;

	s->count++;
	s->size = (uint32_t)size;
	memcpy(s->last, event, MIN(size, sizeof(s->last)));
	return 0;
}

static void read_ring(int fd, struct seen *s)
{
	struct ring_buffer *r = ring_buffer__new(fd, on_event, s, NULL);

	assert_non_null(r);
	assert_true(ring_buffer__consume(r) >= 0);
	ring_buffer__free(r);
}

static void run_true(void)
{
	pid_t pid = fork();

	if (!pid) {
		execl("/bin/true", "true", NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

static void test_bootstrap(void **state)
{
	struct loader_answer *a;
	struct seen s = { 0 };

	need_bpf();
	a = load_object(*state, "bootstrap.bpf.o");
	assert_int_equal(a->link_count, 2);
	assert_int_equal(a->control, -1);
	run_true();
	read_ring(a->rings[0].fd, &s);
	assert_true(s.count >= 2); /* executed, ended */
	assert_int_equal(s.size, 48);
	unload(a);
}

static void test_option(void **state)
{
	struct loader_option o = { "min_duration_ns", "1h" };
	struct loader_request r;
	struct loader_answer *a;
	struct seen s = { 0 };

	need_bpf();
	r = object_request(LOADER_LOAD, "bootstrap.bpf.o");
	r.options = &o;
	r.option_count = 1;
	a = load(*state, &r);
	assert_string_equal(option_of(a, "min_duration_ns")->value, "60m");
	run_true();
	read_ring(a->rings[0].fd, &s);
	assert_int_equal(s.count, 0);
	unload(a);
}

static void on_sample(void *data, int cpu, void *event, __u32 size)
{
	(void)cpu;
	on_event(data, event, size);
}

static void test_perf_buffer(void **state)
{
	struct loader_answer *a;
	struct perf_buffer *b;
	struct seen s = { 0 };

	need_bpf();
#ifndef __x86_64__
	print_message("skip: the object knows the number of kill on x86 alone\n");
	skip();
#endif
	a = load_object(*state, "perfbuf.bpf.o");
	b = perf_buffer__new(a->rings[0].fd, 8, on_sample, NULL, &s, NULL);
	assert_non_null(b);
	kill(getpid(), 0);
	assert_true(perf_buffer__consume(b) >= 0);
	assert_true(s.count >= 1);
	assert_int_equal(load_u32(s.last + a->rings[0].layout.pid.at), getpid());
	perf_buffer__free(b);
	unload(a);
}

static void test_count(void **state)
{
	struct loader_answer *a;
	uint32_t pid = (uint32_t)getpid();
	uint64_t n = 0;

	need_bpf();
	a = load_object(*state, "count.bpf.o");
	for (int i = 0; i < 1000; i++)
		getppid();
	assert_int_equal(bpf_map_lookup_elem(a->tables[0].fd, &pid, &n), 0);
	assert_true(n >= 1000);
	unload(a);
}

static void test_uprobe(void **state)
{
	struct loader_answer *a;
	struct seen s = { 0 };

	need_bpf();
	a = load_object(*state, "uprobe.bpf.o");
	for (int i = 0; i < 7; i++)
		getppid();
	read_ring(a->rings[0].fd, &s);
	assert_true(s.count >= 7);
	assert_int_equal(s.size, 8);
	unload(a);
}

/* Of several the first that can be; those that cannot say why; what is set is what they do. */
static void test_choices(void **state)
{
	static const struct loader_option options[] = {
		{ "answer", "123" }, { "hz", "200" }, { "word", "xyz" }, { "mode", "MODE_THIRD" }
	};
	struct loader_request r;
	struct loader_answer *a;
	struct seen s = { 0 };

	need_bpf();
	r = object_request(LOADER_LOAD, "typed.bpf.o");
	r.options = options;
	r.option_count = ARRAY_SIZE(options);
	a = load(*state, &r);
	assert_string_equal(prog_of(a, "on_nothing")->why,
			    "this kernel has no tracepoint no_such_tracepoint");
	assert_string_equal(prog_of(a, "on_nowhere")->why,
			    "this kernel has no tracepoint nowhere/no_such_event");
	assert_string_equal(prog_of(a, "on_gone")->why,
			    "this kernel has no tracepoint sched/no_such_event");
	assert_non_null(prog_of(a, "on_packet")->why);
	assert_null(prog_of(a, "on_tick")->why);
	assert_true(a->link_count >= 1);
	for (int i = 0; i < 200 && !s.count; i++) {
		usleep(10000);
		read_ring(a->rings[0].fd, &s);
	}
	assert_int_equal(s.size, 40);
	assert_int_equal(load_u32(s.last + 16), 123);
	assert_int_equal(load_u32(s.last + 20), 7);
	assert_int_equal(load_u64(s.last + 24), NSEC_PER_MSEC);
	assert_string_equal((const char *)s.last + 32, "xyz");
	unload(a);
}

/* A ring that nobody reads is full at last, and the program's own number says so. */
static void test_lost(void **state)
{
	struct loader_option o = { "hz", "1000" };
	struct loader_request r;
	struct loader_answer *a;
	uint8_t value[64] = { 0 };
	uint32_t zero = 0, lost = 0;

	need_bpf();
	r = object_request(LOADER_LOAD, "typed.bpf.o");
	r.options = &o;
	r.option_count = 1;
	a = load(*state, &r);
	assert_int_equal(a->lost_size, 4);
	assert_true(a->lost >= 0 && a->lost_at + 4 <= sizeof(value));
	for (int i = 0; i < 500 && !lost; i++) {
		usleep(10000);
		assert_int_equal(bpf_map_lookup_elem(a->lost, &zero, value), 0);
		lost = load_u32(value + a->lost_at);
	}
	assert_true(lost > 0);
	unload(a);
}

/* ---- sizes, shares, numbers ---- */

static struct bpf_map_info map_info(int fd)
{
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info);

	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &size), 0);
	return info;
}

static void test_ring_size(void **state)
{
	static const uint32_t sizes[][2] = { { 1, 4096 }, { 100000, 131072 }, { 65536, 65536 } };

	need_bpf();
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct loader_request r = object_request(LOADER_LOAD, "bootstrap.bpf.o");
		struct loader_answer *a;

		r.ring = sizes[i][0];
		a = load(*state, &r);
		assert_int_equal(map_info(a->rings[0].fd).max_entries,
				 MAX(sizes[i][1], (uint32_t)sysconf(_SC_PAGESIZE)));
		unload(a);
	}
}

static void test_shares(void **state)
{
	struct loader_answer *a, *b;
	struct loader_request r;
	struct loader_share s;

	need_bpf();
	a = load_object(*state, "count.bpf.o");
	s = (struct loader_share) { "calls", a->tables[0].fd };
	r = object_request(LOADER_LOAD, "count.bpf.o");
	r.shares = &s;
	r.share_count = 1;
	b = load(*state, &r);
	assert_int_equal(map_info(a->tables[0].fd).id, map_info(b->tables[0].fd).id);
	assert_int_not_equal(map_info(a->tables[1].fd).id, map_info(b->tables[1].fd).id);
	unload(a);
	unload(b);
	a = load_object(*state, "bootstrap.bpf.o");
	s.fd = a->rings[0].fd;
	r = object_request(LOADER_LOAD, "count.bpf.o");
	r.shares = &s;
	r.share_count = 1;
	refuses(*state, &r, "calls cannot be shared: it is of another kind");
	unload(a);
}

static void test_many(void **state)
{
	struct loader_answer *a;

	need_bpf();
	a = load_object(*state, "many.bpf.o");
	assert_int_equal(a->link_count, 150);
	for (size_t i = 0; i < a->link_count; i++)
		assert_true(a->links[i] >= 0);
	unload(a);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_builtins, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bootstrap, setup, teardown),
		cmocka_unit_test_setup_teardown(test_option, setup, teardown),
		cmocka_unit_test_setup_teardown(test_perf_buffer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_count, setup, teardown),
		cmocka_unit_test_setup_teardown(test_uprobe, setup, teardown),
		cmocka_unit_test_setup_teardown(test_choices, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ring_size, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shares, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
	};

	if (argc > 1 && !strcmp(argv[1], LOADER_ARG))
		return loader_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
