/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dat_write: written with its room. */
typedef int dat_write_placeholder;
