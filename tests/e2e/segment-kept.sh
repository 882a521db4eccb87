#!/bin/sh
# What --keep is to keep stays, however the run ends that it is told to; only
# the death of the master itself, before the end, takes it away.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/processes.sh"
. "$(dirname "$0")/segments.sh"

export SHM seg
file=/dev/shm/shmmap.$seg
seq 4 >jobs

# begin [OPTION]...: a run that has added 1 and 2, and waits in job 3
begin()
{
	rm -f began got.err
	token=$(new_token)
	TOKEN=$token start "$SHMMAP" -j1 -a jobs --segment "$seg" --keep \
		-A sum=i8=100 -A n=i8 --reduction sum:sum "$@" '
		"$SHM" add sum {} >/dev/null; "$SHM" add n 1 >/dev/null
		[ {} != 3 ] || { touch began; exec sleep 1000; }' \
		>got 2>got.err
	ok "a run is in it" wait_until 20 test -e began
}

for signal in 15 2 1; do
	begin --grace 0.1
	kill -"$signal" "$master"
	ended
	is "a signal ends the run" "$end" "signal $signal"
	ok "the segment stays" test -e "$file"
	is "it is nobody's" "$("$SHM" ls | grep "^$seg$tab" | cut -f 4)" kept
	is "it has what was written to it, and reduced" \
		"$(shm get n) $(shm get sum)" "3 106"
	no_process_left "$token"
	begin --grace 0.1
	kill -"$signal" "$master"
	ended
	is "another run goes on with it" "$(shm get n) $(shm get sum)" "6 112"
	"$SHM" rm "$seg"
done

run "$SHMMAP" -a jobs -j2 --segment "$seg" --keep -A n=i8 \
	'"$SHM" add n 1 >/dev/null; [ {} != 2 ]'
is "a run whose job has failed" "$status:$(shm get n)" 1:4
"$SHM" rm "$seg"
run "$SHMMAP" -a jobs --segment "$seg" --keep -A n=i8 -A x=i8=@nofile true
is "a run that does not begin" "$status" 125
not_ok "leaves none" test -e "$file"
run "$SHMMAP" -a jobs -j1 --segment "$seg" --keep -A n=i8 --save-always n=n.npy \
	'"$SHM" add n 1 >/dev/null; kill -9 $PPID; : {}'
is "a run whose slaves are killed" "$status:$(shm get n)" 137:4
"$SHM" rm "$seg"

# who makes it is killed while another run uses it
begin
run "$SHMMAP" -a jobs --segment "$seg" --keep -A n=i8 '"$SHM" add n 10 >/dev/null
	[ {} != 4 ] || { kill -9 '"$master"'
		until [ ! -e /dev/shm/shmmap.$seg ]; do sleep 0.01; done; }'
ended
is "the name is gone, and the run that wanted it to stay has failed" \
	"$status:$err" "125:shmmap: segment '$seg': its name was taken away \
during the run: nothing of it stays"
not_ok "there is none" test -e "$file"
no_process_left "$token"
done_testing
