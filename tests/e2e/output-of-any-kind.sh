#!/bin/sh
# Results go to a file, a pipe, a socket or a terminal, slow or not, and its
# flags and place are left as they were.
. "$(dirname "$0")/lib.sh"

seq 600 >jobs
seq -f '%.0f some more text to make it longer' 600 >wanted
print='echo {} some more text to make it longer'

# flags FD: those of an open file of this script
flags()
{
	sed -n 's/^flags:[^0-7]*//p' "/proc/$$/fdinfo/$1"
}

echo before >got
"$SHMMAP" -k -j2 "$print" <jobs >>got
is "a file that is appended to" "$(cksum <got)" \
	"$({ echo before; cat wanted; } | cksum)"
{
	echo before
	"$SHMMAP" -k -j2 "$print" <jobs
	echo after
} >got
is "the middle of a file" "$(cksum <got)" \
	"$({ echo before; cat wanted; echo after; } | cksum)"
exec 5<>got
"$SHMMAP" -k -j2 "$print" <jobs >&5
is "over an older file, which stays as long" "$(wc -c <got)" \
	"$({ echo before; cat wanted; echo after; } | wc -c)"
exec 5>&-
"$SHMMAP" -k -j2 "$print" <jobs 2>/dev/null | cat >got
same "a pipe" got wanted
"$SHMMAP" -k -j2 "$print" <jobs >/dev/null
is "/dev/null" $? 0

# a reader that takes its time: one small piece after the other
"$SHMMAP" -k -j2 "$print" <jobs | dd bs=512 2>/dev/null |
	while read -r line; do
		printf '%s\n' "$line"
	done >got
same "a slow reader" got wanted

# an open file whose other users do not expect it to stop blocking
mkfifo pipe
exec 5<>pipe
before=$(flags 5)
cat <&5 >got &
cat_pid=$!
mkfifo up down
"$SHMMAP" -k -j2 "$print; [ {} != 400 ] || { echo >up; read x <down; }" \
	<jobs >&5 2>&5 &
pid=$!
read -r x <up
during=$(flags 5)
is "a shared pipe keeps its flags" "$during" "$before"
echo >down
wait $pid
is "after the run, too" "$(flags 5)" "$before"
wait_until 20 cmp -s got wanted
same "and all results are in it" got wanted
kill $cat_pid
exec 5>&-

mkfifo input
exec 5<>input 6<input 7>input 5>&-
before=$(flags 6)
"$SHMMAP" -k -j2 'echo {}; echo >up; read x <down' <&6 >got 6<&- 7>&- &
pid=$!
echo job >&7
read -r x <up
is "the shared input keeps its flags" "$(flags 6)" "$before"
exec 6<&- 7>&-
echo >down
wait $pid
is "and is read" "$(cat got)" job

# one that does not block already
if has perl; then
	perl -e '
		use Fcntl;
		my ($r, $w);
		pipe($r, $w);
		fcntl($w, F_SETFL, O_NONBLOCK | O_WRONLY);
		if (!fork) {
			close $w;
			open(STDIN, "<&", $r);
			exec qw(dd bs=700 of=got status=none);
		}
		close $r;
		open(STDOUT, ">&", $w);
		close $w;
		my $status = system @ARGV;
		my $flags = fcntl(STDOUT, F_GETFL, 0);
		close STDOUT;
		wait;
		exit($status ? 1 : $flags & O_NONBLOCK ? 0 : 2);
		' "$SHMMAP" -k -j2 "$print" <jobs
	is "a pipe that does not block" $? 0
	same "a pipe that does not block: all results" got wanted

	# the program's output and errors are one end of a socket
	socket()
	{
		perl -e '
			use Socket;
			socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0) or die;
			if (!fork) {
				close $a;
				open(STDOUT, ">&", $b); open(STDERR, ">&", $b);
				close $b;
				exec @ARGV;
			}
			close $b;
			$| = 1;
			print $x while sysread $a, $x, 1000;
			wait;
			exit $? >> 8;' "$@"
	}
	status_is "a socket" 0 socket "$SHMMAP" -k -j2 "$print" <jobs
	same "a socket: all results" "$out_file" wanted
	head -c 3000000 /dev/urandom >bulk
	status_is "a socket, big results" 0 socket \
		"$SHMMAP" -k -j2 'cat bulk; : {}' <<-END
		1
		2
		END
	is "a socket, big results: all of them" "$(wc -c <"$out_file")" 6000000
else
	skip_one "needs perl"
fi

# a terminal
if has script && script -qec true /dev/null </dev/null >/dev/null 2>&1; then
	script -qec "\"$SHMMAP\" -k -a jobs -j2 '$print' && echo well" \
		/dev/null </dev/null 2>/dev/null | tr -d '\r' >got
	echo well >>wanted
	same "a terminal" got wanted
else
	skip_one "needs script(1) for a terminal"
fi
done_testing
