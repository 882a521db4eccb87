# lib.sh - the harness of the end-to-end tests: TAP from POSIX sh
#
# A test is a script beside this file, named by the promise it checks:
#
#	#!/bin/sh
#	. "$(dirname "$0")/lib.sh"
#
#	run sh -c 'seq 3 | "$SHMMAP" -k echo'
#	is "results come in order" "$out" "1${nl}2${nl}3"
#	status_is "a job's status is re-raised" 3 "$SHMMAP" -a one-line sh -c 'exit 3'
#	done_testing
#
# `make check` runs it; so does `sh tests/e2e/NAME.sh` in the build folder, or
# anywhere with SHMMAP=/path/to/shmmap.  One test more is one line more in
# Makefile.am (E2E_TESTS).
#
# The script finds itself with `set -u`, LC_ALL=C, SHELL=/bin/sh, umask 022, its
# standard input /dev/null, in an empty folder of its own, and without the
# variables that change what shmmap does (OMP_*, the batch systems', SHMMAP_*).
#
# Variables it may use
#	SHMMAP		absolute path of the program (exported)
#	SHM		absolute path of shm, beside it unless set (exported)
#	T		the private folder, also the current one; removed at the end
#	TMPDIR		another private folder, beside T (exported): what the program
#			leaves behind there is a finding
#	top_srcdir	absolute path of the source tree, which may be read-only
#	0		the script, as an absolute path
#	HELPERS		absolute path of the folder of the built helper programs
#	nl, tab		a newline, a tab
#	status, out, err   what the last `run` or `status_is` saw
#
# Checks; each is one numbered TAP line.  They also count inside a pipeline or
# a subshell.  A COMMAND may be a function.  What COMMAND prints is kept off
# the TAP stream and shown as comments when the check fails.
#	ok DESCRIPTION COMMAND [ARG]...
#			COMMAND exits with 0
#	not_ok DESCRIPTION COMMAND [ARG]...
#			COMMAND exits with 1...125: a signal or a command that is
#			not found is no pass
#	is DESCRIPTION GOT WANTED
#			two texts are the same
#	isnt DESCRIPTION GOT UNWANTED
#			they differ
#	like DESCRIPTION TEXT ERE
#			a line of TEXT matches the extended regular expression
#	unlike DESCRIPTION TEXT ERE
#			no line does
#	same DESCRIPTION FILE WANTED_FILE
#			two files hold the same bytes (both must be there)
#	status_is DESCRIPTION WANTED COMMAND [ARG]...
#			COMMAND exits with WANTED; sets status, out, err as run does
#	le DESCRIPTION NUMBER LIMIT
#			a whole number is at most LIMIT (times, sizes)
#	no_process_left TOKEN [DESCRIPTION]
#			no process holds TOKEN in its command line or environment,
#			at the latest 2 s from now; those that do are killed, so that
#			a failing test leaves none either.  For TOKEN take
#			"$(new_token)" and put it into the environment of the run:
#				token=$(new_token)
#				TOKEN=$token "$SHMMAP" ...
#				no_process_left "$token"
#	pass DESCRIPTION, fail DESCRIPTION [DIAGNOSTIC]
#			decided by the script
#
# Steps, which are not checks
#	run COMMAND [ARG]...
#			runs it; sets status, and out and err to what it printed,
#			without trailing newlines (whole, in files: $out_file and
#			$err_file, until the next run).  Always returns 0.
#	wait_until SECONDS COMMAND [ARG]...
#			polls until COMMAND exits with 0; returns 1 when SECONDS have
#			passed.  There is no other way to wait: no sleep in a test.
#	now_ms		prints a clock in milliseconds
#	new_token	prints a word that no other process holds
#	has COMMAND	whether there is such a command
#	is_sanitized	whether shmmap was built with sanitizers (its memory and
#			times then say nothing)
#	diag TEXT	prints TEXT as TAP comments
#
# The plan
#	plan_is N	optional, first: how many checks there will be
#	done_testing	last line of every script: prints the plan unless plan_is
#			did, exits with 1 when a check failed.  A script that ends
#			without it is an error.
#	skip REASON	skips all the rest, ends the script
#	skip_one REASON	one check that can not be made here
#
# A script that takes longer than E2E_LIMIT seconds (default 600) is ended: a
# hang is a failure, not a hung `make check`.

# timeout(1) makes a process group of its own, and so ends all of the script.
# Started again by its absolute path, the script can find what is beside it by
# $0 although it is in another folder by then.
if [ -z "${E2E_LIMITED-}" ]; then
	E2E_LIMITED=1
	export E2E_LIMITED
	set -- sh "$(cd "$(dirname "$0")" && pwd)/${0##*/}" "$@"
	! command -v timeout >/dev/null 2>&1 ||
		set -- timeout -k 5 "${E2E_LIMIT:-600}" "$@"
	exec "$@"
fi
unset E2E_LIMITED

set -u
umask 022
exec </dev/null

nl='
'
tab=$(printf '\t')

