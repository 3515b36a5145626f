/* SPDX-License-Identifier: GPL-2.0-or-later */
/* deck: written with its room. */
typedef int deck_placeholder;
