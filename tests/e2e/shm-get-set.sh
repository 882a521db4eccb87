#!/bin/sh
# shm reads and writes elements of arrays: what is set is what one gets, to the
# last bit; a value that is wrong changes nothing.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/segments.sh"

# lines WORD...: each on a line
lines()
{
	printf '%s\n' "$@"
}

run "$SHM" new "$seg" x=f8:10 m=i4:3,4 sum=f8 t=S8:3 'r={x=f8,id=i4}:2' b=?:3 \
	u=u1:4 f=f4:2 c=c8:2 big=i8:2 none=i4:0 cube=i2:2,2,3 h=f2:2 z=c16:1
is "a segment is made" "$status:$out$err" 0:

# ---- one element, and slices as NumPy has them ----

is "arrays begin as zeros" "$(shm get x)" "$(yes 0.0 | head -n 10)"
run shm set x 3 1.5
is "set says nothing" "$status:$out$err" 0:
is "what is set is there" "$(shm get x 3)" 1.5
is "and nothing else has changed" "$(shm get x | grep -n -v '^0.0$')" 4:1.5
shm set x -1 -2.5
is "-- ends the options" "$(shm get -- x 3)" 1.5
is "-1 is the last one" "$(shm get x 9) $(shm get x -1)" "-2.5 -2.5"
shm set x ... 0 1 2 3 4 5 6 7 8 9
is "a range" "$(shm get x 2:5)" "$(lines 2.0 3.0 4.0)"
is "a step" "$(shm get x ::4)" "$(lines 0.0 4.0 8.0)"
is "backwards" "$(shm get x 3::-1)" "$(lines 3.0 2.0 1.0 0.0)"
is "slices are cut at the ends" "$(shm get x 8:100)" "$(lines 8.0 9.0)"
is "an empty slice is no output" "$(shm get x 5:5)" ""
status_is "and no error" 0 shm set x 5:5 1
is "it changes nothing" "$(shm get x 4:7)" "$(lines 4.0 5.0 6.0)"
shm set x 2:8:3 -7
is "one value for all of a slice" "$(shm get x | tr '\n' ' ')" \
	"0.0 1.0 -7.0 3.0 4.0 -7.0 6.0 7.0 8.0 9.0 "
shm set x : 5
is ": is everything" "$(shm get x | sort -u)" 5.0
is "an array without elements" "$(shm get none; shm set none : 1)" ""

# ---- more than one axis ----

shm set m ... $(seq 12)
is "the last axis is a line" "$(shm get m)" "$(lines "1${tab}2${tab}3${tab}4" \
	"5${tab}6${tab}7${tab}8" "9${tab}10${tab}11${tab}12")"
is "one row is one axis: a line each" "$(shm get m 1)" "$(lines 5 6 7 8)"
is "one column" "$(shm get m :,1)" "$(lines 2 6 10)"
is "part of both" "$(shm get m 1:,::2)" "$(lines "5${tab}7" "9${tab}11")"
is "an index that keeps its axis" "$(shm get m 1:2)" "5${tab}6${tab}7${tab}8"
is "one element" "$(shm get m 2,-1)" 12
is "... in front" "$(shm get m ...,0)" "$(lines 1 5 9)"
shm set m 1:,:2 21 22 31 32
is "values come in the order of C" "$(shm get m 1:)" \
	"$(lines "21${tab}22${tab}7${tab}8" "31${tab}32${tab}11${tab}12")"
shm set cube ... $(seq 12)
is "three axes" "$(shm get cube :,1)" \
	"$(lines "4${tab}5${tab}6" "10${tab}11${tab}12")"

# ---- scalars ----

is "a scalar" "$(shm get sum)" 0.0
shm set sum -2.5
is "a scalar has no slice" "$(shm get sum)" -2.5

# ---- other types ----

shm set t ... 'a b' '' 'tab\tnl\n\\'
is "texts are escaped, empty ones there" "$(shm get t)" \
	"$(lines 'a b' '' 'tab\tnl\n\\')"
