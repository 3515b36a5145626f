/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store: written with its room. */
typedef int store_placeholder;
