/* SPDX-License-Identifier: GPL-2.0-or-later */
/* field: written with its room. */
typedef int field_placeholder;
