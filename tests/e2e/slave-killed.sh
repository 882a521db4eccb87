#!/bin/sh
# A slave that dies is replaced: the job it ran has failed and is named, with
# its processes; all others run.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/processes.sh"
. "$(dirname "$0")/no-room.sh"

seq -f 'text %.0f' 40 >jobs
grep -v -x 'text 17' jobs >others
kill_own='
	if [ "$1" = "text 17" ]; then
		echo partial
		echo partial >&2
		kill -9 $PPID
		exec sleep 1000
	fi
	echo "$1"'

for options in "-j1" "-j3" "-k -j1" "-k -j3"; do
	token=$(new_token)
	TOKEN=$token run timeout 60 "$SHMMAP" $options sh -c "$kill_own" sh <jobs
	no_process_left "$token" "$options: the job's processes are gone"
	is "$options: status" "$status" 137
	like "$options: the job is named" "$err" \
		"^shmmap: job 17: .*signal 9.*'text 17'"
	is "$options: once" "$(grep -c '^shmmap:' "$err_file")" 1
	sort -u others >others.sorted
	grep -v partial "$out_file" | sort >got.sorted
	same "$options: the others ran once" got.sorted others.sorted
	case $options in
	-k*)
		grep -v partial "$out_file" >got
		same "$options: in order" got others
		;;
	*)
		unlike "$options: nothing of the unfinished job" \
			"$out$nl$err" partial
		;;
	esac
done

# one in ten
seq 100 >jobs
for options in "-j2" "-k -j8"; do
	run timeout 60 "$SHMMAP" $options sh -c '
		case $1 in *0) kill -9 $PPID; exec sleep 1000 ;; esac
		echo "$1"' sh <jobs
	is "$options: status when many die" "$status" 137
	is "$options: the jobs that no slave died in" \
		"$(sort -n "$out_file")" "$(grep -v '0$' jobs)"
	is "$options: the jobs that one died in" \
		"$(sed -n 's/^shmmap: job \([0-9]*\): .*/\1/p' "$err_file" | sort -n)" \
		"$(grep '0$' jobs)"
done

# from outside, all slaves at once, while each runs a job with a child
seq 12 >jobs
token=$(new_token)
TOKEN=$token start "$SHMMAP" -k -j3 '
	if [ {} -le 3 ]; then
		sleep 1000 &
		touch began.{}
		wait
	fi
	echo {}' <jobs >got 2>got.err
ok "three jobs run" wait_until 20 test -e began.1 -a -e began.2 -a -e began.3
is "three slaves run them" "$(children "$master" | wc -w)" 3
kill -9 $(children "$master")
ended
is "status when all are killed" "$end" "exit 137"
is "all other jobs run" "$(cat got)" "$(seq 4 12)"
is "the three are named" \
	"$(sed -n 's/^shmmap: job \([0-9]*\): .*/\1/p' got.err | sort)" \
	"1${nl}2${nl}3"
no_process_left "$token"

# one that has nothing to do
mkfifo input
start "$SHMMAP" -a input -j1 echo >got 2>got.err
exec 4>input
echo one >&4
ok "a job ran" wait_until 20 grep -q one got
first=$(children "$master")
kill -9 $first
echo two >&4
exec 4>&-
ended
is "an idle slave's death fails no job" "$end" "exit 0"
is "the jobs after it run" "$(cat got)" "one${nl}two"

# One that has claimed a job and not begun it, for want of room, fails no job
# either: who comes after it runs the job.
seq 1000 >jobs
for options in "-j2" "-k -j2"; do
	# shellcheck disable=SC2086 # words
	killed_without_room "$options" "$SHMMAP" $options '
		echo {} >>ran
		read x <bulk
		echo {} $x' <jobs
	unlike "$options: nor is one named" "$(cat got.err)" '^shmmap: job'
	is "$options: every job ran once" "$(sort -n ran | cksum)" \
		"$(cksum <jobs)"
	is "$options: every result is there once" "$(sort -n got | cksum)" \
		"$(cksum <jobs)"
done

# all_told DESCRIPTION: every job either has its result or is named, once
all_told()
{
	sed -n 's/^shmmap: job \([0-9]*\): .*/\1/p' got.err >named
	sort -n got named >told
	same "$1: each job has its result or is named" told jobs
}

