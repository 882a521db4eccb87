#!/bin/sh
# Options about blocks that are wrong, or do not go together: one line that
# quotes the value, status 125, and nothing is run.
. "$(dirname "$0")/lib.sh"

seq 10 >jobs
mkfifo fifo
: >taken

# wrong WHAT OPTION...: WHAT is a regular expression for the message
wrong()
{
	named=$1
	shift
	status_is "$*: status" 125 "$SHMMAP" "$@" touch ran <jobs
	is "$*: one line" "$(wc -l <"$err_file")" 1
	like "$*: it says what" "$err" "^shmmap: .*$named"
	is "$*: no output" "$out" ""
}

for size in '' 0 x 1x k 1.5M +1 ' 1' 1kk 1073741825 2G 1000000000000000000000 \
	-0 -x -1025 -1k -; do
	quoted=$(printf '%s' "$size" | sed 's/[+.]/[&]/g')
	wrong "--block: '$quoted' " --pipe --block "$size"
done
wrong "--recend: ''" --pipe --recend ''
wrong "--recend: 'a[\\][\\]q'" --pipe --recend 'a\q'
wrong "--recend: " --pipe --recend '\'
wrong "--recend: " --pipe --recend '\x'
wrong "--recend: " --pipe --recend '\400'
wrong "--recend: 'x*'" --pipe --recend "$(printf '%1025d' 0 | tr 0\  x)"
wrong "--pipe and --range exclude each other" --pipe --range 3
wrong "--pipe and --dlopen exclude each other" --pipe --dlopen lib.so
wrong "--attach and --pipe exclude each other" --attach --pipe
wrong "--dlopen and --filter exclude each other" --dlopen lib.so --filter
wrong "--block needs --pipe" --block 10k
wrong "--block needs --pipe" -a jobs --block -1
wrong "--recend needs --pipe" --recend x
wrong "--block -1 needs a file" --pipe --block -1
wrong "--block -2 needs a file" --pipe -a - --block -2
exec 4<>fifo
wrong "fifo: .*no regular file" -a fifo --pipe --block -1
exec 4>&-
wrong "/: .*no regular file" -a / --pipe --block -1
[ ! -r /proc/self/status ] || wrong "/proc/self/status: .*not as large" \
	-a /proc/self/status --pipe --block -1
[ ! -r /sys/kernel/mm/transparent_hugepage/enabled ] ||
	wrong "/enabled: .*not as large" --pipe --block -2 \
		-a /sys/kernel/mm/transparent_hugepage/enabled
wrong "nosuch: No such file" -a nosuch --pipe --block -1
status_is "no command" 125 "$SHMMAP" --pipe <jobs
not_ok "nothing was run" test -e ran

for size in 1 10 1k 1K 2m 2M 1g 1G 1073741824; do
	status_is "--block $size is fine" 0 "$SHMMAP" --pipe --block "$size" \
		cat <jobs
done
for end in x '\\' '\n' '\0' '\x1' '\x1f' '\1777' 'a\tb'; do
	status_is "--recend $end is fine" 0 "$SHMMAP" --pipe --recend "$end" \
		cat <jobs
done
done_testing
