/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page: written with its room. */
typedef int page_placeholder;
