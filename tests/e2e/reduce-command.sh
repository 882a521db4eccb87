#!/bin/sh
# --reduce COMMAND: one process that reads all results; what it prints is the
# output, its failure the run's.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/processes.sh"

seq 1000 >jobs
reduced()
{
	run timeout 60 "$SHMMAP" "$@"
}
reduced -k -a jobs --reduce 'tr "\n" " "; echo end' --filter cat
is "in order" "$out" "$(tr '\n' ' ' <jobs)end"
is "in order: status and errors" "$status:$err" "0:"
reduced -j3 -a jobs --reduce 'sort -n' echo
is "as they come" "$out" "$(cat jobs)"
reduced -k --tag -a jobs --reduce 'tail -n 1' --filter cat
is "with tags" "$out" "1000${tab}1000"
reduced -a jobs --reduce 'wc -c' true
is "nothing to read" "$out:$status:$err" "0:0:"
reduced -k -a jobs --reduce 'echo begin; cat; echo $$ >pid' --filter cat
is "it is one process" "$(wc -l <pid):$(printf '%s\n' "$out" | grep -c begin)" 1:1
if ! is_sanitized; then
	run sh -c 'seq 2000000 | timeout 60 "$SHMMAP" -k --reduce cksum --filter cat'
	is "more than a pipe holds" "$out" "$(seq 2000000 | cksum)"
fi

reduced -a jobs --reduce 'cat >/dev/null; echo out; exit 7' --filter cat
is "its failure is the run's" "$status:$out" "7:out"
is "it is said" "$err" \
	"shmmap: --reduce: 'cat >/dev/null; echo out; exit 7': exited with status 7"
reduced -a jobs --reduce 'cat >/dev/null; kill -9 $$' --filter cat
is "it is killed" "$status" 137
like "it is said" "$err" "^shmmap: --reduce: .*: killed by signal 9 "
reduced -a jobs --reduce ./nosuch --filter cat
is "there is none" "$status" 127
like "it is said" "$err" "^shmmap: --reduce: './nosuch': exited with status 127"
# shellcheck disable=SC2016
reduced -k -a jobs --reduce 'wc -l' sh -c 'echo x; [ "$1" != 17 ]' sh
is "a job fails: all is read, the status is the job's" "$out:$status" "1000:1"

# it reads no more: the rest is not run
run sh -c 'yes | timeout 60 "$SHMMAP" --reduce "head -n 3" --filter cat'
is "it has enough" "$out:$status:$err" "y${nl}y${nl}y:0:"
run sh -c 'yes | timeout 60 "$SHMMAP" --reduce "read -r x; exit 5" echo'
is "it fails before the end" "$status" 5
is "it is said" "$err" "shmmap: --reduce: 'read -r x; exit 5': exited with status 5"
run sh -c '{ yes | timeout 60 "$SHMMAP" --reduce cat --filter cat; echo $? >status; } |
	head -n 1'
is "nobody reads it" "$out:$err:$(cat status)" "y::141"

# it does not read: signals are answered all the same
mkfifo began
for signal in 2:INT 15:TERM; do
	number=${signal%:*} name=${signal#*:}
	token=$(new_token)
	TOKEN=$token start sh -c 'exec "$SHMMAP" "$@"' sh --grace 1000 \
		--reduce 'echo >began; exec sleep 1000' yes >out 2>err <jobs
	read -r _ <began
	kill -"$name" "$master"
	ended
	is "$name: it ends by it" "$end" "signal $number"
	is "$name: nothing is said" "$(cat err)" ""
	no_process_left "$token" "$name: nothing is left"
done
token=$(new_token)
TOKEN=$token start "$SHMMAP" --grace 0.1 \
	--reduce 'trap "" TERM; echo >began; while :; do sleep 1000; done' \
	yes >out 2>err <jobs
read -r _ <began
kill -TERM "$master"
ended
is "it does not listen: killed after the grace time" "$end" "signal 15"
no_process_left "$token"
token=$(new_token)
TOKEN=$token start "$SHMMAP" --grace 30 \
	--reduce 'trap "echo cleaned; exit" TERM; echo >began
		while :; do sleep 0.01; done' yes >out 2>err <jobs
read -r _ <began
kill -TERM "$master"
ended
is "it cleans up: it has the grace time" "$(cat out):$end" "cleaned:signal 15"
no_process_left "$token"
# it has had enough, and the jobs were killed for that: a signal is for it alone
is_alone()
{
	[ -e ran ] && [ "$(children "$master" | wc -w)" -eq 1 ]
}
token=$(new_token)
TOKEN=$token start "$SHMMAP" --grace 1000 -a jobs \
	--reduce 'while [ ! -e ran ]; do sleep 0.01; done
		exec <&-; exec sleep 1000' \
	sh -c ': >ran; trap "" TERM; while :; do echo; done' >out 2>err
ok "it reads no more: jobs are killed, it is not" wait_until 20 is_alone
kill -TERM "$master"
ended
is "then it is sent a signal" "$end:$(cat err)" "signal 15:"
no_process_left "$token"
token=$(new_token)
TOKEN=$token start "$SHMMAP" --reduce 'echo >began; exec sleep 1000' \
	yes >out 2>err <jobs
read -r _ <began
kill -KILL "$master"
ended
no_process_left "$token" "it does not outlive shmmap"

# started by one who ignores the ends of children: they are not seen at all
IGNORE=CHLD start timeout 60 "$SHMMAP" -a jobs --reduce 'exec true' echo >out 2>err
ended
is "children that vanish" "$end" "exit 0"

# shmmap fails: it does not take what it has got for all
run sh -c 'seq 100 | timeout 60 "$SHMMAP" --wd . --reduce "cat >/dev/null; echo all" \
	--segment 2 echo'
is "a wrong command line: it is not begun" "$status:$out" "125:"
done_testing
