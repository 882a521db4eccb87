#!/bin/sh
# When nobody reads the results any more, the run ends at once and quietly, as
# a command does that SIGPIPE kills.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/processes.sh"

seq 100000 >jobs
mkfifo pipe

# piped DESCRIPTION READER COMMAND...: such a run into such a reader
piped()
{
	what=$1 reader=$2
	shift 2
	token=$(new_token)
	sh -c "$reader" <pipe >read &
	reader_pid=$!
	TOKEN=$token start "$@" <jobs >pipe 2>got.err
	wait $reader_pid
	begin=$(now_ms)
	ended
	took=$(($(now_ms) - begin))
	is "$what: dies by SIGPIPE" "$end" "signal 13"
	is "$what: without a word" "$(cat got.err)" ""
	le "$what: at once (ms)" "$took" 3000
	no_process_left "$token" "$what: nothing is left"
}

piped "many jobs" "head -n 1" "$SHMMAP" -k -j2 echo
is "many jobs: the reader got its line" "$(cat read)" 1
piped "in any order" "head -n 3" "$SHMMAP" -j2 echo
is "in any order: the reader got its lines" "$(wc -l <read)" 3
piped "jobs that print on" "head -n 1" "$SHMMAP" -k -j2 yes
for round in 1 2 3 4; do
	piped "ungrouped, $round" "head -n 1" "$SHMMAP" -u -j1 yes
done
piped "silent jobs" "head -n 1" "$SHMMAP" -k -j3 '
	[ {} != 1 ] || echo one; exec sleep 1000'
is "silent jobs: the reader got its line" "$(cat read)" one
piped "silent jobs in any order" "head -n 1" "$SHMMAP" -j3 '
	[ {} != 1 ] || { echo one; exit; }; exec sleep 1000'
piped "nothing was ever printed" : "$SHMMAP" -j2 sleep 1000{}
piped "jobs that look at no signal" "head -n 1" "$SHMMAP" -k -j2 '
	trap "" HUP INT TERM PIPE
	[ {} != 1 ] || echo one
	while :; do sleep 1000; done'

# The time between the reader's end and shmmap's, in ms: the least of up to 50
# runs, since what a busy machine adds is not ours.
soon()
{
	perl -MTime::HiRes=time -MPOSIX -e '
		my $least = 1e9;
		for (1 .. 50) {
			last if $least <= 100;
			pipe(my $in, my $out) or die;
			my $pid = fork;
			if (!$pid) {
				open(STDIN, "<", "jobs");
				open(STDOUT, ">&", $out);
				close $in;
				close $out;
				exec @ARGV or POSIX::_exit(127);
			}
			close $out;
			sysread($in, my $byte, 1) or die;
			my $begin = time;
			close $in;
			waitpid $pid, 0;
			my $took = (time - $begin) * 1000;
			$least = $took if $took < $least;
		}
		printf "%d\n", $least' "$@"
}
if is_sanitized; then
	skip_one "times of a sanitized build"
else
	le "within 0.1 s" "$(soon "$SHMMAP" -k -j2 'echo {}; exec sleep 1000')" \
		100
	le "within 0.1 s, jobs that look at no signal" \
		"$(soon "$SHMMAP" -k -j2 'trap "" HUP INT TERM PIPE
			echo {}
			while :; do sleep 1000; done')" 100
fi

# with input that does not end and does not come
mkfifo input
exec 4<>input
echo first >&4
piped "waiting for input" "head -n 1" \
	"$SHMMAP" -a input -j2 echo 4>&-
exec 4>&-

# as a shell sees it
status_is "the shell's view of it" 141 sh -c '
	{ "$SHMMAP" -j2 echo <jobs; echo $? >status; } | head -n 1 >read
	exit $(cat status)'

# nobody reads the errors, which begin when the reader is gone
seq 50 >jobs
no_errors()
{
	rm -f gone
	token=$(new_token)
	sh -c : <pipe &
	reader_pid=$!
	TOKEN=$token start "$@" <jobs >got 2>pipe
	wait $reader_pid
	touch gone
	ended
}
late='until [ -e gone ]; do sleep 0.02; done'
complain="$late; echo {} >&2; [ {} = 1 ] || exec sleep 1000"
for options in "-j2" "-k -j2"; do
	no_errors "$SHMMAP" $options echo
	is "$options: errors that nobody makes need no reader" "$end" "exit 0"
	is "$options: all results are there" "$(sort -n got)" "$(cat jobs)"
	no_errors "$SHMMAP" $options "$complain"
	like "$options: lost errors are a failure" "$end" \
		'^(signal 13|exit 125)$'
	no_process_left "$token" "$options: lost errors: nothing is left"
	no_errors "$SHMMAP" $options "$late; exit 3; : {}"
	like "$options: so are lost messages" "$end" '^(signal 13|exit 125)$'
	IGNORE=PIPE no_errors "$SHMMAP" $options "$complain"
	is "$options: lost errors, SIGPIPE ignored: status" "$end" "exit 125"
	no_process_left "$token" "$options: SIGPIPE ignored: nothing is left"
done

# with SIGPIPE ignored, as some programs start others
printf '1\n2\n3\n' >jobs
sh -c : <pipe &
IGNORE=PIPE start "$SHMMAP" -j2 'echo {}; exec sleep 1000' <jobs >pipe 2>got.err
ended
is "SIGPIPE ignored: status" "$end" "exit 125"
is "SIGPIPE ignored: it is said" "$(cat got.err)" \
	"shmmap: standard output: Broken pipe"
done_testing
