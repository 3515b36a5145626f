/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clock: written with its room. */
typedef int clock_placeholder;
