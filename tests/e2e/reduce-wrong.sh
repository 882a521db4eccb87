#!/bin/sh
# --reduce: results that are no values are status 125 and one line that names the
# job and quotes what it printed; or they are counted.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/called.sh"

# wrong MESSAGE WORD...: with the jobs 1 to 50, the 17th of which is what $bad is
wrong()
{
	message=$1
	shift
	run sh -c 'seq 50 | awk -v bad="$bad" "NR == 17 { print bad; next } 1" |
		timeout 60 "$SHMMAP" "$@"' sh "$@"
	is "$*, $bad: status" "$status" 125
	is "$*, $bad: nothing is printed" "$out" ""
	is "$*, $bad: message" "$err" "shmmap: job 17: its result $message"
}

called echo <<'C'
#include <shmmap.h>
int work(struct shmmap_job *job)
{
	if (job->number % 5 == 0)
		return 0;
	if (job->number % 5 == 1)
		shmmap_printf(job, "%d\n", 1);
	shmmap_printf(job, "%s", job->text);
	return 0;
}
C
export bad
for op in sum max mean var prod hist:0:1:2 argmin; do
	bad=1x wrong "'1x' is not a number" --filter --reduce $op cat
done
for how in "--filter" "-k --filter" ""; do
	# shellcheck disable=SC2086 # words
	bad='it is' wrong "'it is' is not a number" $how --reduce sum \
		$([ "$how" ] && echo cat || echo echo)
	# shellcheck disable=SC2086
	bad=18446744073709551616 wrong \
		"'18446744073709551616' does not fit into 64 bits" $how \
		--reduce sum $([ "$how" ] && echo cat || echo echo)
done
for options in -j1 -k -j3; do
	bad='a
' wrong "'a' is not a number" $options --reduce sum --dlopen ./echo.so
done
bad="a	b" wrong "'a b' has no column 3" --filter --reduce sum:3 \
	sed 's/^[0-9]*$/& & &/;s/	/ /'
bad="a	b" wrong "'a b' has no column 3" --filter --reduce count --by 3 \
	sed 's/^[0-9]*$/& & &/;s/	/ /'
bad=$(printf '\033[1m') wrong "'\\x1b[1m' is not a number" --filter --reduce sum cat

run sh -c 'seq 50 | timeout 60 "$SHMMAP" --skip-bad --filter --reduce sum \
	sed "s/^[89]$/x/"'
is "bad ones are left out" "$out" 1258
is "and counted" "$status:$err" "0:shmmap: --skip-bad: 2 values were skipped"
run sh -c 'seq 60 | timeout 60 "$SHMMAP" --filter --reduce prod cat'
is "a product that is too large" "$status:$out:$err" \
	"125::shmmap: --reduce: the product does not fit into 128 bits"
run sh -c 'seq 60 | sed "s/.*/& x/; 1s/x/a/" |
	timeout 60 "$SHMMAP" --filter --reduce prod:1 --by 2 cat'
is "that of one key leaves no result of others" "$status:$out:$err" \
	"125::shmmap: --reduce: the product of key 'x' does not fit into 128 bits"
run sh -c 'echo 1 | timeout 60 "$SHMMAP" --reduce sum \
	sh -c "head -c 1100000 /dev/zero | tr \"\\0\" 1"'
is "a line that has no end" "$status:$out:$err" \
	"125::shmmap: job 1: its result has a line of more than 1048576 bytes"

# the command line
refused()
{
	named=$1
	shift
	status_is "$*: status" 125 "$SHMMAP" "$@" touch ran </dev/null
	is "$*: one line" "$(wc -l <"$err_file")" 1
	like "$*: it names $named" "$err" "^shmmap: .*$named"
}
refused "'sum:x' is not OP" --reduce sum:x
refused "'hist:1:0:3' is not hist:LO:HI:N" --reduce hist:1:0:3
refused "'0'" --reduce sum --by 0
refused "'x'" --reduce sum --by x
refused "by needs --reduce" --by 1
refused "skip-bad needs --reduce" --skip-bad
refused "by needs --reduce" --by 1 --reduce cat
refused "neither an operation nor a command" --reduce ""
refused "--ungroup and --reduce" -u --reduce sum
refused "--ungroup and --reduce" -u --reduce cat
refused "--by and --reduce concat" --by 1 --reduce concat
not_ok "nothing was run" test -e ran
done_testing
