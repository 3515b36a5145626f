/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * symbols: addresses, format strings and constants, from good texts and bad ones.
 */
#include <linux/btf.h>

#include "tests/unit/text_fixture.h"

static const char kallsyms[] = "0000000000001000 A fixed_percpu_data\n"
			       "ffffffff81000000 T _text\n"
			       "ffffffff81000100 t second\n"
			       "ffffffff81000100 t alias\n"
			       "nonsense\n"
			       "ffffffff8100 T\n"
			       "ffffffff81000040 T between\n"
			       "0000000000000000 T hidden\n"
			       "ffffffffa0000000 t mod_a\t[mod]\n"
			       "ffffffffa0000010 t mod_b\t[mod]\n"
			       "ffffffffc0000000 t other\t[more]";

static const struct {
	uint64_t addr;
	const char *name;
	uint64_t offset, size;
	const char *module;
} names[] = {
	{ 0xffffffff81000000, "_text", 0, 0x40, NULL },
	{ 0xffffffff8100003f, "_text", 0x3f, 0x40, NULL },
	{ 0xffffffff81000040, "between", 0, 0xc0, NULL },
	{ 0xffffffff81000101, "second", 1, 0x10000, NULL }, /* the first of two names */
	{ 0xffffffffa0000008, "mod_a", 8, 0x10, "mod" },
	{ 0xffffffffa0000018, "mod_b", 8, 0x10000, "mod" },
	{ 0xffffffffc0000001, "other", 1, 0, "more" },
	{ 0xffffffff80ffffff, NULL, 0, 0, NULL },
	{ 0xffffffff90000000, NULL, 0, 0, NULL }, /* far behind the last of the kernel's */
	{ 0xffffffffc0010000, NULL, 0, 0, NULL },
	{ 0, NULL, 0, 0, NULL },
};

static void addresses_have_names(void **state)
{
	struct symbols *s = symbols_new(NULL, NULL);

	symbols_add_kallsyms(s, kallsyms, sizeof(kallsyms) - 1);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *module = NULL, *name;
		uint64_t offset = 0;

		name = symbols_name(s, names[i].addr, &offset, &module);
		if (!names[i].name) {
			assert_null(name);
			continue;
		}
		assert_non_null(name);
		assert_string_equal(name, names[i].name);
		assert_int_equal(offset, names[i].offset);
		assert_int_equal(symbols_size(s, names[i].addr), names[i].size);
		if (names[i].module)
			assert_string_equal(module, names[i].module);
		else
			assert_null(module);
	}
	symbols_free(s);
}

static void formats_lose_their_escapes(void **state)
{
	static const char text[] = "0xffffffff82000010 : \"say \\\"%d\\\"\\n\"\n"
				   "0xffffffff82000020 : \"a\\tb\\\\c\"\n"
				   "0xffffffff82000030 : no quotes\n"
				   "bad : \"x\"\n"
				   "0xffffffff82000040 : \"";
	struct symbols *s = symbols_new(NULL, NULL);

	symbols_add_printk(s, text, sizeof(text) - 1);
	assert_string_equal(symbols_printk(s, 0xffffffff82000010), "say \"%d\"\n");
	assert_string_equal(symbols_printk(s, 0xffffffff82000020), "a\tb\\c");
	assert_null(symbols_printk(s, 0xffffffff82000011));
	assert_null(symbols_printk(s, 0xffffffff82000030));
	assert_null(symbols_printk(s, 0xffffffff82000040));
	symbols_free(s);
	symbols_free(NULL);
}

static void load(struct symbols *s, void *data)
{
	++*(unsigned *)data;
	symbols_add_kallsyms(s, kallsyms, sizeof(kallsyms) - 1);
	symbols_add_constant(s, "LOADED", -3);
}

