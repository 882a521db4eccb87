#!/bin/sh
# --tag puts the job's text and a tab before each line of its result, and
# nowhere else.
. "$(dirname "$0")/lib.sh"

printf '%s\n' a 'b c' d >jobs
cat >two <<'SH'
#!/bin/sh
echo one
echo two
echo oops >&2
SH
chmod +x two

run "$SHMMAP" -k --tag ./two <jobs
is "each line of output" "$out" "a${tab}one${nl}a${tab}two${nl}b c${tab}one${nl}\
b c${tab}two${nl}d${tab}one${nl}d${tab}two"
is "each line of errors" "$err" "a${tab}oops${nl}b c${tab}oops${nl}d${tab}oops"

run "$SHMMAP" --tag -j3 ./two <jobs
is "in any order" "$(sort "$out_file")" \
	"a${tab}one${nl}a${tab}two${nl}b c${tab}one${nl}b c${tab}two${nl}\
d${tab}one${nl}d${tab}two"

run "$SHMMAP" -k --tag sh -c : <jobs
is "no tag where there is no line" "$out$err" ""

run "$SHMMAP" -k --tag printf '\n\nx\n#%.0s' <jobs
is "empty lines have one" "$(head -n 3 "$out_file")" "a${tab}${nl}a${tab}${nl}a${tab}x"

# The last line of each job has no end: its tag is there all the same, once.
run "$SHMMAP" -k --tag sh -c 'printf "p\nq"' <jobs
is "a tag for a last line without its end" \
	"$(printf '%s' "$out" | tr '\n' ' ' | grep -o "[a-d c]*${tab}[pq]" | wc -l)" 6

# a line that comes in pieces, and lines longer than a block, while it streams
mkfifo gate
echo text >one
"$SHMMAP" -k --tag 'printf "a "; read x <gate; echo b; : {}' <one >got &
echo >gate
wait $!
is "a line in pieces has one tag" "$(cat got)" "text${tab}a b"

head -c 300000 /dev/zero | tr '\0' x >long
{ cat long; echo; cat long; echo; } >twolong
run "$SHMMAP" -k --tag 'cat twolong; : {}' <one
is "a long line has one tag" "$(cut -c 1-6 "$out_file" | cat -A)" \
	"text^Ix\$${nl}text^Ix\$"
is "and is whole" "$(wc -c <"$out_file")" "$((600002 + 10))"

# many jobs at once
seq 200 >jobs
run "$SHMMAP" --tag -j8 'seq -f "{} %.0f" 50; seq -f "{} %.0f" 50 >&2' <jobs
is "no line has another's tag" \
	"$(awk '$1 == $2 { n++ } END { print NR, n }' "$out_file")" "10000 10000"
is "nor one of the errors" \
	"$(awk '$1 == $2 { n++ } END { print NR, n }' "$err_file")" "10000 10000"
done_testing
