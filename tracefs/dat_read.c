/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dat_read: written with its room. */
typedef int dat_read_placeholder;