static void tables_load_once_and_late(void **state)
{
	unsigned loads = 0, constant_loads = 0;
	struct symbols *s = symbols_new(load, &loads);
	const char *module;
	uint64_t offset;
	int64_t v;

	symbols_on_constants(s, load, &constant_loads);
	assert_int_equal(loads, 0);
	assert_null(symbols_name(s, 1, &offset, &module));
	assert_null(symbols_printk(s, 1));
	assert_int_equal(loads, 1);
	assert_int_equal(constant_loads, 0);
	assert_true(symbols_constant(s, "LOADED", &v));
	assert_int_equal(v, -3);
	assert_false(symbols_constant(s, "UNKNOWN", &v));
	assert_int_equal(constant_loads, 1);
	symbols_free(s);
}

static void doubtful_constants_have_no_value(void **state)
{
	struct symbols *s = symbols_new(NULL, NULL);
	int64_t v;

	assert_false(symbols_constant(s, "A", &v));
	symbols_add_constant(s, "A", 1);
	symbols_add_constant(s, "A", 1);
	symbols_add_constant(s, "B", 1);
	symbols_add_constant(s, "B", 2);
	assert_true(symbols_constant(s, "A", &v));
	assert_int_equal(v, 1);
	assert_false(symbols_constant(s, "B", &v));
	for (int i = 0; i < 10000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "N%d", i);
		symbols_add_constant(s, name, i);
	}
	assert_true(symbols_constant(s, "N9999", &v));
	assert_int_equal(v, 9999);
	symbols_free(s);
}

/* An int, an enum with one name, a 64-bit enum with one name. */
struct made_btf {
	struct btf_header h;
	struct btf_type number;
	uint32_t number_tail;
	struct btf_type e;
	struct btf_enum name;
	struct btf_type e64;
	struct btf_enum64 name64;
	char strings[16];
};

static struct made_btf make_btf(uint32_t base)
{
	struct made_btf b = {
		.h = { .magic = BTF_MAGIC, .version = 1, .hdr_len = sizeof(b.h) },
		.number = { .info = BTF_KIND_INT << 24, .size = 4 },
		.e = { .info = 1u << 31 | BTF_KIND_ENUM << 24 | 1, .size = 4 },
		.name = { .name_off = base + 1, .val = -7 },
		.e64 = { .info = BTF_KIND_ENUM64 << 24 | 1, .size = 8 },
		.name64 = { .name_off = base + 5, .val_lo32 = 2, .val_hi32 = 1 },
		.strings = "\0ONE\0SIXTYFOUR",
	};

	b.h.type_len = offsetof(struct made_btf, strings) - sizeof(b.h);
	b.h.str_off = b.h.type_len;
	b.h.str_len = sizeof(b.strings);
	return b;
}

static void btf_gives_constants(void **state)
{
	struct made_btf b = make_btf(0), module = make_btf(sizeof(b.strings));
	struct symbols *s = symbols_new(NULL, NULL);
	int64_t v;

	memcpy(module.strings + 1, "MOD", 3);
	assert_int_equal(symbols_add_btf(s, &b, sizeof(b)), 0);
	assert_true(symbols_constant(s, "ONE", &v));
	assert_int_equal(v, -7);
	assert_true(symbols_constant(s, "SIXTYFOUR", &v));
	assert_true(v == 0x100000002);
	/* a module's strings follow the kernel's */
	assert_int_equal(symbols_add_btf(s, &module, sizeof(module)), 0);
	assert_true(symbols_constant(s, "MOD", &v));
	symbols_free(s);
}

static void damaged_btf_does_no_harm(void **state)
{
	struct made_btf good = make_btf(0);

	for (size_t i = 0; i < sizeof(good) * 8; i++) {
		struct symbols *s = symbols_new(NULL, NULL);
		uint8_t *copy = malloc(sizeof(good));
		size_t size = i % 3 ? sizeof(good) : i / 8;

		memcpy(copy, &good, sizeof(good));
		copy[i / 8] ^= (uint8_t)(1u << i % 8);
		copy = realloc(copy, size ? size : 1);
		symbols_add_btf(s, copy, size);
		symbols_free(s);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_have_names),
		cmocka_unit_test(formats_lose_their_escapes),
		cmocka_unit_test(tables_load_once_and_late),
		cmocka_unit_test(doubtful_constants_have_no_value),
		cmocka_unit_test(btf_gives_constants),
		cmocka_unit_test(damaged_btf_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
