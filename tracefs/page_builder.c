/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page_builder: written with its room. */
typedef int page_builder_placeholder;
