/* SPDX-License-Identifier: GPL-2.0-or-later */
/* identity: written with its room. */
typedef int identity_placeholder;
