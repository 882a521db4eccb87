#!/bin/sh
# Lists on the command line: ::: and :::: make every combination, linked lists
# go on together, and {1} {2} say where an item goes; as GNU parallel has it.
. "$(dirname "$0")/lib.sh"

printf '1\n2\n3\n' >numbers
printf 'x y\n\n$z\n' >texts
printf 'a,b,c' >commas

is "one list" "$("$SHMMAP" -k echo ::: a 'b  c' d)" "a${nl}b  c${nl}d"
is "standard input is not read" \
	"$(seq 3 | { "$SHMMAP" echo ::: a; cat; })" "a${nl}1${nl}2${nl}3"
is "the last list goes round fastest" "$("$SHMMAP" -k echo ::: a b ::: 1 2)" \
	"a 1${nl}a 2${nl}b 1${nl}b 2"
is "each item is an argument, whatever it holds" \
	"$("$SHMMAP" -k printf '[%s]' ::: 'a b' "c${nl}d" '' ::: '$x' "'")" \
	"[a b][\$x][a b]['][c${nl}d][\$x][c${nl}d]['][][\$x][][']"
is "a word with more than {} is one argument" \
	"$("$SHMMAP" -k printf '[%s]' 'x{}y' {} ::: 'a b' ::: c)" "[xa b cy][a b][c]"
is "the number of the job" "$("$SHMMAP" -k echo {#} {2}{1} ::: a b ::: 1 2)" \
	"1 1a${nl}2 2a${nl}3 1b${nl}4 2b"
is "records of a file end as told" \
	"$("$SHMMAP" -k -d , echo {2} {1} ::: x :::: commas)" "a x${nl}b x${nl}c x"
is "empty records may be left out" \
	"$("$SHMMAP" -r -k echo {1}{2} :::: texts ::: 1)" "x y1${nl}\$z1"
is "and so may items" "$("$SHMMAP" -r -k echo {1}{2} ::: '' a '' b ::: 1 '')" \
	"a1${nl}b1"
is "standard input may be a list" \
	"$(seq 2 | "$SHMMAP" -k echo ::: a :::: -)" "a 1${nl}a 2"
is "a file alone is read as it comes" \
	"$(yes | head -n 100000 | "$SHMMAP" --filter cat :::: - | wc -l)" 100000
: >none
is "no item, no job" "$("$SHMMAP" echo ::: a :::: none)" ""
is "a linked file without one, too" "$("$SHMMAP" --link echo ::: a :::: none)" ""
# $(FILES) of a Makefile that holds nothing
for lists in ":::" "::: a :::" "::: ::: a" "::: a :::+" "--link ::: a :::"; do
	option=
	case $lists in --*) option=--link lists=${lists#--link } ;; esac
	# shellcheck disable=SC2086 # words
	status_is "$option $lists: status" 0 "$SHMMAP" $option touch ran $lists
	is "$option $lists: no word" "$out$err" ""
	# shellcheck disable=SC2086 # words
	is "$option $lists: as a spec" "$("$SHMMAP" --dump-spec $option touch \
		ran $lists | "$SHMMAP" --spec - 2>&1)" ""
	not_ok "$option $lists: no job" test -e ran
done
is "tags" "$("$SHMMAP" -k --tag echo ::: a b ::: c)" \
	"a c${tab}a c${nl}b c${tab}b c"
is "the text in messages" "$("$SHMMAP" 'kill -9 $$; :' ::: a ::: 'b c' 2>&1)" \
	"shmmap: job 1: kill -9 \$\$; :: killed by signal 9 (Killed), its text was 'a b c'"

# other kinds of workers see one text, with tabs in it
is "a filter" "$("$SHMMAP" -k --filter cat ::: a b ::: 1 2)" \
	"a${tab}1${nl}a${tab}2${nl}b${tab}1${nl}b${tab}2"
is "a thousand million jobs for a filter" "$(
	# shellcheck disable=SC2046
	set -- $(seq 1000)
	"$SHMMAP" -k --filter cat ::: "$@" ::: "$@" ::: "$@" 2>/dev/null |
		sed -n '999p;1000p;1001p;1001q')" \
	"1${tab}1${tab}999${nl}1${tab}1${tab}1000${nl}1${tab}2${tab}1"
# memory does not grow with the number of jobs
if is_sanitized; then
	skip_one "memory means nothing with sanitizers"
else
	cat >memory <<'END'
master=$(sed -n 's/^PPid:[^0-9]*//p' /proc/$PPID/status)
sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' /proc/$master/status
END
	# shellcheck disable=SC2046
	set -- $(seq 1000)
	few=$("$SHMMAP" -j1 sh memory ::: "$@" | tail -n 1)
	many=$("$SHMMAP" -j1 sh memory ::: "$@" ::: "$@" ::: "$@" | sed 2000q |
		tail -n 1)
	le "1e9 jobs take no more memory than 1e3 (kB, the arena aside)" \
		"$many" "$((few + 2000))"
