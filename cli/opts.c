/* SPDX-License-Identifier: GPL-2.0-or-later */
/* opts: written with its room. */
typedef int opts_placeholder;
