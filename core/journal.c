/* SPDX-License-Identifier: GPL-2.0-or-later */
/* journal: written with its room. */
typedef int journal_placeholder;
