# processes.sh - for tests that send signals and look at processes; sourced
# after lib.sh
#
#	start COMMAND [ARG]...	runs COMMAND in the background, with the usual
#				actions for signals (those of a shell script's
#				background commands are others), in a process
#				group of its own, and sets master to its pid.
#				Redirections of start are COMMAND's.
#	ended			waits for it and sets end to "exit STATUS" or
#				"signal NUMBER", which $? does not tell apart;
#				"running" when it does not end within 30 s,
#				and then kills it
#	IGNORE=SIGNAL start ...	with that signal ignored
#	children PID		prints the pids of its children
#	state PID		prints its state, as in /proc/PID/stat
#	is_state PID STATE	whether that is its state
#	is_gone PID		whether it has ended

has perl || skip "needs perl to see by what signal a program died"

start()
{
	rm -f "$T/master" "$T/end"
	{
		perl -e '
			sub say_in {
				open(my $file, ">", "$_[0].new") or die;
				print $file "$_[1]\n";
				close $file;
				rename "$_[0].new", $_[0];
			}
			my $pid = fork;
			if (!$pid) {
				$SIG{$_} = "DEFAULT"
					for qw(HUP INT QUIT TERM PIPE TSTP CONT);
				$SIG{$ENV{IGNORE}} = "IGNORE" if $ENV{IGNORE};
				delete $ENV{IGNORE};
				setpgrp;
				exec @ARGV or exit 127;
			}
			say_in("$ENV{T}/master", $pid);
			open(STDIN, "<", "/dev/null");
			open(STDOUT, ">", "/dev/null");
			open(STDERR, ">", "/dev/null");
			waitpid $pid, 0;
			say_in("$ENV{T}/end", $? & 127 ? "signal " . ($? & 127) :
				"exit " . ($? >> 8));
		' "$@" <&3 3<&- &
	} 3<&0
	watcher=$!
	wait_until 20 test -s "$T/master" || tap_bail "perl did not start"
	master=$(cat "$T/master")
}

ended()
{
	end=running
	if ! wait_until 30 test -s "$T/end"; then
		kill -9 "$master" 2>/dev/null
		return 0
	fi
	wait "$watcher"
	end=$(cat "$T/end")
}

children()
{
	cat "/proc/$1/task/$1/children" 2>/dev/null
}

state()
{
	sed 's/.*) \(.\).*/\1/' "/proc/$1/stat" 2>/dev/null
}

is_state()
{
	[ "$(state "$1")" = "$2" ]
}

# a zombie has ended
is_gone()
{
	case $(state "$1") in
	"" | Z | X) return 0 ;;
	esac
	return 1
}
