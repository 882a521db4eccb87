#!/bin/sh
# With -k results come in the order of the jobs, however long each takes, and
# the job whose turn it is is written while it runs.
. "$(dirname "$0")/lib.sh"

seq 1000 >jobs
for j in 1 2 7 64; do
	run "$SHMMAP" -k -j$j echo <jobs
	same "-j$j: a thousand small jobs" "$out_file" jobs
done

run "$SHMMAP" --ordered -j4 sh -c 'echo "$1" >&2' sh <jobs
same "errors too" "$err_file" jobs

# Job 1 ends when job 40 has run: 39 results are early.
seq 40 >jobs
mkfifo gate
late='
	case {} in
	1) read x <gate ;;
	40) echo go >gate ;;
	esac
	echo {}'
run timeout 30 "$SHMMAP" -k -j2 "$late" <jobs
same "the first job ends last" "$out_file" jobs

run timeout 30 "$SHMMAP" -j2 "$late" <jobs
is "without -k: all of them" "$(sort -n "$out_file" | cksum)" "$(cksum <jobs)"
isnt "without -k: as they end" "$(head -n 1 "$out_file")" 1

# The same with many jobs in between that print nothing, so that no result wakes
# anybody, and more than can have been read ahead.
many=2500
printf '#!/bin/sh\nread x <gate\necho first\n' >first
printf '#!/bin/sh\necho go >gate\necho last\n' >last
chmod +x first last
{
	echo ./first
	yes true | head -n $many
	echo ./last
} >programs
for options in "-k -j2" "-k -j3"; do
	run timeout 60 "$SHMMAP" $options {} <programs
	is "$options: $many silent jobs wait for the first" "$status" 0
	is "$options: and the last ends it" "$out" "first${nl}last"
done

# What prints nothing need not be waited for: jobs leave the master asleep. The
# last one reads how often it has slept: once per job, if it were woken.
cat >last-looks <<'END'
#!/bin/sh
[ "$1" = 500 ] || exit 0
read -r _ _ _ master _ <"/proc/$PPID/stat"
sed -n 's/^voluntary_ctxt_switches:[^0-9]*//p' "/proc/$master/status"
END
chmod +x last-looks
run timeout 60 sh -c 'seq 500 | "$SHMMAP" -k -j2 ./last-looks'
le "500 silent jobs wake the master $out times" "$out" 50

# every job waits for the next one, so that they end in reverse
seq 8 >jobs
for n in $(seq 8); do
	mkfifo "gate$n"
done
run timeout 30 "$SHMMAP" -k -j8 '
	[ {} = 8 ] || read x <gate{}
	echo {}
	[ {} = 1 ] || echo go >gate$(expr {} - 1)' <jobs
same "jobs end in reverse" "$out_file" jobs

# Job 1 shows what it has while it waits; job 2 has to wait for its turn.
seq 2 >jobs
timeout 30 "$SHMMAP" -k -j2 '
	echo {} begins
	echo {} complains >&2
	echo >printed{}
	read x <gate{}
	echo {} ends' <jobs >got 2>got.err &
ok "the first job's output is seen while it runs" \
	wait_until 20 grep -q "1 begins" got
ok "and its errors" wait_until 20 grep -q "1 complains" got.err
ok "the second job runs beside it" wait_until 20 test -e printed2
not_ok "but is not seen yet" grep -q 2 got got.err
echo go >gate1
ok "the second job streams when its turn comes" \
	wait_until 20 grep -q "2 begins" got
is "after all of the first" "$(cat got)" "1 begins${nl}1 ends${nl}2 begins"
echo go >gate2
ok "the run ends" wait $!
is "all in order" "$(cat got)" \
	"1 begins${nl}1 ends${nl}2 begins${nl}2 ends"
done_testing