# At random moments. So that there is something between two deaths, each waits
# for the end of one job more.
cat >storm <<'PERL'
use strict;
my ($master, $got, $errors) = @ARGV;
my $children = "/proc/$master/task/$master/children";
my ($ended, $then) = (0, 0);
sub lines
{
	open(my $file, "<", $_[0]) or return 0;
	return scalar grep { $_[1] ? /$_[1]/ : 1 } <$file>;
}
srand 1;
open(my $go, ">", "go") or die;
until (-e "end") {
	# not those of slaves that had no job
	$ended = lines($got) + lines($errors, "^shmmap: job ");
	if ($ended > $then && open(my $list, "<", $children)) {
		my @slaves = split " ", <$list> // "";
		$then = $ended;
		select undef, undef, undef, rand 0.003;
		kill 9, $slaves[rand @slaves] if @slaves;
	}
	select undef, undef, undef, 0.0002;
}
PERL
# LeakSanitizer, as the master ends, has a child that must not be killed.
ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
export ASAN_OPTIONS
seq 300 >jobs
for options in "-j1" "-j3" "-j8"; do
	: >ran
	rm -f go
	token=$(new_token)
	TOKEN=$token start "$SHMMAP" $options sh -c '
		echo $1 >>ran
		until [ -e go ]; do
			sleep 0.02
		done
		echo $1' sh <jobs >got 2>got.err
	timeout 60 perl storm "$master" got got.err
	ended
	like "$options, storm: the run ends" "$end" '^exit (0|137)$'
	ok "$options, storm: slaves died" grep -q 'signal 9' got.err
	all_told "$options, storm"
	is "$options, storm: none ran twice" "$(sort ran | uniq -d)" ""
	no_process_left "$token" "$options, storm: no process is left"
done

# One that was woken for a record and may not have taken it yet, while another
# one sleeps on.
cat >wake <<'PERL'
use strict;
use Time::HiRes qw(time);
my ($master, $rounds) = @ARGV;
my $written = 0;
$SIG{PIPE} = "IGNORE";
open(my $input, ">&=4") or die;
sub slaves {
	open(my $list, "<", "/proc/$master/task/$master/children") or return;
	return split " ", <$list> // "";
}
sub is_asleep {
	open(my $stat, "<", "/proc/$_[0]/stat") or return 0;
	return <$stat> =~ /\) S/;
}
sub told {
	my $n = 0;
	for my $name ("got", "got.err") {
		open(my $file, "<", $name) or die;
		$n += grep /^(\d|shmmap: job)/, <$file>;
	}
	return $n;
}
sub put {
	syswrite($input, join("", map { ++$written . "\n" } 1 .. $_[0])) or die;
}
sub await {
	my $end = time + 20;
	until (told() == $written) {
		die "job $written is neither run nor named\n" if time > $end;
		select undef, undef, undef, 0.0005;
	}
}
for my $round (1 .. $rounds) {
	my @idle;
	for (1 .. 1000) {
		@idle = grep { is_asleep($_) } slaves();
		last if @idle == 2;
		put(2);
		await();
	}
	die "no two slaves are idle\n" unless @idle == 2;
	put(1);
	my $at = time + $round % 50 * 4e-6;
	while (time < $at) {}
	kill 9, $idle[$round % 2];
	await();
}
PERL
start "$SHMMAP" -a input -j2 echo >got 2>got.err
exec 4>input
ok "a slave that is woken dies: whoever sleeps is woken instead" \
	timeout 100 perl wake "$master" 120
exec 4>&-
ended
like "a slave that is woken dies: the run ends" "$end" '^exit (0|137)$'
seq "$(cat got got.err | grep -c -E '^([0-9]|shmmap: job)')" >jobs
all_told "a slave that is woken dies"

# by other signals that no sanitizer catches; TERM, which shmmap itself catches,
# is no different
for signal in 10:USR1 15:TERM; do
	number=${signal%:*} name=${signal#*:}

	echo boom >jobs
	run timeout 20 "$SHMMAP" -j1 sh -c \
		"kill -s $name \$PPID; exec sleep 1000" sh <jobs
	is "$name: is the status" "$status" $((128 + number))
	like "$name: is named" "$err" "^shmmap: job 1: .*signal $number .*'boom'"
done

# what the job has started, and what that has
rm -f began
token=$(new_token)
TOKEN=$token run timeout 20 "$SHMMAP" -j1 sh -c '
	sh -c "touch began; sleep 1000; :" &
	until [ -e began ]; do sleep 0.02; done
	kill -9 $PPID
	exec sleep 1000' sh <jobs
is "a job with grandchildren: status" "$status" 137
no_process_left "$token" "a job with grandchildren: none is left"
# what the job started may have left its group, and not yet be anybody's orphan
token=$(new_token)
TOKEN=$token run timeout 60 "$SHMMAP" -j1 sh -c '
	setsid sh -c "touch apart; exec sleep 1000" &
	until [ -e apart ]; do sleep 0.02; done
	kill -9 $PPID
	sleep 1000; :' sh <<-END
	apart
	END
no_process_left "$token" "a process of the job in a session of its own is gone"

done_testing
