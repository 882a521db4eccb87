#!/bin/sh
# Sections: CMD runs alone, in turn, or once; shm ends as CMD does; and when one
# of the two is killed, the other does not go on inside.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/processes.sh"
. "$(dirname "$0")/segments.sh"

"$SHM" new "$seg" n=i8

# ---- critical: one at a time ----

# what is lost when two do it at once
cat >count <<'SH'
old=$("$SHM" --segment "$1" get n)
"$SHM" --segment "$1" set n $((old + 1))
SH
many()
{
	for i in $(seq 25); do
		shm critical sh ./count "$seg"
	done
}
many &
many &
many
wait
is "none is lost" "$(shm get n)" 75

mkfifo hold
# inside NAME: CMD says that it is inside NAME, and stays until hold is opened
cat >inside <<'SH'
touch "inside.$1"
read -r line <hold
touch "left.$1"
SH
start "$SHM" critical --segment "$seg" sh ./inside a
ok "the first is inside" wait_until 20 test -e inside.a
first=$master
start "$SHM" critical --segment "$seg" sh ./inside b
second=$master
run shm critical -n other echo through
is "another name is another section" "$status:$out$err" 0:through
run "$SHM" critical --segment "$seg" -nother true
is "which can be entered again" "$status:$out$err" 0:
ok "the second waits" wait_until 20 is_state "$second" S
not_ok "and is not inside" test -e inside.b
echo go >hold
ok "it comes when the first has left" wait_until 20 test -e inside.b
ok "which it has" test -e left.a
echo go >hold
ended
is "and leaves with 0" "$end" "exit 0"
is "the first is gone" "$(is_gone "$first" && echo gone)" gone

# ---- as CMD ends ----

status_is "its exit status" 3 shm critical sh -c 'exit 3'
status_is "125 and more, too" 200 shm critical sh -c 'exit 200'
status_is "not found" 127 shm critical ./nosuch
like "it is named" "$err" "^shm: './nosuch': "
is "on one line" "$(wc -l <"$err_file")" 1
touch plain
status_is "not to be run" 126 shm critical ./plain
like "it is named, too" "$err" "^shm: './plain': "
is "words are not for a shell" "$(shm critical echo '$HOME; x' '*')" \
	'$HOME; x *'
is "options of CMD are its own" "$(shm critical printf '%s\n' --help -n)" \
	"--help${nl}-n"
is "standard input is CMD's" "$(echo text | shm critical cat)" text
for signal in 15:TERM 9:KILL 6:ABRT; do
	start "$SHM" critical --segment "$seg" \
		sh -c "kill -${signal#*:} \$\$" 2>/dev/null
	ended
	is "killed by ${signal#*:}" "$end" "signal ${signal%:*}"
done
run shm critical echo free
is "the section is free afterwards" "$status:$out$err" 0:free

# ---- signals ----

cat >listen <<'SH'
for name in INT TERM HUP; do
	trap "echo $name >got; exit 9" $name
done
touch listening
while :; do
	sleep 0.02
done
SH
for name in INT TERM HUP; do
	rm -f got listening
	start "$SHM" critical --segment "$seg" sh ./listen
	wait_until 20 test -e listening
	kill -s "$name" "$master"
	ended
	is "$name is passed on, and CMD decides" "$end:$(cat got)" "exit 9:$name"
done
rm -f listening
IGNORE=INT start "$SHM" critical --segment "$seg" \
	sh -c 'kill -INT $$; exit 4'
ended
is "what was ignored is ignored in CMD" "$end" "exit 4"
IGNORE=CHLD start "$SHM" critical --segment "$seg" sh -c 'exit 4'
ended
is "CHLD may be, too" "$end" "exit 4"

# The keys of a terminal signal all of its group, so CMD has got that already.
# This one is in another group and sees only what is passed on: TERM, but not
# the INT before it.
cat >keys.pl <<'PL'
setpgrp;
$SIG{INT} = sub { exit 3 };
$SIG{TERM} = sub { exit 7 };
open(my $file, ">", "keys.ready");
select(undef, undef, undef, 0.02) while 1;
PL
cat >press.py <<'PY'
import os, pty, signal, subprocess, sys, time

def wait_for(file):
    until = time.time() + 20
    while not os.path.exists(file) and time.time() < until:
        time.sleep(0.02)

pid, terminal = pty.fork()
if pid == 0:
    signal.signal(signal.SIGINT, lambda *_: open("keys.seen", "w").close())
    shm = subprocess.Popen(sys.argv[1:])
    wait_for("keys.seen")
    shm.terminate()
    os._exit(shm.wait())
wait_for("keys.ready")
os.write(terminal, b"\x03")
print(os.waitpid(pid, 0)[1] >> 8)
PY
if has python3; then
	run python3 press.py "$SHM" critical --segment "$seg" perl ./keys.pl
	is "Ctrl-C is not passed on a second time" "$out" 7
else
	skip_one "needs python3"
fi

# ---- one of them is killed ----

