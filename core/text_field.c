/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text_field: written with its room. */
typedef int text_field_placeholder;