fi

# no item can break out of a shell line, whatever it holds
i=1
while [ $i -lt 256 ]; do
	printf "\\$(printf %o $i)\\0"
	i=$((i + 1))
done >bytes
tr -d '\0' <bytes >all
{ cat all; printf '\0$(touch pwned)\0`touch pwned`\0";touch pwned;"\0'
	printf "';touch pwned;'\\0&touch pwned&\\0"; } >items
cat bytes items >more
xargs -0 -n1 printf '%s\0%s\0' 'l "a$' <items >wanted
xargs -0 -n1 printf '%s\0%s\0' 'l "a$' <more >wanted.more
for name in sh dash bash ksh mksh zsh; do
	shell=$(PATH=/bin:/usr/bin:/usr/local/bin command -v $name) || continue
	for line in 'printf "%s\\0" {2} {1}' 'printf "%s\\0" "{2}" "{1}"' \
		"printf '%s\\0' '{2}' '{1}'" 'x={2}; printf "%s\\0" "$x" {1}' \
		'set -- other; printf "%s\\0" {2} {1}' \
		'f() { printf "%s\\0" {2} {1}; }; f'; do
		SHELL=$shell "$SHMMAP" -0 -k "$line" :::: items ::: 'l "a$' >got
		same "$name: $line" got wanted
	done
	SHELL=$shell "$SHMMAP" -0 -k 'printf "%s\\0" {2} {1}' \
		:::: more ::: 'l "a$' >got
	same "$name: each byte" got wanted.more
	for line in 'printf "%s\\0" {}' 'printf "%s\\0"'; do
		SHELL=$shell "$SHMMAP" -0 -k "$line" ::: 'l "a$' :::: items >got
		same "$name: $line" got wanted
	done
	is "$name: in a number's place a text is refused" "$(
		SHELL=$shell "$SHMMAP" -k 'echo $(({1} + {2}))' \
			::: 1 'x[$(touch pwned)]' ::: 2 2>/dev/null)" 3
	is "$name: behind a redirection" "$(SHELL=$shell "$SHMMAP" \
		'echo 1 > {}' ::: out ::: x; cat 'out x')" 1
	rm -f "out x"
	not_ok "$name: nothing broke out" test -e pwned
done

# the same as GNU parallel
if has parallel && parallel --version 2>/dev/null | grep -q '^GNU parallel'; then
	HOME=$T
	export HOME
	mkdir -p .parallel
	: >.parallel/will-cite
	alike()
	{
		is "as GNU parallel: $*" "$("$SHMMAP" -k "$@")" \
			"$(parallel -k "$@" 2>/dev/null)"
	}
	alike echo ::: a b c
	alike echo ::: a b ::: 1 2 3 ::: x y
	alike echo {3}{1} ::: a b ::: 1 2 3 ::: x y
	alike echo ::: a b c :::+ 1 2
	alike echo ::: a b :::+ 1 2 3 ::: x y
	alike echo ::: x y ::: a b c :::+ 1 2 3 :::+ 4 5 6
	alike --link echo ::: a b c ::: 1 2
	alike --link echo ::: a b c ::: 1 2 :::+ x y z w
	alike echo :::: numbers
	alike echo :::: numbers numbers
	alike echo :::: numbers ::: a b
	alike echo ::: a b ::::+ numbers
	alike echo ::: a b :::: texts
	alike --tag echo ::: a b ::: c
	alike echo {1.} {2/} {1//} {2/.} {.} {/} {-1} {-2.} \
		::: d/a.x e.f/g ::: h/i.j /k
	alike 'printf "[%s]" {}' ::: 'a b' c ::: '$d' "e'"
	alike 'printf "[%s]"' ::: 'a b' c ::: '$d' "e'"
	alike 'printf "[%s]" {2} {1}; echo' ::: 'a b' c ::: '$d' "e'"
else
	skip_one "needs GNU parallel"
fi

. "$(dirname "$0")/called.sh"
called show <<'END'
#include <shmmap.h>
int work(struct shmmap_job *job)
{
	shmmap_printf(job, "[%.*s]", (int)job->nbytes, job->text);
	return 0;
}
END
is "a function" "$("$SHMMAP" -k --dlopen ./show.so ::: a "b${nl}c" ::: 1)" \
	"[a${tab}1][b${nl}c${tab}1]"

. "$(dirname "$0")/attached.sh"
taker take <<'END'
static int work(struct shmmap *segment, struct shmmap_job *job)
{
	(void)segment;
	shmmap_printf(job, "[%.*s]", (int)job->nbytes, job->text);
	return 0;
}
END
is "a program that takes its jobs itself" \
	"$("$SHMMAP" -k --attach ./take ::: a "b${nl}c" ::: 1)" \
	"[a${tab}1][b${nl}c${tab}1]"
done_testing
