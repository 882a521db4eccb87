#!/bin/sh
# The examples of the man page and of README.md do what they say.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/manual.sh"

mkdir bin
ln -s "$SHMMAP" bin/shmmap
[ -x "$SHM" ] || tap_bail "no shm beside shmmap: build it, or set SHM"
ln -s "$SHM" bin/shm
PATH=$T/bin:$PATH

# ---- the man page: each literal block of EXAMPLES is one script ----

examples "$top_srcdir/man/shmmap.1" example.%02d

unlike "no macro or escape is left in them" "$(cat example.*)" '^\.|\\\(|\\-'

# example NUMBER WANTED: runs in a folder with some files
example()
{
	rm -rf place
	mkdir -p place/deep
	(
		cd place || exit
		printf 'b\na\nb\n' >one.txt
		printf 'some words here\n' >'two words.txt'
		echo log >a.log
		echo log >'deep/b c.log'
		run sh -eu "../example.$1"
		is "example $1: status and errors" "$status:$err" "0:"
		is "example $1: output" "$out" "$2"
	)
}

is "all are known here" "$(ls example.* | wc -l)" 17
example 01 "job 1${nl}job 2${nl}job 3"
example 02 "3 one.txt${nl}3 two words.txt"
example 03 ""
ok "the logs are compressed" \
	test -s place/a.log.gz -a -s "place/deep/b c.log.gz" -a ! -e place/a.log
example 04 ""
is "words are counted" "$(sed 's/  *//' place/one.counts)" "1 a${nl}2 b"
ok "in a file with a blank, too" test -s "place/two words.counts"
example 05 "1${tab}2${nl}2${tab}4${nl}3${tab}6"
example 06 "1 red${nl}2 green${nl}3 blue"
example 07 "job 1 of 1, one of 2 slaves${nl}job 2 of 2, one of 2 slaves
job 3 of 3, one of 2 slaves${nl}job 4 of 4, one of 2 slaves"
example 08 "run 1 with 2 threads${nl}run 2 with 2 threads${nl}run 3 with 2 threads"
example 09 "1: /tmp C${nl}2: /tmp C"
example 10 "                   10"
example 11 ""
is "the sum is there" "$(tail -c 8 place/sum.npy | od -An -tf8 | tr -d ' ')" 5050
example 12 "4${nl}a${tab}1${nl}b${tab}2${nl}here${tab}1${nl}some${tab}1${nl}words${tab}1"
# the name of its segment is one that only this test has
seg=$(new_token)
trap 'rm -f "/dev/shm/shmmap.$seg"; tap_cleanup' EXIT
sed "s/squares/$seg/" example.13 >renamed
mv renamed example.13
if [ -d /dev/shm ] && [ -w /dev/shm ]; then
	example 13 "1${nl}4${nl}9${nl}16"
else
	skip_one "needs /dev/shm"
fi
example 13 "1${nl}4${nl}9${nl}16"
example 14 "1a${nl}2a${nl}3a${nl}1b${nl}2b${nl}3b"
example 15 "4 blue${nl}3 red"
example 16 "0 to 4 by 7, pi${nl}4 to 7 by 8, pi${nl}7 to 10 by 9, pi"
example 17 "two words.txt"

# ---- README.md: indented lines that run shmmap ----

sed -n 's/^    \(.*| shmmap .*\)/\1/p' "$top_srcdir/README.md" >readme
ok "README.md has examples" test -s readme

# stand-ins for the tools that they run; each shows its arguments
for tool in flac cc; do
	cat >bin/$tool <<-'SH'
	#!/bin/sh
	echo "${0##*/} $*"
	SH
	chmod +x bin/$tool
done
mkdir place2
cd place2 || exit
touch one.flac 'two b.flac' x.c
number=0
while read -r line; do
	number=$((number + 1))
	printf '%s\n' "$line" >line
	run sh -eu line
	is "README example $number: status and errors: $line" "$status:$err" "0:"
	case $line in
	*"-k echo job"*)
		is "in order" "$out" "$(seq -f 'job %.0f' 8)" ;;
	*"echo job"*)
		is "in any order" "$(printf '%s\n' "$out" | sort)" \
			"$(seq -f 'job %.0f' 8)" ;;
	*flac*)
		is "each file" "$(printf '%s\n' "$out" | sort)" \
			"flac -sd one.flac -o one.wav
flac -sd two b.flac -o two b.wav" ;;
	*"cc -c"*)
		is "each file" "$out" "cc -c ./x.c" ;;
	*sum=sum.npy*)
		is "a sum is saved" \
			"$(tail -c 8 sum.npy | od -An -tf8 | tr -d ' ')" 5050 ;;
	*top=top.npy*)
		is "a maximum is saved" \
			"$(tail -c 8 top.npy | od -An -td8 | tr -d ' ')" 100 ;;
	*"reduce sum --filter"*)
		is "an exact sum" "$out" 500000600000.0 ;;
	*"reduce max"*)
		is "the longest" "$out" 0 ;;
	*"--by"*)
		is "sums by key" "$out" "0${tab}18${nl}1${tab}12${nl}2${tab}15" ;;
	*"reduce 'paste"*)
		is "a command" "$out" 1+2+3+4+5+6+7+8+9 ;;
	*"shm barrier"*)
		is "all have set their elements" "$out" "6.0${nl}6.0${nl}6.0" ;;
	*)
		isnt "it prints something" "$out" "" ;;
	esac
done <../readme
done_testing