rm -f inside.*
start "$SHM" critical --segment "$seg" -n kill sh ./inside c
wait_until 20 test -e inside.c
child=$(children "$master")
kill -9 "$master"
ok "the child does not go on without shm" wait_until 20 is_gone "${child% }"
run shm critical -n kill echo next
is "the next one enters" "$status:$out" 0:next
like "and is told" "$err" "^shm: critical 'kill': the holder before died"
is "once, on one line" "$(wc -l <"$err_file")" 1
run shm critical -n kill echo after
is "the one after it is not" "$status:$out$err" 0:after

start "$SHM" critical --segment "$seg" -n kill sh ./inside d
wait_until 20 test -e inside.d
kill -9 "$(children "$master" | tr -d ' ')"
ended
is "shm ends by what CMD was killed by" "$end" "signal 9"
run shm critical -n kill echo next
is "and has left the section" "$status:$out$err" 0:next

# ---- sections of a run ----

for section in ordered barrier 'master true' 'single true'; do
	status_is "$section outside of a run" 125 shm $section
	like "it says so" "$err" "^shm: ${section%% *}: not in a run"
done
# Job 1 enters last of all that run at the same time.
cat >turn <<'SH'
touch "began.$1"
while [ "$1" = 1 ] && ! [ -e began.2 -a -e began.3 ]; do
	sleep 0.02
done
"$SHM" ordered sh -c 'echo $SHMMAP_JOB >>turns'
SH
seq 9 | "$SHMMAP" -j3 -A n=i8 sh ./turn
is "ordered: in the order of the jobs" "$(cat turns)" "$(seq 9)"

rm -f began.* turns
cat >turn <<'SH'
touch "began.$1"
while [ "$1" = 1 ] && ! [ -e began.2 ]; do
	sleep 0.02
done
"$SHM" ordered || exit
echo $1 >>turns
SH
seq 2 | "$SHMMAP" -j2 -A n=i8 sh ./turn
is "ordered without CMD waits for the turn" "$(sort turns)" "$(seq 2)"
cat >twice <<'SH'
"$SHM" ordered sh -c 'exit 3'
echo $?
"$SHM" ordered
echo $?
SH
run sh -c 'echo 1 | "$SHMMAP" -A n=i8 sh ./twice'
is "ordered: the status of CMD, and once per job" "$out" "3${nl}125"
like "the second one says so" "$err" '^shm: ordered: .*over'

# three jobs that wait for each other are one for each slave
cat >meet <<'SH'
touch "here.$1"
"$SHM" barrier || exit
[ -e here.1 -a -e here.2 -a -e here.3 ] || echo "$1 too early"
"$SHM" add n 1
"$SHM" master sh -c 'echo "master $SHMMAP_RANK"'
"$SHM" single echo single
"$SHM" single sh -c 'exit 3'
[ $? = 0 ] || echo "three"
"$SHM" barrier || exit
echo "n $("$SHM" get n)"
SH
run sh -c 'seq 3 | "$SHMMAP" -j3 -A n=i8 sh ./meet'
is "barrier, master and single" "$status:$(printf '%s\n' "$out" | sort)" \
	"0:master 0${nl}n 3${nl}n 3${nl}n 3${nl}single${nl}three"
is "without a word" "$err" ""

cat >meet <<'SH'
[ "$1" = 1 ] || exit 3
"$SHM" barrier
echo $?
SH
run sh -c 'seq 2 | "$SHMMAP" -j2 -A n=i8 sh ./meet'
is "a broken barrier is status 1" "$out" 1
like "and told" "$err" '^shm: barrier: '

# each slave has its own copy
cat >own <<'SH'
"$SHM" add p $((1 + SHMMAP_RANK))
"$SHM" barrier || exit
echo "$("$SHM" get p) $("$SHM" get s)"
"$SHM" master "$SHM" save --rank 1 p p.raw
SH
run sh -c 'seq 2 | "$SHMMAP" -j2 -A p=i8=5 --private p -A s=f8=0.5 sh ./own'
is "a private array is the slave's" "$status:$(printf '%s\n' "$out" | sort)" \
	"0:6 0.5${nl}7 0.5"
is "save --rank is another's" "$(od -An -td8 p.raw | tr -d ' ')" 7

# ---- descriptors that were closed on the way ----

cat >close-all <<'END'
import os, sys
os.closerange(3, 256)
os.execvp(sys.argv[1], sys.argv[1:])
END
cat >append <<'END'
"$SHM" add n 1
"$SHM" set log "$("$SHM" get n)" "$1"
END
closed()
{
	# shellcheck disable=SC2016 # the line is for shmmap
	seq 20 | "$SHMMAP" -k -j3 -A n=i4 -A log=i4:21 --save log=log "$@" 		'python3 close-all "$SHM" ordered sh append {}'
}
if has python3; then
	run closed
	is "descriptors closed: status" "$status:$err" "0:"
	is "descriptors closed: in order" 		"$(od -An -v -w4 -t d4 log | tr -s ' 
' ' ')" " 0 $(seq -s ' ' 20) "
	name=$(new_token)
	rm -f log
	run closed --segment "$name" --keep
	is "and a named segment: status" "$status:$err" "0:"
	is "and a named segment: in order" 		"$(od -An -v -w4 -t d4 log | tr -s ' 
' ' ')" " 0 $(seq -s ' ' 20) "
	"$SHM" rm "$name"
else
	skip_one "NEEDS PYTHON3"
fi
done_testing
