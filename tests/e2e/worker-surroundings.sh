#!/bin/sh
# What a worker finds: its input, environment, folder and open files.
. "$(dirname "$0")/lib.sh"

seq 30 >jobs
run "$SHMMAP" -k sh -c 'readlink /proc/$$/fd/0' <jobs
is "standard input is /dev/null" "$(sort -u "$out_file")" /dev/null
run "$SHMMAP" -k sh -c 'cat; echo $1' sh <jobs
same "a job does not eat the list" "$out_file" jobs

run "$SHMMAP" -k -j3 sh -c 'echo $SHMMAP_JOB' <jobs
same "SHMMAP_JOB is the job's number" "$out_file" jobs
run "$SHMMAP" -j3 sh -c 'echo $SHMMAP_NP' <jobs
is "SHMMAP_NP is the number of slaves" "$(sort -u "$out_file")" 3
run "$SHMMAP" -j3 sh -c 'echo $SHMMAP_RANK' <jobs
is "SHMMAP_RANK is below it" "$(grep -v -c '^[012]$' "$out_file")" 0
is "they replace what was there" "$(head -n 1 jobs | env SHMMAP_JOB=77 \
	SHMMAP_RANK=77 SHMMAP_NP=77 "$SHMMAP" -j2 \
	'exec env; : {}' | grep -c '^SHMMAP_[A-Z]*=77$')" 0
is "and what belongs to a run around this one is not there" \
	"$(head -n 1 jobs | env SHMMAP_RUN_FD=77 SHMMAP_RUN=77 \
	SHMMAP_BOARD_FD=77 "$SHMMAP" -j2 \
	'exec env; : {}' | grep -c '^SHMMAP_[A-Z_]*=77$')" 0
is "once each" "$(head -n 1 jobs | env SHMMAP_JOB=77 "$SHMMAP" \
	'tr "\0" "\n" </proc/self/environ; : {}' | grep -c '^SHMMAP_JOB=')" 1

seeds()
{
	"$SHMMAP" -k "$@" sh -c 'echo $SHMMAP_SEED' <jobs
}
is "a seed for each job" "$(seeds --seed 5 | sort -u | wc -l)" \
	"$(wc -l <jobs)"
is "the same with other slaves" "$(seeds --seed 5 -j3)" "$(seeds --seed 5 -j1)"
isnt "another for another run's seed" "$(seeds --seed 5)" "$(seeds --seed 6)"
isnt "and without one" "$(seeds)" "$(seeds)"

head -n 1 jobs >one
is "the rest of the environment is the same" "$(env -i A=1 B='x y' PATH="$PATH" \
	"$SHMMAP" 'exec env; : {}' <one | grep -c -E '^(A=1|B=x y)$')" 2
is "without an environment" "$(env -i "$SHMMAP" /bin/echo <one)" 1

value()
{
	"$SHMMAP" "$@" sh -c 'printf "<%s>" "$NAME"' <one
}
is "--env" "$(value --env NAME=x)" "<x>"
is "--env=" "$(value --env=NAME=x)" "<x>"
is "--env: the last counts" "$(value --env NAME=x --env NAME=y)" "<y>"
is "--env: any value" "$(value --env "NAME=a b=c'\"\$x$nl")" "<a b=c'\"\$x$nl>"
is "--env: an empty one" "$(NAME=x value --env NAME=)" "<>"
is "--env goes before what is inherited" "$(NAME=x value --env NAME=y)" "<y>"
is "--env: several" "$("$SHMMAP" --env A=1 --env B=2 \
	sh -c 'echo $A $B' <one)" "1 2"
for bad in NAME =x ''; do
	status_is "--env '$bad' is an error" 125 "$SHMMAP" --env "$bad" echo <one
	like "--env '$bad' is quoted" "$err" "^shmmap: .*'$bad'"
done

mkdir folder 'a folder'
is "the folder is shmmap's own" "$("$SHMMAP" 'pwd -P; : {}' <one)" \
	"$(pwd -P)"
is "--wd" "$("$SHMMAP" --wd "a folder" 'pwd -P; : {}' <one)" \
	"$(pwd -P)/a folder"
is "--wd=" "$("$SHMMAP" --wd="$T/folder" 'pwd -P; : {}' <one)" \
	"$(pwd -P)/folder"
is "--wd is not for -a" "$("$SHMMAP" --wd folder -a one echo)" 1
status_is "--wd: no such folder" 125 "$SHMMAP" --wd nowhere echo <one
like "--wd: no such folder: is said" "$err" \
	"^shmmap: .*nowhere.*: No such file or directory\$"
status_is "--wd: not a folder" 125 "$SHMMAP" --wd one echo <one
like "--wd: not a folder: is said" "$err" \
	"^shmmap: .*one.*: Not a directory\$"

# A job that opens /dev/stdout must not truncate what is there.
echo before >got
"$SHMMAP" -k 'echo {}; echo again {} >/dev/stdout; echo {} end' \
	<one >>got
is "a job may open /dev/stdout" "$(cat got)" "before${nl}1${nl}again 1${nl}1 end"
head -n 3 jobs >three
"$SHMMAP" -k 'echo {} >/dev/stdout; echo e{} >/dev/stderr' <three >got 2>got.err
is "as its first output" "$(cat got)" "1${nl}2${nl}3"
is "and /dev/stderr" "$(cat got.err)" "e1${nl}e2${nl}e3"

# no pipe inside, whose ends the shell would have for a moment
files='ls /proc/$$/fd'
segment_fd=$("$SHMMAP" sh -c 'echo $SHMMAP_FD' <one)
is "no other file is open than the segment" \
	"$("$SHMMAP" sh -c "$files" <one | grep -v -x "$segment_fd")" \
	"$(sh -c "$files")"
exec 7<one
is "but those that shmmap was given" \
	"$("$SHMMAP" sh -c 'readlink /proc/$$/fd/7' <one)" "$T/one"
exec 7<&-
limits='ulimit -S -n; ulimit -H -n; umask'
is "limits are the same" "$("$SHMMAP" "$limits; : {}" <one)" \
	"$(sh -c "$limits")"
is "a low one too" \
	"$(ulimit -S -n 100; "$SHMMAP" -j1 "ulimit -S -n; : {}" <one)" 100
if has python3; then
	cat >meddle.py <<'PY'
import fcntl, os
flags = fcntl.fcntl(1, fcntl.F_GETFL)
fcntl.fcntl(1, fcntl.F_SETFL, flags | os.O_NONBLOCK)
PY
	is "an output that one job made non-blocking blocks for the next" \
		"$(printf '1\n2\n' | "$SHMMAP" -j1 'if [ {} = 1 ]; then
			python3 meddle.py
		else
			head -c 3000000 /dev/zero
		fi' | wc -c)" 3000000
else
	skip_one "an output that one job made non-blocking: no python3"
fi
is "a job is a process group" \
	"$("$SHMMAP" sh -c 'set -- $$ $(cut -d " " -f 5 /proc/$$/stat)
		[ $1 = $2 ] && echo yes' <one)" yes
done_testing
