/* SPDX-License-Identifier: GPL-2.0-or-later */
/* replay: written with its room. */
typedef int replay_placeholder;
