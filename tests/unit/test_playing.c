/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the status line says of a recording that is loaded or played.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/util.h"
#include "tui/play.h"

static const struct deck_play loaded = {
	.recording = true,
	.first = 100 * NSEC_PER_SEC,
	.last = 160100 * NSEC_PER_MSEC,
	.loaded = 1000,
	.total = 1000,
	.speed = 1,
};

static void says(const struct deck_play *p, bool ascii, int width, const char *want)
{
	struct strbuf b = { 0 };

	play_line(&b, p, ascii, width);
	assert_string_equal(strbuf_cstr(&b), want);
	strbuf_done(&b);
}

static void test_loading(void **state)
{
	struct deck_play p = loaded;

	says(&p, false, 80, "");
	p.loading = true;
	p.loaded = 425;
	says(&p, false, 80, "loading 42% [######          ] Esc stops");
	says(&p, false, 20, "loading 42%");
	p.loaded = 0;
	says(&p, false, 80, "loading 0% [                ] Esc stops");
	p.loaded = 2000; /* the file grew */
	says(&p, false, 80, "loading 100% [################] Esc stops");
	p.loading = false;
	says(&p, false, 80, "");
	p.loaded = 425;
	says(&p, false, 80, "42% loaded, the rest is not: L goes on");
	says(&p, false, 20, "42% loaded");
	p.recording = false;
	says(&p, false, 80, "");
	p = (struct deck_play) { .recording = true, .loading = true };
	says(&p, false, 80, "loading 100% [################] Esc stops");
}

static void test_playing(void **state)
{
	struct deck_play p = loaded;

	p.playing = true;
	p.at = 112340 * NSEC_PER_MSEC;
	p.speed = 4;
	says(&p, false, 80, "▶ playing 4x  12.34 s of 60.10 s");
	says(&p, true, 80, "> playing 4x  12.34 s of 60.10 s");
	says(&p, true, 20, "> playing 4x");
	p.still = true;
	p.speed = 0.125;
	says(&p, false, 80, "‖ held 0.125x  12.34 s of 60.10 s");
	says(&p, true, 80, "|| held 0.125x  12.34 s of 60.10 s");
	p.speed = 0.001;
	says(&p, true, 12, "|| held 0.001x");
	p.speed = 1000;
	p.at = p.last + 1;
	says(&p, true, 80, "|| at the end 1000x  60.10 s of 60.10 s");
	p.at = 0;
	p.last = 5000 * NSEC_PER_SEC;
	says(&p, true, 80, "|| held 1000x  0.00 s of 4900 s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loading),
		cmocka_unit_test(test_playing),
	};

	return cmocka_run_group_tests_name("playing", tests, NULL, NULL);
}
