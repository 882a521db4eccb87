#!/bin/sh
# Huge pages: those that are reserved (--hugepages), and those that the kernel
# is asked for. What the system has of them is changed for the time of the test
# where that is allowed, and checked nowhere else.
. "$(dirname "$0")/lib.sh"

export SHM
number=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
enabled=/sys/kernel/mm/transparent_hugepage/shmem_enabled
old_number=
old_enabled=

restore()
{
	[ -z "$old_number" ] || echo "$old_number" >"$number"
	[ -z "$old_enabled" ] || echo "$old_enabled" >"$enabled"
	tap_cleanup
}
trap restore EXIT

# pages FIELD: a line for a worker, which prints the greatest value that a
# mapping of the segment has for it in the master, which has touched all of it
pages()
{
	printf 'read -r _ _ _ master _ </proc/$PPID/stat
		sed -n "/memfd:shmmap/,/VmFlags/p" "/proc/$master/smaps" |
		sed -n "s/^%s: *\\([0-9]*\\) kB/\\1/p" | sort -n | tail -n 1\n' "$1"
}

inside()
{
	echo 1 | "$SHMMAP" "$@"
}

# ---- reserved ones ----

# a machine may have some, but not these many
status_is "more than there are" 125 inside --hugepages \
	-A x=u1:1099511627776 true
is "is one line" "$(wc -l <"$err_file")" 1
like "that says how many, and where that stands" "$err" "^shmmap: segment \
'shmmap': .*: it takes 5242[0-9][0-9] x 2 MiB of huge pages \
\(/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages says"

run cat "$number"
if [ "$status" -ne 0 ] || ! { true >>"$number"; } 2>/dev/null; then
	skip_one "NO HUGE PAGES TESTED: $number can not be written"
else
	old_number=$out
	echo $((old_number + 12)) >"$number"
	if [ "$(cat "$number")" -lt $((old_number + 12)) ]; then
		skip_one "NO HUGE PAGES TESTED: memory is in too many pieces"
	else
		run inside --hugepages -A x=f8:1000000=3 -A own=i4:3=4 \
			--private own --save x=x.npy '
			"$SHM" set x -1 5; "$SHM" get x -2:; "$SHM" get own 2
			'"$(pages KernelPageSize)"'
			: {}'
		is "a segment of huge pages" "$status:$out$err" \
			"0:3.0${nl}5.0${nl}4${nl}2048"
		is "has all elements" "$(tail -c 8000000 x.npy |
			od -An -tf8 -v -w8 | sort -n | uniq -c | tr -s ' ')" \
			" 999999 3${nl} 1 5"
		is "all are given back" "$(cat "${number%/*}/free_hugepages")" \
			"$(cat "$number")"
	fi
	echo "$old_number" >"$number"
	old_number=
fi

# ---- those that are asked for ----

run cat "$enabled"
case $status:$out in
0:*'[always]'* | 0:*'[advise]'* | 0:*'[within_size]'*) may_ask=yes ;;
0:*'[never]'*)
	may_ask=
	if { echo advise >"$enabled"; } 2>/dev/null; then
		may_ask=yes
		old_enabled=never
	fi
	;;
*) may_ask= ;;
esac
if [ -z "$may_ask" ]; then
	skip_one "NO TRANSPARENT HUGE PAGES TESTED: $enabled does not allow it"
else
	refused=$(awk '$1 == "thp_file_fallback" { print $2 }' /proc/vmstat)
	run inside -A x=u1:33554432=3 \
		"$(pages ShmemPmdMapped); : {}"
	is "a large array" "$status:$err" "0:"
	if [ "${out:-0}" -gt 0 ]; then
		pass "is in huge pages: $out kB"
	elif [ "$refused" = "$(awk '$1 == "thp_file_fallback" { print $2 }' \
		/proc/vmstat)" ]; then
		fail "is in huge pages" "none were asked for"
	else
		skip_one "NO TRANSPARENT HUGE PAGES TESTED: none could be had"
	fi
fi
done_testing
