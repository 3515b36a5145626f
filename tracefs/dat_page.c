/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dat_page: written with its room. */
typedef int dat_page_placeholder;
