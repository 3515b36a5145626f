/* SPDX-License-Identifier: GPL-2.0-or-later */
/* poller: written with its room. */
typedef int poller_placeholder;
