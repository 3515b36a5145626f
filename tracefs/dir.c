/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dir: written with its room. */
typedef int dir_placeholder;
