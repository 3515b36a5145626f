/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * term_input: the parser. Every rule takes bytes from the front of the buffer and says how many;
 * none looks at a clock or a descriptor.
 */
#include "tui/term_input.h"

#include <string.h>

#include "core/util.h"
#include "tui/glyph.h"

enum { ESC = 27, WAIT = 0 };

#define DOUBLE_CLICK (400 * NSEC_PER_MSEC)

static const char paste_end[] = "\033[201~";

/* Keys as terminfo calls them. */
static const struct {
	const char *capability;
	keycode key;
} described_keys[] = {
	{ "kcuu1", KC_UP },	{ "kcud1", KC_DOWN },	 { "kcub1", KC_LEFT },
	{ "kcuf1", KC_RIGHT },	{ "kpp", KC_PAGE_UP },	 { "knp", KC_PAGE_DOWN },
	{ "khome", KC_HOME },	{ "kend", KC_END },	 { "kich1", KC_INSERT },
	{ "kdch1", KC_DELETE }, { "kcbt", KC_BACK_TAB }, { "kent", KC_RETURN },
	{ "kf1", KC_FN + 1 },	{ "kf2", KC_FN + 2 },	 { "kf3", KC_FN + 3 },
	{ "kf4", KC_FN + 4 },	{ "kf5", KC_FN + 5 },	 { "kf6", KC_FN + 6 },
	{ "kf7", KC_FN + 7 },	{ "kf8", KC_FN + 8 },	 { "kf9", KC_FN + 9 },
	{ "kf10", KC_FN + 10 }, { "kf11", KC_FN + 11 },	 { "kf12", KC_FN + 12 },
};

/* CSI NUMBER ~ */
static const struct {
	uint8_t number;
	keycode key;
} tilde_keys[] = {
	{ 1, KC_HOME },	    { 2, KC_INSERT },	 { 3, KC_DELETE },   { 4, KC_END },
	{ 5, KC_PAGE_UP },  { 6, KC_PAGE_DOWN }, { 7, KC_HOME },     { 8, KC_END },
	{ 11, KC_FN + 1 },  { 12, KC_FN + 2 },	 { 13, KC_FN + 3 },  { 14, KC_FN + 4 },
	{ 15, KC_FN + 5 },  { 17, KC_FN + 6 },	 { 18, KC_FN + 7 },  { 19, KC_FN + 8 },
	{ 20, KC_FN + 9 },  { 21, KC_FN + 10 },	 { 23, KC_FN + 11 }, { 24, KC_FN + 12 },
	{ 25, KC_FN + 13 }, { 26, KC_FN + 14 },	 { 28, KC_FN + 15 }, { 29, KC_FN + 16 },
	{ 31, KC_FN + 17 }, { 32, KC_FN + 18 },	 { 33, KC_FN + 19 }, { 34, KC_FN + 20 },
};

/* CSI ... LETTER and SS3 LETTER. */
static const struct {
	char letter;
	keycode key;
} letter_keys[] = {
	{ 'A', KC_UP },	    { 'B', KC_DOWN },	{ 'C', KC_RIGHT },  { 'D', KC_LEFT },
	{ 'H', KC_HOME },   { 'F', KC_END },	{ 'P', KC_FN + 1 }, { 'Q', KC_FN + 2 },
	{ 'R', KC_FN + 3 }, { 'S', KC_FN + 4 }, { 'M', KC_RETURN }, { 'Z', KC_BACK_TAB },
	{ 'X', '=' },	    { 'j', '*' },	{ 'k', '+' },	    { 'l', ',' },
	{ 'm', '-' },	    { 'n', '.' },	{ 'o', '/' },	    { 'p', '0' },
	{ 'q', '1' },	    { 'r', '2' },	{ 's', '3' },	    { 't', '4' },
	{ 'u', '5' },	    { 'v', '6' },	{ 'w', '7' },	    { 'x', '8' },
	{ 'y', '9' },
};

void term_input_own(struct term_input *in, const char *seq, keycode key)
{
	struct own_key *k = &in->own[in->own_count];
	size_t n = strlen(seq);

	if (in->own_count == INPUT_OWN || n < 2 || n > INPUT_SEQ || seq[0] != ESC)
		return;
	memcpy(k->seq, seq, n);
	k->len = (uint8_t)n;
	k->key = key;
	in->own_count++;
}

void term_input_learn(struct term_input *in, const char *(*capability)(const char *name))
{
	const char *s = capability("kbs");

	if (s && s[0] == '\b' && !s[1])
		in->erase = '\b';
	for (size_t i = 0; i < ARRAY_SIZE(described_keys); i++) {
		s = capability(described_keys[i].capability);
		if (s)
			term_input_own(in, s, described_keys[i].key);
	}
}

