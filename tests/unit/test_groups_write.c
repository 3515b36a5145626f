/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of groups as files, written from the pane: what stands in them, what is never written
 * over, and what ends it early.
 */
#include "tests/unit/grouping_fixture.h"

#include <sys/stat.h>

#include "tests/screens/stage.h"
#include "tui/groups.h"
#include "tui/ui_private.h"

static struct stage stage;

static void open_stage(const char *description)
{
	const char *files[] = { fixture_make("pane.dat", description, "le64", "4096"), NULL };
	struct stage_conf c = { .rows = 24, .cols = 100, .ascii = true, .files = files };

	is_slow = false;
	assert_int_equal(stage_open(&stage, &c, NULL), 0);
}

static int close_stage(void **state)
{
	(void)state;
	stage_close(&stage);
	return 0;
}

static void type(const char *keys)
{
	assert_int_equal(ui_type(stage.ui, keys, NULL), 0);
	assert_true(stage_settle(&stage));
}

static void command(const char *text)
{
	type(":");
	stage_write(&stage, text);
	type("Enter");
}

static const struct groups *pane(void)
{
	return stage.ui->pane[3].state;
}

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", fixture()->dir, name);
	return path;
}

/* Asks for a file and waits until it is there. */
static void write_to(const char *name)
{
	type("W");
	stage_write(&stage, path_of(name));
	type("Enter");
	for (unsigned i = 0; pane()->writing; i++) {
		assert_true(i < 1000);
		usleep(1000);
		assert_true(stage_settle(&stage));
	}
}

static char *slurp(const char *name, size_t *len)
{
	FILE *f = fopen(path_of(name), "r");
	char *text;
	struct stat st;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	text = xcalloc(1, (size_t)st.st_size + 1);
	*len = fread(text, 1, (size_t)st.st_size, f);
	fclose(f);
	return text;
}

static void expect(const char *name, const char *want)
{
	size_t len;
	char *have = slurp(name, &len);

	assert_string_equal(have, want);
	free(have);
}

static bool is_on_screen(const char *text)
{
	struct strbuf b = { 0 };
	bool is;

	canvas_dump(ui_draw(stage.ui), &b);
	is = strstr(strbuf_cstr(&b), text) != NULL;
	strbuf_done(&b);
	return is;
}

static const char few[] = HEAD "cpu 0\nmany 60 1000000000 1000000 tick tid=7 n=$ text=even\n"
			       "lost 40\nmany 30 2000000000 1000000 tick tid=9 n=$ text=odd\n"
			       "cpu 1\nmany 10 3000000000 1000000 tock tid=8 m=-$\n";

static void test_each_kind(void **state)
{
	(void)state;
	open_stage(few);
	command("group comm show count, sum(n)");
	write_to("by.csv");
	assert_true(is_on_screen("3 groups written to "));
	expect("by.csv", "comm,count,sum(n)\nseven,60,1770\nnine,30,435\ne\\x1b[2J,10,\n");
	write_to("by.txt");
	expect("by.txt", "3 groups of 100 rows, by comm\n\n"
			 "comm      count  sum(n)\n"
			 "seven        60   1,770\n"
			 "nine         30     435\n"
			 "e\\x1b[2J     10       -\n"
			 "\nat least: 40 events lost\n");
	command("sort comm");
	command("filter comm != seven");
	command("groups");
	write_to("by.json");
	expect("by.json",
	       "{\"table\":\"whole\",\"events\":40,\"filtered\":60,\"lacking\":0,"
	       "\"first\":\"2.000000000\",\"last\":\"3.009000000\",\"joined\":0,\"lost\":40,"
	       "\"missed\":0,\"damaged\":0,\"at_least\":true}\n"
	       "{\"table\":\"group\",\"by\":{\"comm\":\"e\\\\x1b[2J\"},"
	       "\"show\":{\"count\":10,\"sum(n)\":null},\"at_least\":true}\n"
	       "{\"table\":\"group\",\"by\":{\"comm\":\"nine\"},"
	       "\"show\":{\"count\":30,\"sum(n)\":435},\"at_least\":true}\n");
}

static void test_nothing_is_written_over(void **state)
{
	(void)state;
	open_stage(few);
	command("group comm show count");
	write_to("once.csv");
	command("group event show count");
	write_to("once.csv");
	assert_true(is_on_screen("is there already"));
	type("Esc");
	expect("once.csv", "comm,count\nseven,60\nnine,30\ne\\x1b[2J,10\n");
	type("W");
	stage_write(&stage, path_of("by.doc"));
	type("Enter");
	assert_true(is_on_screen(".txt, .csv or .json"));
	type("Esc");
	assert_int_equal(access(path_of("by.doc"), F_OK), -1);
}

static const char many[] = HEAD "cpu 0\nmany 50000 1000000000 1000 tick tid=7 n=$ text=t\n";

/* The lines of a file, the first of which names the columns. */
static unsigned lines_of(const char *name)
{
	size_t len;
	char *have = slurp(name, &len);
	unsigned lines = 0;

	for (size_t i = 0; i < len; i++)
		lines += have[i] == '\n';
	assert_true(!len || have[len - 1] == '\n');
	free(have);
	return lines;
}

static void test_many(void **state)
{
	(void)state;
	open_stage(many);
	command("group n show count, first, last");
	write_to("many.csv");
	assert_int_equal(lines_of("many.csv"), 50001);
	write_to("many.txt");
	assert_int_equal(lines_of("many.txt"), 50003);
}

/* What comes meanwhile changes nothing; Esc ends it, and another grouping has to wait. */
static void test_in_between(void **state)
{
	(void)state;
	open_stage(many);
	command("group n show count, first, last");
	type("W");
	stage_write(&stage, path_of("half.csv"));
	assert_int_equal(ui_type(stage.ui, "Enter", NULL), 0);
	assert_non_null(pane()->writing);
	assert_false(groups_ask(&stage.ui->pane[3], "comm"));
	assert_int_equal(ui_type(stage.ui, "Esc", NULL), 0);
	assert_true(stage_settle(&stage));
	assert_null(pane()->writing);
	assert_true(is_on_screen("stopped: the first "));
	assert_true(lines_of("half.csv") < 50001);
	assert_true(groups_ask(&stage.ui->pane[3], "comm"));
}

/* The words of `g` behind `:group`, those of `f` behind `:filter`. */
static void test_command_line(void **state)
{
	(void)state;
	open_stage(few);
	type(":");
	stage_write(&stage, "group comm, eve");
	type("Tab");
	assert_true(is_on_screen("command: group comm, event"));
	stage_write(&stage, " show count, di");
	type("Tab");
	assert_true(is_on_screen("show count, distinct("));
	type("C-u");
	stage_write(&stage, "filter ev");
	type("Tab");
	assert_true(is_on_screen("command: filter event"));
	type("C-u");
	stage_write(&stage, "theme cont");
	type("Tab");
	assert_true(is_on_screen("command: theme contrast"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_each_kind, close_stage),
		cmocka_unit_test_teardown(test_nothing_is_written_over, close_stage),
		cmocka_unit_test_teardown(test_many, close_stage),
		cmocka_unit_test_teardown(test_in_between, close_stage),
		cmocka_unit_test_teardown(test_command_line, close_stage),
	};

	return cmocka_run_group_tests_name("groups_write", tests, fixture_setup, fixture_teardown);
}
