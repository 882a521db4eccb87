#!/bin/sh
# A wrong command line is status 125 and one line that names what is wrong, and
# nothing is changed.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/segments.sh"

"$SHM" new "$seg" x=f8:10 m=i4:3,4 sum=f8 t=S3:2 r='{x=f8,id=i4}' z=c16 h=f2
cksum <"/dev/shm/shmmap.$seg" >before

# wrong SAYS WORD...: standard error is one line "shm: SAYS", a basic regular
# expression from the line's begin on
wrong()
{
	says=$1
	shift
	status_is "$*: status" 125 "$@"
	is "$*: one line" "$(wc -l <"$err_file")" 1
	ok "$*: it is 'shm: $says'" grep -q -e "^shm: $says" "$err_file"
	is "$*: no output" "$out" ""
}

# ---- the command line ----

wrong "no command" "$SHM"
wrong "no command" "$SHM" --segment "$seg"
wrong "unknown command 'nosuch' (try" "$SHM" nosuch
wrong "unknown command 'gte' (did you mean 'get'?)" "$SHM" gte x
wrong "unknown command ''" "$SHM" ''
wrong "unknown option '--nosuch'" "$SHM" --nosuch
wrong "unknown option '--segmnet' (did you mean '--segment'?)" "$SHM" --segmnet a
wrong "unknown option '-x'" "$SHM" -x
wrong "option '--segment' needs an argument" "$SHM" --segment
wrong "get: option '--segment' needs an argument" "$SHM" get --segment
wrong "get: unknown option '--old'" "$SHM" get --old x
wrong "get: unknown option '-o'" "$SHM" get -o x
wrong "add: unknown option '-x'" "$SHM" add -ox x 1 1
wrong "add: option '--old' takes no argument" "$SHM" add --old=1 x 1 1
wrong "add: unknown option '--odl' (did you mean '--old'?)" "$SHM" add --odl x 1 1
wrong "critical: option '-n' needs an argument" "$SHM" critical -n
wrong "rm: option '--segment' means nothing here" shm rm "$seg"
wrong "rm: unknown option '--segment'" "$SHM" rm --segment "$seg"

# too few operands, too many
for command in get set 'set x' add 'add x' min 'max x' fill 'fill x' load \
	'load x' save 'save x' critical master single; do
	wrong "${command%% *}: not enough operands: shm ${command%% *} " \
		shm $command
done
wrong "get: '2' is too much: shm get NAME \[SLICE\]" shm get x 1 2
wrong "add: '3' is too much" shm add x 1 2 3
wrong "fill: 'b' is too much" shm fill x a b
wrong "save: 'b' is too much" shm save x a b
wrong "ls: 'b' is too much" "$SHM" ls a b
wrong "barrier: 'now' is too much: shm barrier$" shm barrier now
wrong "ls: --all and the name" "$SHM" ls -a "$seg"
wrong "new: no name" "$SHM" new
wrong "rm: nothing to remove" "$SHM" rm
wrong "rm: nothing to remove" "$SHM" rm -v

# ---- segments and arrays ----

wrong "get: no segment: run it in a worker of shmmap, or .*--segment" \
	"$SHM" get x
wrong "critical: no segment: .*--segment" "$SHM" critical true
wrong "segment 'no_such': " "$SHM" get --segment no_such x
wrong "segment 'a/b': no name.*letters" "$SHM" get --segment a/b x
wrong "segment '1x': no name.*letters" "$SHM" new 1x
wrong "segment 'x=f8': no name.*letters" "$SHM" new x=f8
wrong "segment 'no_such': no segment" "$SHM" rm no_such
wrong "segment '../x': no name" "$SHM" rm ../x
wrong "SHMMAP_SEGMENT: .*nosuch" env SHMMAP_SEGMENT=nosuch "$SHM" get x
wrong ".*not a segment" env SHMMAP_FD=0 "$SHM" get x
wrong "'y': no such array in segment '$seg' (it has x, m, sum, t, r, z, h)" \
	shm get y
