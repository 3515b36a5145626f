/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text_expr: written with its room. */
typedef int text_expr_placeholder;
