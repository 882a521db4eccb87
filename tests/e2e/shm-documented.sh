#!/bin/sh
# The man page of shm has every subcommand with the options that its --help has,
# and what its examples show is what happens.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/manual.sh"
. "$(dirname "$0")/segments.sh"

page=$top_srcdir/man/shm.1

# ---- subcommands and options ----

commands=$("$SHM" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
# "get segment", "critical name": long options beside --help
for command in $commands; do
	"$SHM" "$command" --help |
		sed -n "s/^  *\(-[a-z], \)*--\([a-z]*\).*/$command \2/p"
done | grep -v ' help$' | sort >in-help
# from its item in the page to the next one
awk '
	/^\.It Cm / && !/map/ {
		n = 0
		for (i = 3; i <= NF && ($i ~ /^[a-z|]+$/); i++)
			if ($i != "|")
				names[n++] = $i
	}
	/^\.(Ss|Sh) / { n = 0 }
	{
		line = $0
		while (match(line, /Fl Fl [a-z]+/)) {
			option = substr(line, RSTART + 6, RLENGTH - 6)
			for (i = 0; i < n; i++)
				print names[i], option
			line = substr(line, RSTART + RLENGTH)
		}
	}' "$page" | sort -u >in-page
# that one stands in OPTIONS for all, but new has it in its line, too
for command in $commands; do
	case $command in
	rm) ;;
	*) echo "$command segment" ;;
	esac
done >everywhere
sort -u in-page everywhere >wanted
ok "--help has options" test "$(wc -l <in-help)" -ge 20
same "options are the same in --help and in the page" in-help wanted
for command in $commands; do
	ok "the synopsis has $command" sh -c "sed -n '/^.Sh SYNOPSIS/,/^.Sh DESC/p' \
		'$page' | grep -q '^.Cm.* $command\( \|\$\)\|^.Cm $command'"
done
ok "OPTIONS has --segment" grep -q '^\.It Fl Fl segment Ar segment' "$page"
for name in SHMMAP_FD SHMMAP_SEGMENT SHMMAP_RANK SHMMAP_JOB PATH; do
	ok "the page has $name" grep -q "Ev $name" "$page"
done

# ---- its form ----

well_formed "$page"

# ---- examples: each literal block is a script ----

mkdir bin
ln -s "$SHMMAP" bin/shmmap
# the segments of the examples get names that only this test has
cat >bin/shm <<SH
#!/bin/sh
for word; do
	shift
	case \$word in
	table | grid | counter | lock) word=$seg\$word ;;
	esac
	set -- "\$@" "\$word"
done
exec "$SHM" "\$@"
SH
chmod +x bin/shm
PATH=$T/bin:$PATH

examples "$page" example.%02d
unlike "no macro or escape is left in them" "$(cat example.*)" '^\.|\\\(|\\-'

# example NUMBER WANTED
example()
{
	run sh -eu "example.$1"
	is "example $1: status and errors" "$status:$err" "0:"
	is "example $1: output" "$out" "$2"
}

is "all are known here" "$(ls example.* | wc -l)" 5
example 01 "2.0
3.5
0${tab}0${tab}0
0${tab}0${tab}0
x${tab}f8${tab}4${tab}32${tab}shared
sum${tab}f8${tab}-${tab}8${tab}shared
n${tab}i8${tab}2,3${tab}48${tab}shared"
example 02 "1${tab}3${nl}5${tab}7${nl}5${nl}6${nl}7${nl}8"
example 03 5050
example 04 ""
is "the lines of one are together" \
	"$(awk -F, 'NR % 2 { n = $1; next } n != $1' log; wc -l <log)" 8
ok "example 05 is tried in shm-segments.sh" grep -q 'rm --stale -v' \
	"$top_srcdir/tests/e2e/shm-segments.sh"
is "they leave nothing" "$(ls /dev/shm | grep "$seg")" ""
done_testing
