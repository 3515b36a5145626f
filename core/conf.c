/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf: written with its room. */
typedef int conf_placeholder;