size_t term_input_add(struct term_input *in, const char *s, size_t n)
{
	n = MIN(n, sizeof(in->buf) - in->len);
	memcpy(in->buf + in->len, s, n);
	in->len += n;
	return n;
}

static void take(struct term_input *in, size_t n)
{
	in->len -= n;
	memmove(in->buf, in->buf + n, in->len);
}

static keycode letter_key(char c)
{
	for (size_t i = 0; i < ARRAY_SIZE(letter_keys); i++)
		if (letter_keys[i].letter == c)
			return letter_keys[i].key;
	return KC_NONE;
}

/* One of the terminal's own; *part when the buffer may be the beginning of one. */
static size_t parse_own(const struct term_input *in, bool *part, struct input *ret)
{
	const struct own_key *best = NULL;

	for (unsigned i = 0; i < in->own_count; i++) {
		const struct own_key *k = &in->own[i];

		if (memcmp(k->seq, in->buf, MIN(k->len, in->len)) != 0)
			continue;
		if (k->len > in->len)
			*part = true;
		else if (!best || k->len > best->len)
			best = k;
	}
	if (!best)
		return 0;
	ret->key = best->key;
	return best->len;
}

/* The parts of a control sequence: ESC [ PREFIX NUMBERS FINAL. */
struct csi {
	char prefix, final;
	unsigned number[4], count;
	size_t len;
};

/* Reads one; false when it has no end yet. */
static bool read_csi(const char *s, size_t n, struct csi *ret)
{
	struct csi c = { .count = 1 };
	size_t i = 2;

	if (i < n && s[i] >= '<' && s[i] <= '?')
		c.prefix = s[i++];
	for (; i < n; i++) {
		if (s[i] >= '0' && s[i] <= '9') {
			unsigned *v = &c.number[MIN(c.count, ARRAY_SIZE(c.number)) - 1];

			*v = MIN(*v * 10 + (unsigned)(s[i] - '0'), 9999999u);
		} else if (s[i] == ';') {
			c.count += c.count < ARRAY_SIZE(c.number);
		} else if (s[i] < ' ' || s[i] >= '@') {
			break; /* an end, or no sequence at all */
		}
	}
	if (i == n)
		return false;
	c.final = s[i];
	c.len = i + (s[i] >= '@'); /* a control character ends it and stays */
	*ret = c;
	return true;
}

/* The second number of a sequence says the modifiers. Only Alt is told apart. */
static keycode with_modifiers(keycode k, unsigned modifiers)
{
	bool alt = modifiers > 1 && modifiers <= 256 && (modifiers - 1) & 2;

	return k != KC_NONE && alt ? k | KC_ALT : k;
}

/* A key that the terminal spells out as its character and modifiers. */
static keycode spelt_key(unsigned c, unsigned modifiers)
{
	unsigned bits = modifiers ? modifiers - 1 : 0;
	keycode k = c;

	if (c == KC_TAB && bits & 1)
		k = KC_BACK_TAB;
	else if (bits & 4 && ((c >= 'a' && c <= 'z') || (c >= '@' && c <= '_')))
		k = c & 0x1f;
	else if (c >= KC_FIRST_NAMED || (char_width(c) <= 0 && c != KC_TAB && c != KC_RETURN &&
					 c != KC_ESC && c != KC_BACK))
		return KC_NONE;
	return with_modifiers(k, modifiers);
}

static keycode csi_key(struct term_input *in, const struct csi *c)
{
	if (c->prefix)
		return KC_NONE;
	if (c->final == 'u')
		return spelt_key(c->number[0], c->number[1]);
	if (c->final != '~')
		return c->final < 'a' ? with_modifiers(letter_key(c->final), c->number[1])
				      : KC_NONE;
	if (c->number[0] == 200) {
		in->pasting = true;
		in->paste_cr = false;
		return KC_NONE;
	}
	if (c->number[0] == 27 && c->count >= 3)
		return spelt_key(c->number[2], c->number[1]);
	for (size_t i = 0; i < ARRAY_SIZE(tilde_keys); i++)
		if (tilde_keys[i].number == c->number[0])
			return with_modifiers(tilde_keys[i].key, c->number[1]);
	return KC_NONE;
}

/* A press of the first button or a turn of the wheel; all else is no input. */
static bool mouse(struct term_input *in, unsigned button, int x, int y, uint64_t now,
		  struct input *ret)
{
	*ret = (struct input) { .type = INPUT_MOUSE, .y = MAX(y - 1, 0), .x = MAX(x - 1, 0) };
	button &= ~(4u | 8u | 16u); /* shift, meta, control */
	if (button == 64 || button == 65) {
		ret->mouse = button == 64 ? MOUSE_WHEEL_UP : MOUSE_WHEEL_DOWN;
		return true;
	}
	if (button != 0)
		return false;
	if (in->click_time && now - in->click_time <= DOUBLE_CLICK && in->click_y == ret->y &&
	    in->click_x == ret->x) {
		ret->mouse = MOUSE_DOUBLE;
		in->click_time = 0;
		return true;
	}
	ret->mouse = MOUSE_PRESS;
	in->click_y = ret->y;
	in->click_x = ret->x;
	in->click_time = now;
	return true;
}

