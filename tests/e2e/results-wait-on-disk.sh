#!/bin/sh
# An early result waits in an unlinked file in TMPDIR, not in growing memory;
# and comes whole where there is no room for that file.
. "$(dirname "$0")/lib.sh"

head -c 2000000 /dev/urandom | od -An -v -tx1 | tr -d ' ' >bulk
mkfifo gate

# processes of the run: the master and its slaves
processes()
{
	echo "$1"
	cat "/proc/$1/task/$1/children" 2>/dev/null
}

# their memory in KiB
memory()
{
	for pid in $(processes "$1"); do
		cat "/proc/$pid/smaps_rollup" 2>/dev/null
	done | awk '/^Pss:/ { kib += $2 } END { print kib + 0 }'
}

# Job 1 waits while one other slave runs all the rest: 64 MiB of early results.
seq 18 >jobs
"$SHMMAP" -k -j2 '
	case {} in
	1) read x <gate ;;
	18) touch late ;;
	*) cat bulk; echo {} done >&2 ;;
	esac
	echo {}' <jobs >got 2>got.err &
pid=$!
ok "early results do not hold up the jobs" wait_until 60 test -e late
kib=$(memory $pid)
if is_sanitized; then
	skip_one "memory of a sanitized build"
else
	isnt "memory can be measured" "$kib" 0
	le "64 MiB of early results take little memory (KiB)" "$kib" 24576
fi
is "what waits has no name" "$(ls -A "$TMPDIR")" ""
for p in $(processes $pid); do
	ls -l "/proc/$p/fd"
done >fds 2>/dev/null
ok "but lies in TMPDIR" grep -q -F "$TMPDIR/" fds
is "nothing is released yet" "$(wc -c <got)" 0
echo go >gate
ok "the run succeeds" wait $pid

{
	echo 1
	for n in $(seq 2 17); do
		cat bulk
		echo "$n"
	done
	echo 18
} >wanted
same "results are whole and in order" got wanted
is "errors are whole and in order" "$(cat got.err)" \
	"$(seq -f '%.0f done' 2 17)"
rm -f got wanted

# No room: a job may have to wait for its turn, so job 1 depends on no other's end.
seq 8 >jobs
{
	for n in $(seq 8); do
		cat bulk
		echo "$n"
	done
} >wanted
cat >big.sh <<'SH'
touch began."$1"
if [ "$1" = 1 ]; then
	until [ -e began.2 ] && [ -e began.3 ]; do
		sleep 0.02
	done
fi
cat bulk
echo "$1"
SH

try()
{
	rm -f began.*
	timeout 60 "$SHMMAP" "$@" sh big.sh <jobs >got
}

TMPDIR=$T/nowhere status_is "TMPDIR does not exist" 0 try -k -j3
same "results are whole without it" got wanted
mkdir readonly
chmod 555 readonly
TMPDIR=$T/readonly status_is "TMPDIR can not be written" 0 try -k -j3
same "results are whole all the same" got wanted
TMPDIR=$T/nowhere status_is "no TMPDIR, any order" 0 try -j3
grep -x '[1-8]' wanted >order.wanted
grep -x '[1-8]' got | sort >order
same "each result is there once" order order.wanted
is "and whole" "$(grep -v -x '[1-8]' got | cksum)" \
	"$(grep -v -x '[1-8]' wanted | cksum)"
for n in $(sed -n '/^[1-8]$/=' got); do
	echo $((n - $(wc -l <bulk)))
done >places
is "none in another" "$(tr '\n' ' ' <places)" \
	"$(for n in 0 1 2 3 4 5 6 7; do
		echo $((1 + n * (1 + $(wc -l <bulk))))
	done | tr '\n' ' ')"

# a file system with room for a part of it
mkdir small
try_small()
{
	unshare "$@" sh -c '
		mount -t tmpfs -o size=1m none "$T/small" || exit 99
		[ $# -eq 0 ] && exit
		rm -f began.*
		TMPDIR=$T/small exec timeout 60 "$SHMMAP" "$@" sh big.sh <jobs >got
		' sh $shmmap_options
}

shmmap_options=
if try_small -m 2>/dev/null; then
	how=-m
elif try_small -rm 2>/dev/null; then
	how=-rm
else
	skip "a small file system can not be mounted"
fi
shmmap_options="-k -j3"
status_is "TMPDIR is full" 0 try_small $how
same "results are whole when it is full" got wanted
done_testing