wrong "'sun': no such array in segment '$seg' (did you mean 'sum'?)" \
	shm get sun
wrong "'': no such array" shm get ''

# ---- slices and indices ----

wrong "x: index 12 is outside of shape 10$" shm get x 12
wrong "x: index -11 is outside of shape 10$" shm get x -11
wrong "m: index 1,4 is outside of shape 3,4$" shm set m 1,4 1
wrong "x: index 10 is outside of shape 10$" shm add x 10 1
wrong "x: index 99999999999999999999 is outside" shm get x 99999999999999999999
for slice in a '' 1: 1:2: 1,2 1:2:0 '[1]' 1.0 '1 ' ,1 ...,...; do
	case $slice in
	1: | 1:2:) continue ;;
	esac
	wrong "x: '[^ ]* \{0,1\}' is no slice of shape 10" shm get x "$slice"
done
wrong "sum: a scalar takes no slice, but '0'" shm get sum 0
wrong "x: no value behind slice '1.5'" shm set x 1.5
wrong "x: an index and a value" shm add x 1
wrong "sum: a scalar takes one value" shm add sum 0 1
wrong "x: '1:2' is not one element of shape 10: 1 index is" shm add x 1:2 1
wrong "m: '1' is not one element of shape 3,4: 2 indices are" shm add m 1 1

# ---- values ----

wrong "x: 'abc' is no value of f8" shm set x 1 abc
wrong "x: '' is no value of f8" shm set x 1 ''
wrong "x: ' 1' is no value of f8" shm set x 1 ' 1'
wrong "m: '1.5' .* i4" shm set m ... 1.5
wrong "m: '2147483648' does not fit into i4" shm set m ... 2147483648
wrong "x: '1e999' does not fit into f8" shm set x 1 1e999
wrong "t: 'four' does not fit into S3" shm set t 0 four
wrong "r: '(1)' is no value of {x=f8,id=i4}" shm set r '(1)'
wrong "x: 0 values for 10 elements" shm set x ... -
wrong "sum: 2 values for 1 element\$" shm set sum 1 2
wrong "critical: critical '0*': a name has at most 47 bytes" \
	shm critical -n "$(printf %048d 0)" true
wrong "x: 'abc' is no value" shm add x 1 abc
wrong "t: no add for S3" shm add t 0 a
wrong "r: no max for {x=f8,id=i4}" shm max r '(1, 2)'
wrong "z: no min for c16" shm min z 1
wrong "z: no add for c16" shm add z 1
wrong "h: no add for f2" shm add h 1

# ---- files ----

wrong "x: .*no_such" shm load x no_such
wrong "x: .*no_such.npy" shm load x no_such.npy
printf 1234567 >seven
wrong "x: .*seven.*80" shm load x seven
wrong "x: .*seven" shm fill x text:seven.no
wrong "x: .*nofolder" shm save x nofolder/file
wrong "x: 'abc'" shm fill x abc
wrong "x: like: is for arrays that are being declared" shm fill x like:m
wrong "--rank: x is shared" shm save --rank 0 x file
not_ok "no file is made" test -e file

cksum <"/dev/shm/shmmap.$seg" >after
same "nothing was changed" after before

# ---- help ----

status_is "--help" 0 "$SHM" --help
like "--help is about the use" "$out" '^Usage: shm '
is "--help says it on standard output" "$err" ""
is "--help fits a terminal" "$(awk 'length > 80' "$out_file")" ""
commands=$("$SHM" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
is "--help lists them all" "$(echo $commands)" "new ls rm get set add min max \
fill load save critical ordered barrier master single"
for command in $commands; do
	status_is "$command --help" 0 "$SHM" "$command" --help
	like "$command --help is about it" "$out" "^Usage: shm $command "
	is "$command --help fits a terminal" "$(awk 'length > 80' "$out_file")" ""
done
status_is "--version" 0 "$SHM" --version
like "--version" "$(head -n 1 "$out_file")" '^shm .*[0-9]+\.[0-9]+'
done_testing
