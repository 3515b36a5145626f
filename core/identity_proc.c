/* SPDX-License-Identifier: GPL-2.0-or-later */
/* identity_proc: written with its room. */
typedef int identity_proc_placeholder;
