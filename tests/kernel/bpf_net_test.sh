#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the programs of TCP promise, end to end: connections that a process makes are rows of
# `tapdeck stream`, each once, and as many as the kernel's own event of the same time says.
# Writes TAP. Needs root, tracefs and BPF.
#
# Usage: bpf_net_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: bpf_net_test.sh TAPDECK}
slow=${TEST_SLOW:-1} # how many times slower than a machine of its own this one is

[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -d /sys/kernel/tracing/events/sock/inet_sock_set_state ] ||
	skip_all "no event sock:inet_sock_set_state at /sys/kernel/tracing"
[ -e /sys/kernel/btf/vmlinux ] || skip_all "this kernel says no types (BTF)"
! "$deck" stream -e bpf:tcplife -t 0.1 2>&1 | grep -q 'without BPF' || skip_all "built without BPF"
tmp=$(mktemp -d) || skip_all "no temporary directory"
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
export XDG_CONFIG_HOME=$tmp/config
[ ! -e /sys/class/net/lo ] || ip link set lo up 2>/dev/null

# Makes pairs of connections, IPv4 and IPv6; says its pid, and for each the listener's port, the
# client's, and the bytes that went there and back. Before, one without end until the file `go` is
# there; then one refused, to the port 1.
cat >actor.py <<'EOF'
import os, socket, sys, time

def one(family, address, there, back):
    listener = socket.socket(family)
    listener.bind((address, 0))
    listener.listen()
    client = socket.create_connection(listener.getsockname()[:2])
    server, _ = listener.accept()
    ports = listener.getsockname()[1], client.getsockname()[1]
    client.sendall(b"x" * there)
    server.recv(there, socket.MSG_WAITALL)
    server.sendall(b"y" * back)
    client.recv(back, socket.MSG_WAITALL)
    client.close()
    assert server.recv(1) == b""
    server.close()
    listener.close()
    return ports

six = socket.has_ipv6 and os.path.exists("/proc/net/if_inet6")
while not os.path.exists("go"):
    one(socket.AF_INET, "127.0.0.1", 1, 1)
    time.sleep(0.05)
if os.fork():
    sys.exit(os.wait()[1])
with open("said", "w") as said:
    print(os.getpid(), file=said)
    for i in range(int(sys.argv[1])):
        family, address = (socket.AF_INET6, "::1") if six and i % 2 else (socket.AF_INET, "127.0.0.1")
        print(address, *one(family, address, 100 + i, 1000 + i), 100 + i, 1000 + i, file=said)
time.sleep(0.1)
s = socket.socket()
s.connect_ex(("127.0.0.1", 1))
EOF

# stage CONNECTIONS STREAM-OPTION...: streams what they give into out.
stage() {
	local count=$1 actor stream i
	shift
	rm -f go said out
	python3 actor.py "$count" &
	actor=$!
	"$deck" stream --json -t $((20 * slow)) "$@" >out 2>err &
	stream=$!
	for event in "${wait_for[@]}"; do
		for ((i = 0; i < 100 * slow; i++)); do
			grep -qs "\"event\":\"$event\"" out && break
			sleep 0.05
		done
	done
	touch go
	wait "$actor" || echo "the actor ended with $?"
	for ((i = 0; i < 40 * slow; i++)); do
		grep -qs '"event":"tcpconnect".*"dport":1,' out && break
		sleep 0.05
	done
	kill -INT "$stream"
	wait "$stream" || echo "the stream ended with $?"
	grep -q 'none lost' err || cat err
}

