/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text: written with its room. */
typedef int text_placeholder;
