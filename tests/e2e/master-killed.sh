#!/bin/sh
# When shmmap is killed by SIGKILL, its slaves and its jobs end, with all that
# the jobs have started.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/processes.sh"

seq 8 >jobs

# kill_it DESCRIPTION OPTIONS COMMAND...: kills the master of such a run, which
# $prefix starts
prefix=
kill_it()
{
	rm -f began.*
	what=$1
	shift
	token=$(new_token)
	TOKEN=$token start $prefix "$SHMMAP" -j2 "$@" <jobs >got 2>got.err
	ok "$what: jobs run" wait_until 20 test -e began.1 -a -e began.2
	kill -9 "$master"
	ended
	is "$what: the master is gone" "$end" "signal 9"
	no_process_left "$token" "$what: and all the rest"
}

kill_it "a program" sh -c 'touch began.$1; exec sleep 1000' sh
kill_it "in order" -k sh -c 'touch began.$1; exec sleep 1000' sh
kill_it "ungrouped" -u sh -c 'touch began.$1; exec sleep 1000' sh
kill_it "a shell line with children" '
	sleep 1000 & sleep 1001 & touch began.{}; wait'
kill_it "jobs that ignore signals" sh -c '
	trap "" HUP INT TERM PIPE
	touch began.$1
	while :; do sleep 1000; done' sh
kill_it "jobs that print" sh -c 'touch began.$1; exec yes' sh
kill_it "children that closed their output" '
	sleep 1000 >/dev/null 2>&1 </dev/null &
	touch began.{}; wait'
if has setsid; then
	kill_it "jobs in a session of their own" '
		setsid sh -c "touch began.{}; sleep 1000; :"; :'
	kill_it "background sessions" '
		setsid sleep 1000 >/dev/null 2>&1 & touch began.{}; wait'
else
	skip_one "needs setsid"
fi

# started by a program that holds signals back
cat >blocked <<'PERL'
#!/usr/bin/env perl
use POSIX;
my $all = POSIX::SigSet->new;
$all->fillset;
sigprocmask(SIG_BLOCK, $all) or die;
exec @ARGV;
PERL
chmod +x blocked
prefix=./blocked
kill_it "blocked signals" sh -c 'touch began.$1; exec sleep 1000' sh
prefix=

# Slaves and master at once: the master is stopped, so that it can not end the
# jobs of its dead slaves.
rm -f began.*
token=$(new_token)
TOKEN=$token start "$SHMMAP" -j2 sh -c 'touch began.$1; exec sleep 1000' sh \
	<jobs >got 2>got.err
ok "slaves too: jobs run" wait_until 20 test -e began.1 -a -e began.2
kill -s STOP "$master"
ok "slaves too: the master is stopped" wait_until 20 is_state "$master" T
kill -9 $(children "$master")
kill -9 "$master"
ended
is "slaves too: the master is gone" "$end" "signal 9"
no_process_left "$token" "slaves too: and the jobs"

# Slaves that somebody has stopped hear of it as well, whatever HUP, which a
# stopped group gets when it is orphaned, means to them.
all_stopped()
{
	for pid in "$@"; do
		is_state "$pid" T || return 1
	done
}
for ignored in "" HUP; do
	what="stopped slaves${ignored:+, $ignored ignored}"
	rm -f began.*
	token=$(new_token)
	IGNORE=$ignored TOKEN=$token start "$SHMMAP" -j2 '
		sleep 1000 & touch began.{}; wait' <jobs >got 2>got.err
	ok "$what: jobs run" wait_until 20 test -e began.1 -a -e began.2
	slaves=$(children "$master")
	kill -s STOP $slaves
	ok "$what: they stop" wait_until 20 all_stopped $slaves
	kill -9 "$master"
	ended
	is "$what: the master is gone" "$end" "signal 9"
	no_process_left "$token" "$what: and all the rest"
done

# In a run within a run they get a new parent in their own session, and so are no
# orphans that the kernel would wake.
rm -f began.*
cat >within <<'SH'
sh -c 'echo $$ >inner; exec "$SHMMAP" -a jobs -j2 "
	sleep 1000 & touch began.{}; wait"'
until [ -e go ]; do
	sleep 0.02
done
SH
all_gone()
{
	for pid in "$@"; do
		is_gone "$pid" || return 1
	done
}
echo one >one
token=$(new_token)
TOKEN=$token start "$SHMMAP" -a one -j1 sh within >got 2>got.err
ok "a run within a run: jobs run" \
	wait_until 20 test -e began.1 -a -e began.2
slaves=$(children "$(cat inner)")
is "a run within a run: of two slaves" "$(echo "$slaves" | wc -w)" 2
jobs=$(for pid in $slaves; do children "$pid"; done)
kill -s STOP $slaves
ok "a run within a run: they stop" wait_until 20 all_stopped $slaves
kill -9 "$(cat inner)"
ok "a run within a run: they end, while the outer one goes on" \
	wait_until 20 all_gone $slaves $jobs
touch go
ended
is "a run within a run: the outer one ends" "$end" "exit 0"
no_process_left "$token" "a run within a run: nothing is left"

# slaves that have nothing to do any more
mkfifo input
exec 4<>input
token=$(new_token)
TOKEN=$token start "$SHMMAP" -j4 -a input echo >got 4>&-
seq 20 >&4
all_done()
{
	[ "$(wc -l <got)" -eq 20 ]
}
ok "slaves have done all there is" wait_until 20 all_done
isnt "and wait" "$(children "$master")" ""
kill -9 "$master"
ended
no_process_left "$token" "slaves without work end as well"
exec 4>&-

is "nothing stays in TMPDIR" "$(ls -A "$TMPDIR")" ""
done_testing