shm set b ... True 0 1
is "booleans" "$(shm get b)" "$(lines True False True)"
shm set r 1 '(1.5, -7)'
is "records" "$(shm get r)" "$(lines '(0.0, 0)' '(1.5, -7)')"
shm set u ... 0 255 1e2 0x10
is "small integers" "$(shm get u)" "$(lines 0 255 100 16)"
shm set big ... 9223372036854775807 -9223372036854775808
is "big integers" "$(shm get big)" \
	"$(lines 9223372036854775807 -9223372036854775808)"
shm set f 0 0.1
is "f4 prints what reads back as f4" "$(shm get f 0)" 0.1
shm set z 0 1.5-2j
is "complex numbers of 16 bytes" "$(shm get z)" 1.5-2.0j

# ---- there and back, through text ----

cat >numbers <<'END'
0.1 -0.0 1e300 5e-324 2.2250738585072014e-308 1.7976931348623157e308
nan inf -inf 0.30000000000000004
END
run shm set x ... - <numbers
is "values from standard input" "$status:$out$err" 0:
is "they are exact" "$(shm get x | tr '\n' ' ')" "0.1 -0.0 1e+300 5e-324 \
2.2250738585072014e-308 1.7976931348623157e+308 nan inf -inf \
0.30000000000000004 "
# back_and_forth NAME: all of it is the same after get, set 0, set -
back_and_forth()
{
	shm save "$1" before.raw
	shm get "$1" >text
	shm fill "$1" "$2"
	shm save "$1" zero.raw
	not_ok "$1: there is something to bring back" cmp before.raw zero.raw
	status_is "$1: set reads what get prints" 0 shm set "$1" ... - <text
	shm save "$1" after.raw
	same "$1: and it is the same bytes" after.raw before.raw
}
back_and_forth x 0
back_and_forth m 0
back_and_forth cube 0
back_and_forth t ''
back_and_forth r '(0, 0)'
back_and_forth b 0
back_and_forth u 0
back_and_forth big 0
back_and_forth f 0
back_and_forth z 0

echo 4 | shm set u 1: -
is "one value on standard input is for all, too" "$(shm get u | tail -n 3)" \
	"$(lines 4 4 4)"
printf '7\n\n 8\t9\n' | shm set u 1: -
is "any white space between numbers" "$(shm get u | tail -n 3)" "$(lines 7 8 9)"

# ---- a value that is wrong changes nothing ----

shm get u >before
status_is "a value that does not fit" 125 shm set u ... 1 2 3 256
like "it is named" "$err" "^shm: u: '256' .*u1"
status_is "no number" 125 shm set u 1: 5 x 6
like "it is named, too" "$err" "^shm: u: 'x' .*u1"
status_is "not on standard input either" 125 shm set u ... - <<'END'
1 2
3 1.5
END
like "it is counted" "$err" "^shm: u: .*value 4: '1.5' .*u1"
status_is "too few values" 125 shm set u ... 1 2 3
like "both numbers are told" "$err" '^shm: u: 3 values for 4 elements'
status_is "too many" 125 shm set u 1:3 1 2 3
status_is "too many on standard input" 125 shm set u 1:3 - <before
status_is "it does not read on for ever" 125 sh -c 'yes 1 |
	timeout 20 "$SHM" set --segment "$1" u ... -' - "$seg"
like "which it says" "$err" '^shm: u: standard input has more than 4 values'
shm get u >after
same "none of them has changed anything" after before

# ---- atomics ----

shm set big ... 5 -1
is "add and the former value" "$(shm add -o big 0 10)$(shm get big 0)" 515
is "without -o nothing is printed" "$(shm add big 0 -3)$(shm get big 0)" 12
shm add big -1 0x10
is "the last one" "$(shm get big -1)" 15
shm min big 0 20
shm max big 1 20
is "min keeps the lesser, max takes the greater" "$(shm get big)" \
	"$(lines 12 20)"
