# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the names of values that system calls take, as C: syscall_values.py OUT COMPILER...

No print format has them; the headers of the machine that builds do. The preprocessor tells which
macros a header has, the compiler what they are: each becomes a line of the assembly that is made and
never assembled. Which header and which names belong together is all that stands here.
"""
import re
import subprocess
import sys

out, compiler = sys.argv[1], sys.argv[2:] + ['-D_GNU_SOURCE', '-x', 'c', '-']

# table: headers, names, names that are none of them, macro or number of the bits that hold one value
# of several (the others are flags; 0: all are; -1: there are no flags)
TABLES = {
    'open': ('asm/fcntl.h', 'O_', 'O_ACCMODE|O_NDELAY', 'O_ACCMODE'),
    'prot': ('linux/mman.h', 'PROT_', '', 0),
    'map': ('linux/mman.h', 'MAP_', 'MAP_TYPE|MAP_FILE|MAP_HUGE_.*', 'MAP_TYPE'),
    'mremap': ('linux/mman.h', 'MREMAP_', '', 0),
    'msync': ('linux/mman.h', 'MS_', '', 0),
    'madvise': ('linux/mman.h', 'MADV_', '', -1),
    'memfd': ('linux/memfd.h', 'MFD_', 'MFD_HUGE_.*', 0),
    'fadvise': ('linux/fadvise.h', 'POSIX_FADV_', '', -1),
    'clone': ('linux/sched.h', 'CLONE_', 'CLONE_ARGS_.*|CLONE_NEWTIME|CLONE_CLEAR_SIGHAND|CLONE_INTO_CGROUP',
              'CSIGNAL'),
    'namespace': ('linux/sched.h', 'CLONE_(NEW.*|FILES|FS|SYSVSEM|VM|SIGHAND|THREAD)', '', 0),
    'family': ('sys/socket.h', 'AF_', 'AF_MAX|AF_FILE|AF_LOCAL|AF_ROUTE', -1),
    'socket': ('sys/socket.h', 'SOCK_', '', 15),
    'message': ('sys/socket.h', 'MSG_', 'MSG_TRYHARD', 0),
    'shutdown': ('sys/socket.h', 'SHUT_', '', -1),
    'level': ('sys/socket.h', 'SOL_', '', -1),
    'whence': ('linux/fs.h', 'SEEK_', 'SEEK_MAX', -1),
    'rename': ('linux/fs.h', 'RENAME_', '', 0),
    'fcntl': ('linux/fcntl.h', 'F_(DUPFD|GET|SET|NOTIFY|CANCELLK|ADD_SEALS|OFD_).*',
              'F_[GS]ETLKW?64', -1),
    'flock': ('fcntl.h sys/file.h', 'LOCK_(SH|EX|NB|UN)', '', 0),
    'at': ('linux/fcntl.h', 'AT_(SYMLINK|NO_AUTO|EMPTY|STATX|RECURSIVE).*', 'AT_STATX_SYNC_.*', 0),
    'unlink': ('linux/fcntl.h', 'AT_REMOVEDIR', '', 0),
    'access': ('unistd.h', '[RWXF]_OK', '', 0),
    'statx': ('linux/stat.h', 'STATX_', 'STATX_ATTR_.*|STATX__RESERVED', 0),
    'futex': ('linux/futex.h', 'FUTEX_',
              'FUTEX_(.*_PRIVATE|WAITERS|OWNER_DIED|TID_MASK|BITSET_MATCH_ANY|OP_.*|CMD_MASK|32|WAITV_MAX|'
              'NO_NODE|NUMA.*|MPOL|NOWAIT|SIZE_.*|ROBUST_.*|UNLOCK_.*)', 127),
    'epoll_ctl': ('linux/eventpoll.h', 'EPOLL_CTL_', '', -1),
    'epoll_create': ('linux/eventpoll.h asm/fcntl.h', 'EPOLL_CLOEXEC', '', 0),
    'eventfd': ('sys/eventfd.h', 'EFD_', '', 0),
    'timerfd': ('sys/timerfd.h', 'TFD_', 'TFD_TIMER_.*', 0),
    'timerfd_set': ('sys/timerfd.h', 'TFD_TIMER_', '', 0),
    'signalfd': ('sys/signalfd.h', 'SFD_', '', 0),
    'inotify': ('sys/inotify.h', 'IN_(CLOEXEC|NONBLOCK)', '', 0),
    'inotify_add': ('sys/inotify.h', 'IN_', 'IN_(CLOEXEC|NONBLOCK|MOVE|CLOSE)', 0),
    'wait': ('linux/wait.h', 'W(NOHANG|UNTRACED|STOPPED|EXITED|CONTINUED|NOWAIT)|__W(NOTHREAD|ALL|CLONE)',
             'WSTOPPED', 0),
    'which_id': ('linux/wait.h', 'P_', '', -1),
    'resource': ('asm/resource.h', 'RLIMIT_', '', -1),
    'rusage': ('linux/resource.h', 'RUSAGE_', '', -1),
    'priority': ('linux/resource.h', 'PRIO_(PROCESS|PGRP|USER)', '', -1),
    'policy': ('linux/sched.h', 'SCHED_(NORMAL|FIFO|RR|BATCH|IDLE|DEADLINE|EXT)', '', -1),
    'sigmask': ('asm/signal.h', 'SIG_(BLOCK|UNBLOCK|SETMASK)', '', -1),
    'clock': ('linux/time.h', 'CLOCK_', '', -1),
    'timer': ('linux/time.h', 'TIMER_ABSTIME', '', 0),
    'itimer': ('linux/time.h', 'ITIMER_', '', -1),
    'random': ('linux/random.h', 'GRND_', '', 0),
    'prctl': ('linux/prctl.h', 'PR_((GET|SET|CAPBSET|MCE|TASK_PERF|MPX)_.*|CAP_AMBIENT|SCHED_CORE)',
              'PR_(SET_MM_.*|SET_PTRACER_ANY|SET_VMA_ANON_NAME|MCE_KILL_.+|.*_(OFF|ON|MASK|SHIFT|'
              'UNALIGNED|ENABLE|DISABLE))', -1),
    'arch_prctl': ('asm/prctl.h', 'ARCH_', '', -1),
    'ptrace': ('linux/ptrace.h asm/ptrace.h', 'PTRACE_',
               'PTRACE_(O_.*|EVENT_.*|EVENTMSG_.*|PEEKSIGINFO_.*|SYSCALL_INFO_.*|OLDSETOPTIONS|.*_OFFSET)',
               -1),
    'splice': ('fcntl.h', 'SPLICE_F_', '', 0),
    'fallocate': ('linux/falloc.h', 'FALLOC_FL_', '', 0),
    'mount': ('linux/mount.h', 'MS_', 'MS_(RMT_MASK|MGC_VAL|MGC_MSK|VERBOSE)', 0),
    'umount': ('sys/mount.h', 'MNT_|UMOUNT_', '', 0),
    'xattr': ('linux/xattr.h', 'XATTR_(CREATE|REPLACE)', '', 0),
    'ioctl': ('asm/ioctls.h', 'TC[GSFX].*|TIO[A-Z]*|FIO[A-Z]*', 'TIOCM_.*|TIOCPKT_.*|TIOCSER_.*', -1),
    'seccomp': ('linux/seccomp.h', 'SECCOMP_(SET|GET)_.*', '', -1),
    'seccomp_flag': ('linux/seccomp.h', 'SECCOMP_FILTER_FLAG_', '', 0),
    'close_range': ('linux/close_range.h', 'CLOSE_RANGE_', '', 0),
}


def run(args, text):
    """What the compiler says, or None where it refuses."""
    done = subprocess.run(compiler[:-3] + args + compiler[-3:], input=text, capture_output=True, text=True)
    return None if done.returncode else done.stdout


def include(headers):
    return ''.join(f'#include <{h}>\n' for h in headers.split())


def names(headers, pattern, not_these):
    """The macros of a table."""
    macros = run(['-E', '-dM'], include(headers)) or ''
    found = set(re.findall(r'^#define (\w+) .', macros, re.M))
    wanted = re.compile(f'(?:{pattern})' + ('' if pattern[-1] not in '_' else r'[A-Z0-9_]+'))
    return sorted(n for n in found if wanted.fullmatch(n) and
                  not (not_these and re.fullmatch(not_these, n)))


def values(headers, wanted):
    """Names with their numbers; a macro that is no constant is left out."""
    lines = ''.join(f'\t__asm__ volatile (".ascii \\"->{n} %c0\\"" :: "i" ((unsigned)({n})));\n'
                    for n in wanted)
    text = run(['-S', '-O1', '-w', '-o', '-'], f'{include(headers)}void f(void);\nvoid f(void)\n{{\n{lines}}}\n')
    if text is None:
        return [v for n in wanted for v in values(headers, [n])] if len(wanted) > 1 else []
    return [(n, int(v) & 0xffffffff) for n, v in re.findall(r'->(\S+) \$?(-?\d+)', text)]


def bits(v):
    return bin(v).count('1')


def table(name, headers, pattern, not_these, mask):
    """Values of the mask first; flags of several bits before those they are made of."""
    found = dict(values(headers, names(headers, pattern, not_these)))
    if isinstance(mask, str):
        mask = dict(values(headers, [mask])).get(mask, 0)
    mask &= 0xffffffff
    some = sorted((v, n) for n, v in found.items() if not v & ~mask)
    flags = sorted(((-bits(v), v, n) for n, v in found.items() if v & ~mask))
    rows = ''.join(f'\t{{ "{n}", {v:#x}u }},\n' for v, n in some)
    rows += ''.join(f'\t{{ "{n}", {v:#x}u }},\n' for _, v, n in flags)
    return mask, f'static const struct value_name {name}_names[] = {{\n{rows}\t{{ 0 }},\n}};\n'


made = {n: table(n, *t) for n, t in TABLES.items()}
with open(out, 'w') as f:
    f.write('/* Written by core/syscall_values.py. */\n#include "core/syscall_values.h"\n\n')
    f.write('\n'.join(text for _, text in made.values()))
    f.write('\nconst struct value_table value_tables[] = {\n')
    f.write(''.join(f'\t{{ "{n}", {mask:#x}u, {n}_names }},\n' for n, (mask, _) in made.items()))
    f.write('\t{ 0 },\n};\n')
