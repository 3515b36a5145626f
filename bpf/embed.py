#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""embed.py OUTPUT NAME.bpf.o...: writes the objects as the table of bpf/programs.h.

Run by the build.
"""
import os
import sys


def rows(data):
    """The bytes as lines of a C initialiser."""
    for at in range(0, len(data), 16):
        yield "\t" + ", ".join(str(byte) for byte in data[at : at + 16]) + ","


def main():
    output, files = sys.argv[1], sys.argv[2:]
    out = ['#include "bpf/programs.h"', ""]
    table = []
    for number, path in enumerate(files):
        with open(path, "rb") as f:
            data = f.read()
        name = os.path.basename(path)
        name = name[: name.index(".bpf.o")]
        out.append(f"static const unsigned char object{number}[] __attribute__((aligned(8))) = {{")
        out.extend(rows(data))
        out.append("};")
        table.append(f'\t{{ "{name}", object{number}, {len(data)} }},')
    out += ["", "const struct bpf_object_file bpf_programs[] = {", *table, "\t{ 0, 0, 0 },", "};"]
    with open(output, "w", encoding="ascii") as f:
        f.write("\n".join(out) + "\n")


main()