rows_as_the_kernel_says() {
	wait_for=(tcpconnect tcpaccept tcplife inet_sock_set_state)
	stage 40 -e bpf:tcpconnect -e bpf:tcpaccept -e bpf:tcplife -e sock:inet_sock_set_state
	python3 - <<'EOF'
import json, sys
said = open("said").read().split("\n")
pid = int(said[0])
rows = [json.loads(line) for line in open("out")]
last = 0.0
for r in rows:
    if float(r["ts"]) < last:
        sys.exit(f"went back: {r}")
    last = float(r["ts"])

def of(event, **want):
    return [r for r in rows if r["event"] == event
            and all(r["fields"].get(k) == v for k, v in want.items())]

def only(event, **want):
    got = of(event, **want)
    if len(got) != 1:
        sys.exit(f"{event} {want}: {len(got)} rows, not 1")
    if event != "inet_sock_set_state" and (got[0]["pid"] != pid or got[0]["fields"]["pid"] != pid):
        sys.exit(f"{event} {want}: of {got[0]['pid']}, not {pid}")
    return got[0]["fields"]

n = 0
for line in said[1:]:
    if not line:
        continue
    address, port, client, there, back = line.split()
    port, client, n = int(port), int(client), n + 1
    up = only("tcpconnect", sport=client, dport=port)
    if (up["saddr"], up["daddr"], up["result"]) != (address, address, 0):
        sys.exit(f"not {address}, 0: {up}")
    only("tcpaccept", sport=port, dport=client)
    a = only("tcplife", sport=client, dport=port)
    b = only("tcplife", sport=port, dport=client)
    for life, sent, received in ((a, there, back), (b, back, there)):
        if (life["sent"], life["received"], life["saddr"]) != (sent, received, address):
            sys.exit(f"not {sent} and {received} bytes: {life}")
    # What the kernel says of the same: 2 is SYN_SENT, 1 ESTABLISHED, 7 CLOSE
    only("inet_sock_set_state", sport=client, dport=port, oldstate=2, newstate=1)
    for s, d in ((client, port), (port, client)):
        only("inet_sock_set_state", sport=s, dport=d, newstate=7)
if n != 40:
    sys.exit(f"{n} connections, not 40")
EOF
}

# A filter reads IPv4 addresses where IPv6 stands as well, and in the kernel: rejected rows are
# fewer than there were.
networks() {
	wait_for=(tcpconnect)
	stage 10 -e bpf:tcpconnect -f "daddr == 127.0.0.0/8 and dport != 2"
	python3 - <<'EOF'
import json, sys
rows = [json.loads(line)["fields"] for line in open("out")]
for line in open("said"):
    words = line.split()
    if len(words) < 5:
        continue
    n = sum(r["sport"] == int(words[2]) and r["dport"] == int(words[1]) for r in rows)
    if n != (words[0] == "127.0.0.1"):
        sys.exit(f"{n} rows of {line}")
EOF
}

said_as_written() {
	wait_for=(none)
	"$deck" stream -e bpf:tcpconnect -t $((20 * slow)) >out 2>err &
	stream=$!
	for ((i = 0; i < 100 * slow; i++)); do
		(: </dev/tcp/127.0.0.1/1) 2>/dev/null
		(: </dev/tcp/::1/1) 2>/dev/null
		grep -q '127.0.0.1:1 ' out && break
		sleep 0.05
	done
	kill -INT "$stream"
	wait "$stream"
	grep -q 'tcpconnect: 127\.0\.0\.1:[0-9]* > 127\.0\.0\.1:1 result=-' out ||
		echo "no IPv4: $(head -n 1 out)"
	[ ! -e /proc/net/if_inet6 ] || grep -q '\[::1\]:[0-9]* > \[::1\]:1 ' out ||
		echo "no IPv6: $(head -n 2 out)"
}

nothing_stays() {
	local i
	for ((i = 0; i < 40 * slow; i++)); do
		pgrep -f "$deck.*--bpf-loader" >/dev/null || return 0
		sleep 0.05
	done
	echo "a loader is still there"
}

check "connections are rows, as many as the kernel says" rows_as_the_kernel_says
check "a filter finds IPv4 networks" networks
check "addresses and ports are written as people do" said_as_written
check "no loader stays" nothing_stays
tap_end