tap_bail()
{
	printf 'Bail out! %s\n' "$*"
	exit 1
}

top_srcdir=$(cd "$(dirname "$0")/../.." && pwd) || tap_bail "no source tree"

# The program: as told, else in the current folder (a build folder), the source
# tree, or the folder that ./bootstrap builds in.
if [ -z "${SHMMAP-}" ]; then
	for tap_dir in . "$top_srcdir" "$top_srcdir/build"; do
		[ -f "$tap_dir/shmmap" ] && [ -x "$tap_dir/shmmap" ] || continue
		SHMMAP=$tap_dir/shmmap
		break
	done
fi
[ -n "${SHMMAP-}" ] || tap_bail "no program: build it, or set SHMMAP"
[ -x "$SHMMAP" ] || tap_bail "$SHMMAP can not be run"
tap_dir=$(cd "$(dirname "$SHMMAP")" && pwd)
SHMMAP=$tap_dir/$(basename "$SHMMAP")
SHM=${SHM:-$tap_dir/shm}
HELPERS=${HELPERS:-$tap_dir/tests/helper}
case $HELPERS in
/*) ;;
*) HELPERS=$(pwd)/$HELPERS ;;
esac

for tap_name in $(env | sed -n 's/^\([A-Z_0-9]*\)=.*/\1/p'); do
	case $tap_name in
	SHMMAP) ;;
	SHMMAP_* | OMP_* | PBS_* | SLURM_* | LSB_* | NSLOTS | PARALLEL | \
		MAKEFLAGS | MFLAGS | MAKELEVEL)
		unset "$tap_name"
		;;
	esac
done
LC_ALL=C
SHELL=/bin/sh

# $tap_home/t is the script's; the harness keeps its own files beside it.
tap_home=$(mktemp -d "${TMPDIR:-/tmp}/shmmap-e2e.XXXXXX") ||
	tap_bail "no temporary folder"
T=$tap_home/t
TMPDIR=$tap_home/tmp
out_file=$tap_home/out
err_file=$tap_home/err
status=0
out=
err=
export SHMMAP SHM HELPERS LC_ALL SHELL T TMPDIR top_srcdir

# Reports of sanitizers go to files: a slave's must not vanish with its standard
# error, nor show up in what a test compares. done_testing looks.
if [ -n "${SANITIZERS-}" ]; then
	tap_options=log_path=$tap_home/sanitizer:exitcode=99
	ASAN_OPTIONS=$tap_options${ASAN_OPTIONS+:$ASAN_OPTIONS}
	UBSAN_OPTIONS=$tap_options:print_stacktrace=1
	TSAN_OPTIONS=$tap_options
	export ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS
fi
mkdir "$T" "$TMPDIR" || tap_bail "no temporary folder"
cd "$T" || tap_bail "no temporary folder"

# In files, because a check may run in a subshell.
echo 0 >"$tap_home/count"
echo 0 >"$tap_home/failed"
tap_plan=

tap_cleanup()
{
	cd /
	chmod -R u+rwx "$tap_home" 2>/dev/null
	rm -rf "$tap_home"
}

trap tap_cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM

# A description on one line; `#` would start a directive.
tap_line()
{
	read -r tap_n <"$tap_home/count"
	tap_n=$((tap_n + 1))
	echo "$tap_n" >"$tap_home/count"
	printf '%s %s - %s\n' "$1" "$tap_n" \
		"$(printf '%s' "$2" | tr '#\n' '  ')${3-}"
}

diag()
{
	printf '%s\n' "$*" | cut -c 1-500 | sed 's/^/# /'
}

# tap_show LABEL FILE: the beginning of a file as comments.
tap_show()
{
	[ -s "$2" ] || return 0
	printf '# %s:\n' "$1"
	head -c 8000 "$2" | tr '\0' '@' | head -n 40 | cut -c 1-500 |
		sed 's/^/#   /'
}

pass()
{
	tap_line "ok" "$1"
}

