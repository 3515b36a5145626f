/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text_compile: written with its room. */
typedef int text_compile_placeholder;