is "min takes the lesser" "$(shm min --old big 0 -4)$(shm get big 0)" 12-4
shm set sum 0.5
shm add sum 0.25
is "a scalar has no index" "$(shm get sum)" 0.75
shm set m ... 0
shm add m 1,-1 3
is "an index per axis" "$(shm get m 1,3) $(shm get m | tr -cd 3)" "3 3"
shm set big 0 0
many()
{
	for i in $(seq 100); do
		shm add big 0 1
		shm add sum 1
	done
}
shm set sum 0
many &
many &
many
wait
is "none is lost" "$(shm get big 0) $(shm get sum)" "300 300.0"

# ---- whole arrays and files ----

shm fill u 9
is "fill" "$(shm get u)" "$(lines 9 9 9 9)"
printf '\001\002\003\004' >raw
shm load u raw
is "load raw bytes" "$(shm get u)" "$(lines 1 2 3 4)"
echo '5 6
7 8' >numbers.txt
shm fill u text:numbers.txt
is "fill from text" "$(shm get u)" "$(lines 5 6 7 8)"
shm save u raw.out
is "save raw bytes" "$(od -An -tu1 raw.out)" "   5   6   7   8"
shm set m ... $(seq 12)
shm save m m.npy
is "save .npy" "$(head -c 6 m.npy | tail -c 5)" NUMPY
like "with its shape" "$(head -c 128 m.npy | tr -cd ' -~')" \
	"'descr': '<i4'.*'shape': \(3, 4\)"
shm fill m 0
shm load m m.npy
is "load .npy" "$(shm get m :,3)" "$(lines 4 8 12)"

# ---- arrays that are files ----

printf '\001\002\003\004' >mapped
cp mapped private
"$SHM" new "${seg}map" m=u1:4=map:mapped p=u1:4=map-copy:private
is "a mapped file" "$("$SHM" get --segment "${seg}map" m)" "$(lines 1 2 3 4)"
"$SHM" set --segment "${seg}map" m 1 200
is "is written to" "$(od -An -tu1 mapped)" "   1 200   3   4"
is "a copied one can be read" "$("$SHM" get --segment "${seg}map" p 3)" 4
status_is "a write that would be lost is refused" 125 \
	"$SHM" set --segment "${seg}map" p 1 200
like "and named" "$err" '^shm: p: .*lost'
chmod a-w mapped
is "get needs no permission to write" \
	"$("$SHM" get --segment "${seg}map" m 1)" 200

# ---- the segment of the run ----

in_run()
{
	SHMMAP_FD=9 "$SHM" "$@" 9<>"/dev/shm/shmmap.$seg"
}
shm set sum 4.5
is "the descriptor of the run" "$(in_run get sum)" 4.5
is "or its path" \
	"$(SHMMAP_SEGMENT=/dev/shm/shmmap.$seg "$SHM" get sum)" 4.5
is "or its path when the descriptor is closed" \
	"$(SHMMAP_FD=9 SHMMAP_SEGMENT=/dev/shm/shmmap.$seg "$SHM" get sum)" 4.5
is "--segment comes first, before or after the command" \
	"$(SHMMAP_FD=77 shm get sum) $(SHMMAP_FD=77 "$SHM" get --segment "$seg" sum)" \
	"4.5 4.5"

# ---- output that can not be written ----

if [ -w /dev/full ]; then
	status_is "a full output is an error" 125 \
		sh -c '"$SHM" --segment "$1" get x >/dev/full' - "$seg"
	like "which is told" "$err" '^shm: get: standard output: '
else
	skip_one "needs /dev/full"
fi
cksum <"/dev/shm/shmmap.$seg" >before
status_is "a closed output, too" 125 \
	sh -c '"$SHM" --segment "$1" get x >&-' - "$seg"
cksum <"/dev/shm/shmmap.$seg" >after
same "nothing is printed into the segment" after before
done_testing
