/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store_fill: written with its room. */
typedef int store_fill_placeholder;
