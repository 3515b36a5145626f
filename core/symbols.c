/* SPDX-License-Identifier: GPL-2.0-or-later */
/* symbols: written with its room. */
typedef int symbols_placeholder;
