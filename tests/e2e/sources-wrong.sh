#!/bin/sh
# Lists and columns that can not be are refused before anything runs, with one
# line that says what is wrong.
. "$(dirname "$0")/lib.sh"

echo a,b >table
: >empty
printf 'a\0b\n' >nul

# wrong MESSAGE WORD...: that is the message
wrong()
{
	message=$1
	shift
	words=$(printf %s "$*" | cut -c 1-60)
	status_is "$words: status" 125 "$SHMMAP" "$@" <table
	is "$words: what is wrong" "$err" "shmmap: $message"
	is "$words: no output" "$out" ""
}

wrong ":::: needs a file" touch ran ::::
wrong "::::+ needs a file" touch ran ::: a ::::+
wrong ":::+: there is no list before it" touch ran :::+ a
wrong "::::+: there is no list before it" touch ran ::::+ table
wrong "no command (try --help)" ::: a
wrong "--range and ::: exclude each other" --range 3 touch ran ::: a
wrong "--arg-file and ::: exclude each other" -a table touch ran ::: a
wrong "--arg-file and :::: exclude each other" -a table touch ran :::: table
wrong "--pipe and ::: exclude each other" --pipe touch ran ::: a
wrong "nosuch: No such file or directory" touch ran :::: nosuch
wrong "nosuch: No such file or directory" touch ran ::: a :::: nosuch
wrong ".: Is a directory" touch ran ::: a :::: .
wrong "-: standard input can be one list only" touch ran :::: - -
wrong "nul: 'a\\x00b' holds a NUL byte" touch ran ::: a :::: nul
wrong ":::: 'a\\nb' holds what ends a line of the filter" \
	--filter touch ran ::: "a${nl}b"
wrong ":::: more than 2^63 - 1 jobs" touch ran $(
	for i in 1 2 3 4 5 6 7; do
		echo :::
		seq 600
	done
)
wrong "{3}: jobs have 2 columns" touch ran {3} ::: a ::: b
wrong "{-3.}: jobs have 2 columns" touch 'ran {-3.}' ::: a ::: b
wrong "{2}: jobs have one column" touch ran {2} ::: a
wrong "{3}: jobs have 2 columns" -C, touch ran {3} ::: a,b c,d
wrong "{1000001}: jobs have at most 1000000 columns" -C, touch ran {1000001}

wrong "--colsep: '' is not 1 to 256 bytes" -C '' touch ran
wrong "--colsep: '\\\\s+' has a backslash that begins no escape" \
	-C '\s+' touch ran
wrong "--colsep and --filter exclude each other" -C, --filter touch ran
wrong "--colsep and --pipe exclude each other" -C, --pipe touch ran
wrong "--colsep and --range exclude each other" -C, --range 3 touch ran
wrong "--header: 'x' is not ':', for the first record" --header x touch ran
wrong "--header and --range exclude each other" --header : --range 3 touch ran
wrong "--header and --pipe exclude each other" --header : --pipe touch ran
wrong "nosuch: No such file or directory" --header : -a nosuch touch ran
wrong "empty: no header" --header : -a empty touch ran
wrong "empty: no header" --header : touch ran ::: a :::: empty
wrong "'{c}': no column has that name" -C, --header : touch ran {c}
wrong "'{c.}': no column has that name" -C, --header : touch 'ran {c.}'
wrong "'{b}': no column has that name" --header : touch ran {b} ::: a b
wrong "a shell line can have one of {} {.} {/} {//} {/.} as words for all columns" \
	-C, 'touch ran {} {.}'
wrong "'set -- x; touch {}': write {1} {2} ... for the columns, since the line may have parameters of its own" \
	-C, 'set -- x; touch {}'

wrong "--split: 'x': no such array" --split x touch ran
wrong "--split: 'x': no such array" -A xy=f8:3 --split x,2 touch ran
wrong "--split: 'x': a scalar can not be split, it is the same for all" \
	-A x=f8 --split x touch ran
wrong "--split: 'x,': behind the comma stands no number of chunks" \
	--split x, touch ran
wrong "--split: 'x,0': behind the comma stands no number of chunks" \
	--split x,0 touch ran
wrong "--split: ',3': no name" --split ,3 touch ran
wrong "--split: '7x': not a number" --split 7x touch ran
wrong "--split: '5,3' and '6,4' differ in their chunks" \
	--split 5,3 --split 7 --split 6,4 touch ran
wrong "--split: nosuch: No such file or directory" --split @nosuch,2 touch ran
wrong "--split: .: Is a directory" --split @.,2 touch ran
wrong "--split: there are 3 chunks, but list 2 has 2 items, not 1 or as many" \
	--split 5,3 touch ran ::: a ::: a b
wrong "--range and --split exclude each other" --range 3 --split 5 touch ran
wrong "--arg-file and --split exclude each other" -a table --split 5 touch ran
wrong "--pipe and --split exclude each other" --pipe --split 5 touch ran
wrong "{3}: jobs have 2 columns" --split 5 touch ran {3}

awk 'BEGIN { for (i = 0; i < 1100000; i++) printf "x" }' >long
wrong "long: the header is longer than 1048576 bytes, the longest record" \
	--header : -a long touch ran
not_ok "nothing was run" test -e ran

# a job's text that is too long is the job's failure
# shellcheck disable=SC2046
set -- $(head -c 70000 long) $(head -c 600000 long)
run "$SHMMAP" -k echo {2} ::: "$1" ::: "$1" b
is "items that are too long together" "$status:$out" "126:b"
is "are told" "$err" "shmmap: job 1: its text is no argument: 140001 bytes, but an argument has at most 131071"
printf '%s\nb\n' "$2" >longer
run "$SHMMAP" -k --filter cat :::: longer longer
is "longer than a record" "$status:$(tail -n 1 "$out_file")" "126:b${tab}b"
like "is told as well" "$err" \
	"^shmmap: job 1: cat: longer than the longest record, its text was 'xx"
done_testing
