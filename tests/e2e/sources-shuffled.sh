#!/bin/sh
# --shuf: every job once, in an order that the seed determines; of ranges and
# lists without memory.
. "$(dirname "$0")/lib.sh"

seq 0 99 >numbers
shuffled()
{
	"$SHMMAP" -k --shuf --seed 5 "$@"
}

# every kind of job: all of them, in another order, the same for any slaves
check()
{
	what=$1
	shift
	shuffled -j1 "$@" >one
	shuffled -j4 "$@" >four
	sort -n one >sorted
	same "$what: each job once" sorted numbers
	same "$what: the same order for any number of slaves" four one
	not_ok "$what: in another order" cmp -s one numbers
	"$SHMMAP" -k --shuf --seed 6 "$@" >other
	not_ok "$what: another seed, another order" cmp -s one other
}
check "a range for commands" --range 100 echo
check "a range for a filter" --range 100 --filter cat
check "a list" echo ::: $(cat numbers)
check "a list for a filter" --filter cat ::: $(cat numbers)
check "a file" -a numbers echo
check "a file for a filter" -a numbers --filter cat
check "a file as a list" echo :::: numbers
check "lists" echo {1}{2} ::: '' 1 2 3 4 5 6 7 8 9 ::: 0 1 2 3 4 5 6 7 8 9
is "standard input" "$(shuffled --filter cat <numbers | sort -n | tail -n 1)" 99
is "linked lists stay together" \
	"$(shuffled --link --filter cat ::: 1 2 3 4 ::: a b c d | sort)" \
	"1${tab}a${nl}2${tab}b${nl}3${tab}c${nl}4${tab}d"
is "a header is none of it" \
	"$(printf 'a\nb\nc\n' | shuffled --header : echo {a} | sort)" "b${nl}c"
is "columns" "$(printf 'a,b\n' | shuffled -C, echo {2}{1})" ba
is "nothing" "$(shuffled echo </dev/null)$(shuffled --range 0 echo)" ""
is "one" "$(shuffled --range 1 echo)" 0
is "tags are the number" "$(shuffled --tag --range 3:4 --filter cat)" "3${tab}3"
is "backwards, by steps" "$(shuffled --range 9:0:-3 echo | sort)" "3${nl}6${nl}9"
is "messages" "$(shuffled --range 7:8 'kill -9 $$; : {}' 2>&1)" \
	"shmmap: job 1: kill -9 \$\$; : {}: killed by signal 9 (Killed), its text was '7'"
isnt "without a seed the order is a new one" \
	"$("$SHMMAP" -k --shuf --range 100 --filter cat)" \
	"$("$SHMMAP" -k --shuf --range 100 --filter cat)"

# slaves that die
is "a slave's death changes nothing" "$(shuffled -j2 --range 20 \
	'[ {} = 7 ] && kill -9 $PPID; echo {}' 2>/dev/null | sort -n | tr '\n' ' ')" \
	"0 1 2 3 4 5 6 8 9 10 11 12 13 14 15 16 17 18 19 "
run shuffled -j1 --range 20 '[ {} = 7 ] && kill -9 $PPID; echo {}'
like "the job that was lost is named by its number" "$err" "its text was '7'$"

# 1e9 jobs: at once
is "1e9 numbers begin at once" \
	"$(shuffled --range 1000000000 --filter cat 2>/dev/null | head -n 2 |
		wc -l)" 2
# shellcheck disable=SC2046
set -- $(seq 1000)
is "1e9 combinations, too" \
	"$(shuffled --filter cat ::: "$@" ::: "$@" ::: "$@" 2>/dev/null |
		head -n 2 | wc -l)" 2
status_is "--pipe and --shuf" 125 "$SHMMAP" --pipe --shuf cat
is "what is wrong" "$err" "shmmap: --pipe and --shuf exclude each other"

. "$(dirname "$0")/called.sh"
called value <<'END'
#include <shmmap.h>
int work(struct shmmap_job *job)
{
	shmmap_printf(job, "%lld\n", (long long)job->value);
	return 0;
}
END
called batch <<'END'
#include <shmmap.h>
static int batch(struct shmmap_job *job)
{
	for (unsigned long i = 0; i < job->count; i++)
		shmmap_printf(job, "%lld\n",
			      (long long)(job->value + (long)i * job->step));
	return 0;
}
const struct shmmap_worker shmmap_worker = { SHMMAP_WORKER, .batch = batch };
END
for schedule in auto static dynamic,7 guided; do
	check "a range for a function, $schedule" --schedule $schedule \
		--range 100 --dlopen ./value.so
	check "for one of batches, $schedule" --schedule $schedule \
		--range 100 --dlopen ./batch.so
done
done_testing
