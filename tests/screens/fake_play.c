/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake_play: see the header.
 */
#include "tests/screens/fake_play.h"

#include "backends/deck.h"

struct fake_play fake_play;

void __real_deck_play_status(struct deck *d, struct deck_play *ret);
void __wrap_deck_play_status(struct deck *d, struct deck_play *ret);
void __real_deck_load(struct deck *d, bool on);
void __wrap_deck_load(struct deck *d, bool on);

void __wrap_deck_play_status(struct deck *d, struct deck_play *ret)
{
	__real_deck_play_status(d, ret);
	if (!fake_play.on)
		return;
	ret->recording = true;
	ret->loading = fake_play.loading;
	ret->loaded = fake_play.percent;
	ret->total = 100;
}

void __wrap_deck_load(struct deck *d, bool on)
{
	if (fake_play.on)
		fake_play.loading = on;
	else
		__real_deck_load(d, on);
}
