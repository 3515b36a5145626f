# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the names of the system calls, sorted, as C: names_syscalls.py OUT COMPILER...

No file of a kernel says which number a call has; the headers of the machine that builds do. The
preprocessor tells the names, the compiler of the written file the numbers. Where there is no second
ABI for 32 bits its table is empty.
"""
import re
import subprocess
import sys

out, compiler = sys.argv[1], sys.argv[2:]


def names(header):
    """The names a header defines, or nothing where there is no such header."""
    run = subprocess.run(compiler + ['-E', '-dM', '-x', 'c', '-'],
                         input=f'#include <{header}>\n', capture_output=True, text=True)
    if run.returncode:
        return []
    found = re.findall(r'^#define __NR_([a-z][a-z0-9_]*) ', run.stdout, re.M)
    return sorted(set(found) - {'syscalls'})


def numbers(header):
    """Names and numbers, as the preprocessor has them."""
    all_names = names(header)
    text = f'#include <{header}>\n' + ''.join(f'@{n} __NR_{n}\n' for n in all_names)
    run = subprocess.run(compiler + ['-E', '-P', '-x', 'c', '-'], input=text,
                         capture_output=True, text=True, check=True)
    return re.findall(r'^@\s*(\w+) (.+)$', run.stdout, re.M)


def table(name, header):
    """One table in C. A name may itself be a macro: so it comes from the list."""
    rows = ''.join(f'\t{{ "{n}", {v.strip()} }},\n'
                   for n, (_, v) in zip(names(header), numbers(header), strict=True))
    return f'const struct name_number {name}[] = {{\n{rows}\t{{ 0 }},\n}};\n'


with open(out, 'w') as f:
    f.write('/* Written by core/names_syscalls.py. */\n#include "core/names.h"\n\n')
    f.write(table('names_syscalls', 'asm/unistd.h') + '\n')
    f.write(table('names_syscalls_32', 'asm/unistd_32.h'))
