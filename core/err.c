/* SPDX-License-Identifier: GPL-2.0-or-later */
/* err: written with its room. */
typedef int err_placeholder;
