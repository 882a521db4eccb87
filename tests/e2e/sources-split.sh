#!/bin/sh
# --split: the jobs are nearly equal slices, START and STOP, as many as there
# are slaves; several go on together, and what has one item is repeated: what
# sharedmem's split and zipsplit give.
. "$(dirname "$0")/lib.sh"

is "slices of an array" "$("$SHMMAP" -k -A x=f8:10 --split x,3 echo)" \
	"0 4${nl}4 7${nl}7 10"
is "as many as there are slaves" "$("$SHMMAP" -k -j4 -A x=f8:10 --split x echo)" \
	"0 3${nl}3 6${nl}6 8${nl}8 10"
is "along the first dimension" \
	"$("$SHMMAP" -k -A x=f8:5,70 --split x,2 echo {2} {1})" "3 0${nl}5 3"
is "more chunks than elements" "$("$SHMMAP" -k -A x=f8:2 --split x,4 echo)" \
	"0 1${nl}1 2${nl}2 2${nl}2 2"
is "nothing to split" "$("$SHMMAP" -k -A x=f8:0 --split x,2 echo)" "0 0${nl}0 0"
is "several arrays, scalars and lists go on together" \
	"$("$SHMMAP" -k -j2 -A x=f8:10 -A y=i4:2,7 --split x,3 --split y \
		echo ::: 2.5 ::: a b c)" \
	"0 4 0 1 2.5 a${nl}4 7 1 2 2.5 b${nl}7 10 2 2 2.5 c"
is "names" "$("$SHMMAP" -k -A x=f8:10 --split x,2 --header : \
	echo '{x.stop} {s} {x.start}' ::: s a b)" "5 a 0${nl}10 b 5"
is "columns of lists" "$("$SHMMAP" -k --split 6,2 -C, echo {4}{3} {1} ::: a,b)" \
	"ba 0${nl}ba 3"
is "a number of things" "$("$SHMMAP" -k --split 7,3 echo)" \
	"0 3${nl}3 5${nl}5 7"
seq 5 >file
is "the records of a file" "$("$SHMMAP" -k --split @file,2 \
	'sed -n "$(({1} + 1)),{2}p" file | tr "\n" " "')" "1 2 3 4 5 "
printf 'a\n\n\nb' >empties
is "empty ones" "$("$SHMMAP" -k --split @empties,1 echo)" "0 4"
is "not with -r" "$("$SHMMAP" -k -r --split @empties,1 echo)" "0 2"
is "for a filter" "$("$SHMMAP" -k --split 10,2 --filter cat)" \
	"0${tab}5${nl}5${tab}10"
is "in random order" "$("$SHMMAP" -k --shuf --split 10,5 echo | sort)" \
	"0 2${nl}2 4${nl}4 6${nl}6 8${nl}8 10"
is "a thousand million slices begin at once" "$("$SHMMAP" -k \
	--split 1000000007,1000000000 --filter cat 2>/dev/null | sed -n '8q;7,8p')" \
	"12${tab}14"
is "standard input is not read" \
	"$(seq 3 | { "$SHMMAP" --split 1,1 echo; cat; })" "0 1${nl}1${nl}2${nl}3"

# each element once, and as NumPy cuts them
for n in 0 1 2 7 8 9 100; do
	for chunks in 1 2 3 7 8 50; do
		"$SHMMAP" -k --split $n,$chunks --filter cat
	done
done >got
awk 'BEGIN {
	split("0 1 2 7 8 9 100", n); split("1 2 3 7 8 50", chunks)
	for (i = 1; i <= 7; i++)
		for (j = 1; j <= 6; j++)
			for (k = at = 0; k < chunks[j]; k++) {
				size = int(n[i] / chunks[j]) + (k < n[i] % chunks[j])
				print at "\t" at + size
				at += size
			}
}' >wanted
same "as numpy.array_split cuts them" got wanted

name=$(new_token)
"$SHM" new "$name" x=i4:9
is "an array of a segment that exists" \
	"$("$SHMMAP" -k --segment "$name" --split x,2 echo)" "0 5${nl}5 9"
status_is "one that it does not have" 125 \
	"$SHMMAP" --segment "$name" --split y echo
is "is told" "$err" "shmmap: --split: 'y': no such array"
"$SHM" rm "$name"

# the array is filled by the slices
cat >fill.sh <<'END'
i=$1
while [ "$i" -lt "$2" ]; do
	"$SHM" add "x" "$i" "$3" >/dev/null
	i=$((i + 1))
done
END
"$SHMMAP" -j2 -A x=i8:10 --split x,3 --save x=x.npy sh fill.sh ::: 1 2 3
is "each element is in one slice" "$(tail -c 80 x.npy | od -An -v -td8 |
	tr -s ' \n' ' ')" " 1 1 1 1 2 2 2 3 3 3 "
done_testing
