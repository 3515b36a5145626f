/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake_play: a recording that is loaded just so far, whatever the deck says: a bar that fills in a
 * tenth of a second cannot be looked at. Linked with --wrap for deck_play_status and deck_load.
 */
#ifndef SCREENS_FAKE_PLAY_H
#define SCREENS_FAKE_PLAY_H

#include <stdbool.h>

struct fake_play {
	bool on, loading;
	unsigned percent;
};

extern struct fake_play fake_play;

#endif
