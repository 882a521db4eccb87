# refused.sh - for tests that make one call after the other fail, by inject.so
# (see inject.c); sourced after lib.sh
#
#	refused_all	for each line WHERE CALL ERROR [RUN] of standard input, a
#			check that whichever of these calls is refused, the run
#			ends, with all results, or with a status and one line
#			that say that it failed
#
# RUN is a function that calls its arguments, shmmap, with those of a run of
# ./jobs, six of them; its results are those in wanted.RUN. Without it, words.

inject=${SHMMAP%/*}/tests/inject/inject.so
! is_sanitized || skip "sanitizers want to be loaded first"
[ -e "$inject" ] || skip "no $inject: shared objects can not be built here"

# of one function, beyond all that a run has
calls_max=400

seq 6 >jobs

# refused WHERE CALL NUMBER ERROR RUN: one run, its output read by somebody
refused()
{
	rm -f fired status
	{
		INJECT_IN=$1 INJECT_CALL=$2 INJECT_NTH=$3 INJECT_ERRNO=$4 \
			INJECT_FILE=$T/fired LD_PRELOAD=$inject TOKEN=$token \
			"$5" timeout -k 1 20 "$SHMMAP" 2>err
		echo $? >status
	} | cat >out
	read -r status <status
}

# what is wrong with how the run ended; nothing if it is as it should be
complaint()
{
	lines=$(wc -l <err)
	[ "$(grep -c '^\(shmmap\|plan.yaml:[0-9]*:[0-9]*\): ' err)" -eq \
		"$lines" ] ||
		echo "something else than messages on standard error"
	[ -z "$(ls -A "$TMPDIR")" ] || echo "a file is left in TMPDIR"
	[ -z "$(ls -A | grep '^\.')" ] || echo "a temporary file is left"
	for file in /dev/shm/*"$token"*; do
		! [ -e "$file" ] || echo "$file is left"
	done
	[ "$status" -eq 0 ] || [ "$1" = spill ] || [ "$1" = folded ] ||
		[ -z "$(grep -vxFf jobs out)" ] || echo "results of no job"
	case $status in
	0)
		cmp out "wanted.$1" 2>&1
		[ "$lines" -le 1 ] || echo "said more than once"
		;;
	125)
		[ "$lines" -eq 1 ] || echo "$lines messages"
		;;
	124 | 137)
		echo "it hangs"
		;;
	*)
		[ "$lines" -eq 1 ] && [ "$status" -lt 128 ] &&
			grep -q '^shmmap: job [1-6]: ' err ||
			echo "no job is named"
		;;
	esac
}

# check WHERE CALL ERROR [RUN]: each of the calls, one after the other
check()
{
	run=${4:-words}
	what="$1: $2, $3, $run"
	token=$(new_token)
	n=1
	refused "$1" "$2" 1 "$3" "$run"
	if ! [ -e fired ]; then
		fail "$what: is called" "$(cat err)"
		return
	fi
	bad=
	while [ -e fired ] && [ "$n" -le "$calls_max" ] && [ -z "$bad" ]; do
		bad=$(complaint "$run")
		[ -z "$bad" ] || break
		n=$((n + 1))
		refused "$1" "$2" "$n" "$3" "$run"
	done
	# the run in which nothing was refused
	bad=${bad:-$(complaint "$run")}
	[ -e fired ] || [ "$status" -eq 0 ] || [ "$run" = folder ] ||
		bad="failed for no reason"
	! [ -e fired ] || [ -n "$bad" ] || bad="it has more of them"
	if [ -z "$bad" ]; then
		pass "$what: each of $((n - 1)) calls"
	else
		fail "$what: call $n" "$bad${nl}status: $status${nl}$(cat err)"
	fi
	no_process_left "$token" "$what: no process is left"
}

rm -f fired
INJECT_IN=master INJECT_CALL=mmap INJECT_NTH=1 INJECT_ERRNO=ENOMEM \
	INJECT_FILE=$T/fired LD_PRELOAD=$inject "$SHMMAP" true 2>err
[ -e fired ] || skip "preloading has no effect: $(head -n 1 err)"

refused_all()
{
	while read -r where call error how; do
		# shellcheck disable=SC2086 # how may be nothing
		check "$where" "$call" "$error" $how
	done
}
