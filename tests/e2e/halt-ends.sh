#!/bin/sh
# A run that is halted ends, whatever its jobs, its slaves and its reader are at,
# and nothing of what has finished is lost by that.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/processes.sh"
. "$(dirname "$0")/called.sh"
. "$(dirname "$0")/attached.sh"

# ---- jobs and slaves that do not hear ----

# out_of_group: job 2 is in its slave's group; stop: its slave is stopped
cat >work <<'SH2'
#!/bin/sh
case $1 in
fail)
	until [ -e ready ]; do
		sleep 0.01
	done
	exit 3 ;;
out_of_group)
	exec perl -e 'setpgrp(0, getppid());
		open(my $f, ">", "ready"); close($f); sleep 1000' ;;
stop)
	kill -STOP $PPID
	touch ready
	exec sleep 1000 ;;
stop_and_end)
	kill -STOP $PPID
	touch ready ;;
esac
SH2
chmod +x work
for text in out_of_group stop stop_and_end; do
	rm -f ready
	token=$(new_token)
	TOKEN=$token start "$SHMMAP" -j2 --halt now --grace 0.2 ./work ::: \
		fail "$text" x 2>got.err
	ended
	is "now, $text: it ends" "$end" "exit 3"
	no_process_left "$token" "now, $text: none is left"
done

done_testing