/* ESC [ ...: a key, the mouse, the beginning of a paste, or nothing we know. */
static size_t parse_csi(struct term_input *in, uint64_t now, struct input *ret)
{
	const unsigned char *b = (const unsigned char *)in->buf;
	struct csi c;

	if (!read_csi(in->buf, in->len, &c))
		return WAIT;
	if (c.final == 'M' && c.len == 3) { /* the old form: three bytes follow */
		if (in->len < 6)
			return WAIT;
		if (!mouse(in, (unsigned)MAX(b[3] - 32, 0), b[4] - 32, b[5] - 32, now, ret))
			ret->type = INPUT_KEY;
		return 6;
	}
	if (c.prefix == '<' && (c.final == 'M' || c.final == 'm')) {
		if (c.final == 'm' ||
		    !mouse(in, c.number[0], (int)c.number[1], (int)c.number[2], now, ret))
			ret->type = INPUT_KEY;
		return c.len;
	}
	ret->key = csi_key(in, &c);
	return c.len;
}

/* One character; WAIT when more of its bytes may come. Of what is no key nothing comes out. */
static size_t parse_char(const struct term_input *in, const char *s, size_t n, bool last,
			 keycode *ret)
{
	unsigned char first = (unsigned char)s[0];
	size_t want = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
	uint32_t c = 0;
	size_t len = utf8_decode(s, n, &c);

	if (!len && n < want && !last)
		return WAIT;
	if (!len)
		return 1;
	if (c == KC_BACK || (in->erase && c == (unsigned char)in->erase))
		*ret = KC_BACK;
	else if (c < ' ' || char_width(c) >= 0)
		*ret = c;
	return len;
}

/* What begins with ESC. With last nothing more comes. */
static size_t parse_escape(struct term_input *in, bool last, uint64_t now, struct input *ret)
{
	bool part = false;
	size_t n = parse_own(in, &part, ret);

	if (n || (part && !last))
		return n;
	if (in->len == 1) {
		ret->key = KC_ESC;
		return last ? 1 : WAIT;
	}
	if (in->buf[1] == '[' && (in->len > 2 || !last)) {
		n = parse_csi(in, now, ret);
		return n || !last ? n : in->len;
	}
	if (in->buf[1] == 'O' && (in->len > 2 || !last)) {
		if (in->len == 2)
			return WAIT;
		ret->key = letter_key(in->buf[2]);
		return 3;
	}
	if (in->buf[1] == ESC) {
		ret->key = KC_ESC;
		return 1;
	}
	n = parse_char(in, in->buf + 1, in->len - 1, last, &ret->key);
	if (ret->key)
		ret->key |= KC_ALT;
	return n ? n + 1 : WAIT;
}

/* Pasted text up to its end mark: characters and ends of lines, no controls. */
static size_t parse_paste(struct term_input *in, bool last, struct input *ret)
{
	size_t end = sizeof(paste_end) - 1, n;
	bool after_cr = in->paste_cr;

	if (!memcmp(in->buf, paste_end, MIN(end, in->len))) {
		/* A lone Esc, and nothing behind it: somebody wants out of a paste without end. */
		if (in->len < end && !(last && in->len == 1))
			return WAIT;
		in->pasting = false;
		return MIN(end, in->len);
	}
	ret->type = INPUT_PASTE;
	n = parse_char(in, in->buf, in->len, last, &ret->key);
	in->paste_cr = ret->key == KC_RETURN;
	if (ret->key == '\n')
		ret->key = after_cr ? KC_NONE : KC_RETURN;
	if ((ret->key < ' ' && ret->key != KC_TAB && ret->key != KC_RETURN) || ret->key == KC_BACK)
		ret->key = KC_NONE;
	return n;
}

bool term_input_next(struct term_input *in, bool last, uint64_t now, struct input *ret)
{
	while (in->len) {
		struct input i = { .type = INPUT_KEY };
		size_t n;

		if (in->pasting)
			n = parse_paste(in, last, &i);
		else if (in->buf[0] == ESC)
			n = parse_escape(in, last, now, &i);
		else
			n = parse_char(in, in->buf, in->len, last, &i.key);
		if (n == WAIT) {
			if (in->len < sizeof(in->buf))
				return false;
			n = in->len; /* no sequence is as long as that */
			i = (struct input) { .type = INPUT_KEY };
		}
		take(in, MIN(n, in->len));
		if (i.type == INPUT_MOUSE || i.key != KC_NONE) {
			*ret = i;
			return true;
		}
	}
	return false;
}
