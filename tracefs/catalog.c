/* SPDX-License-Identifier: GPL-2.0-or-later */
/* catalog: written with its room. */
typedef int catalog_placeholder;