fail()
{
	read -r tap_n <"$tap_home/failed"
	echo $((tap_n + 1)) >"$tap_home/failed"
	tap_line "not ok" "$1"
	[ $# -lt 2 ] || diag "$2"
}

run()
{
	status=0
	"$@" >"$out_file" 2>"$err_file" || status=$?
	out=$(tr -d '\0' <"$out_file")
	err=$(tr -d '\0' <"$err_file")
}

tap_show_run()
{
	diag "command: $*"
	diag "status: $status"
	tap_show "standard output" "$out_file"
	tap_show "standard error" "$err_file"
}

# The two keep their output apart from run's, so that the script may go on to
# look at $out, $err and the files.
ok()
{
	tap_what=$1
	shift
	tap_status=0
	"$@" >"$tap_home/ok" 2>&1 || tap_status=$?
	if [ "$tap_status" -eq 0 ]; then
		pass "$tap_what"
		return
	fi
	fail "$tap_what" "command: $*${nl}status: $tap_status"
	tap_show "output" "$tap_home/ok"
}

not_ok()
{
	tap_what=$1
	shift
	tap_status=0
	"$@" >"$tap_home/ok" 2>&1 || tap_status=$?
	if [ "$tap_status" -gt 0 ] && [ "$tap_status" -lt 126 ]; then
		pass "$tap_what"
		return
	fi
	fail "$tap_what" "command: $*${nl}status: $tap_status"
	tap_show "output" "$tap_home/ok"
}

is()
{
	if [ "$2" = "$3" ]; then
		pass "$1"
		return
	fi
	fail "$1"
	printf '%s\n' "$2" >"$tap_home/got"
	printf '%s\n' "$3" >"$tap_home/wanted"
	tap_show "got" "$tap_home/got"
	tap_show "wanted" "$tap_home/wanted"
}

isnt()
{
	if [ "$2" != "$3" ]; then
		pass "$1"
	else
		fail "$1" "both are: $2"
	fi
}

like()
{
	if printf '%s\n' "$2" | grep -E -q -e "$3"; then
		pass "$1"
		return
	fi
	fail "$1" "no line matches: $3"
	printf '%s\n' "$2" >"$tap_home/got"
	tap_show "got" "$tap_home/got"
}

unlike()
{
	if printf '%s\n' "$2" | grep -E -e "$3" >"$tap_home/got"; then
		fail "$1" "some lines match: $3"
		tap_show "these" "$tap_home/got"
	else
		pass "$1"
	fi
}

same()
{
	if cmp "$2" "$3" >"$tap_home/cmp" 2>&1; then
		pass "$1"
		return
	fi
	fail "$1"
	tap_show "cmp" "$tap_home/cmp"
	tap_show "$2" "$2"
	tap_show "$3, as wanted" "$3"
}

status_is()
{
	tap_what=$1
	tap_wanted=$2
	shift 2
	run "$@"
	if [ "$status" -eq "$tap_wanted" ]; then
		pass "$tap_what"
		return
	fi
	fail "$tap_what" "wanted status: $tap_wanted"
	tap_show_run "$@"
}

le()
{
	if [ "$2" -le "$3" ]; then
		pass "$1"
	else
		fail "$1" "$2 is more than $3"
	fi
}

now_ms()
{
	echo $(($(date +%s%N) / 1000000))
}

wait_until()
{
	tap_end=$(($(now_ms) + $1 * 1000))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(now_ms)" -lt "$tap_end" ] || return 1
		sleep 0.02
	done
}

has()
{
	command -v "$1" >/dev/null 2>&1
}

is_sanitized()
{
	[ -n "${SANITIZERS-}" ]
}

new_token()
{
	printf 'tok%s%s\n' "$$" "$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')"
}

# Prints the pids that hold the token in file $1.  The pattern is in a file so
# that grep is not what it finds.  A zombie has neither command line nor
# environment and does not count: it runs no more.
tap_holders()
{
	grep -lsF -f "$1" /proc/[0-9]*/cmdline /proc/[0-9]*/environ |
		cut -d / -f 3 | sort -un | grep -vx "$$"
}

tap_no_holder()
{
	[ -z "$(tap_holders "$tap_home/token")" ]
}

no_process_left()
{
	if ! [ -r "/proc/$$/environ" ]; then
		skip_one "/proc is not mounted"
		return
	fi
	printf '%s\n' "$1" >"$tap_home/token"
	tap_what=${2:-no process of the run is left}
	if wait_until 2 tap_no_holder; then
		pass "$tap_what"
		return
	fi
	fail "$tap_what"
	for tap_pid in $(tap_holders "$tap_home/token"); do
		tr '\0\n' '  ' 2>/dev/null <"/proc/$tap_pid/cmdline" |
			sed "s/^/# still there: $tap_pid: /"
		echo
		kill -9 "$tap_pid" 2>/dev/null
	done
}

plan_is()
{
	tap_plan=$1
	printf '1..%s\n' "$1"
}

done_testing()
{
	for tap_file in "$tap_home"/sanitizer.*; do
		[ -e "$tap_file" ] || break
		fail "the sanitizers report nothing"
		tap_show "${tap_file##*/}" "$tap_file"
	done
	read -r tap_n <"$tap_home/count"
	[ -n "$tap_plan" ] || printf '1..%s\n' "$tap_n"
	[ "${tap_plan:-$tap_n}" -eq "$tap_n" ] || exit 1
	read -r tap_n <"$tap_home/failed"
	[ "$tap_n" -eq 0 ] || exit 1
	exit 0
}

skip_one()
{
	tap_line "ok" "not checked here" " # SKIP $1"
}

skip()
{
	read -r tap_n <"$tap_home/count"
	if [ -n "$tap_plan" ]; then
		while [ "$tap_n" -lt "$tap_plan" ]; do
			skip_one "$1"
			tap_n=$((tap_n + 1))
		done
	elif [ "$tap_n" -eq 0 ]; then
		printf '1..0 # SKIP %s\n' "$1"
		exit 0
	else
		skip_one "$1"
	fi
	done_testing
}
