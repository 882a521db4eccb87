#!/bin/sh
# What a job prints is released whole: nothing is lost and nothing stands
# between it, on either stream, whatever the size.
. "$(dirname "$0")/lib.sh"

# Reads lines "JOB N ..."; each job's must stand together, counted from 0, each
# job once. Prints the number of jobs and of lines, or what is wrong.
cat >together.awk <<'AWK'
$1 != job {
	if (job != "" && n != wanted) { print "job " job " has " n " lines"; exit }
	if (seen[$1]++) { print "job " $1 " comes in pieces"; exit }
	job = $1; n = 0; jobs++
}
$2 != n { print "job " job ": wanted line " n ", got " $0; exit }
{ n++; lines++ }
END {
	if (n != wanted) print "job " job " has " n " lines"
	print jobs + 0, lines + 0
}
AWK

together()
{
	awk -v wanted="$1" -f together.awk "$2"
}

seq 80 >jobs

# many lines, written one by one to both streams in turns
cat >talk <<'SH'
#!/bin/sh
n=0
while [ $n -lt 100 ]; do
	echo "$1 $n to output"
	echo "$1 $n to errors" >&2
	n=$((n + 1))
done
SH
chmod +x talk

for options in "-j8" "-k -j8" "-j1" "-k -j1"; do
	run "$SHMMAP" $options ./talk <jobs
	is "$options: status" "$status" 0
	is "$options: output of small jobs is whole" \
		"$(together 100 "$out_file")" "80 8000"
	is "$options: errors of small jobs are whole" \
		"$(together 100 "$err_file")" "80 8000"
	not_ok "$options: the streams are kept apart" \
		grep -q errors "$out_file"
done

# both streams in one pipe
"$SHMMAP" -j8 ./talk <jobs 2>&1 | cat >both
grep output both >both.out
grep errors both >both.err
is "one pipe for both: output is whole" "$(together 100 both.out)" "80 8000"
is "one pipe for both: errors are whole" "$(together 100 both.err)" "80 8000"
is "one pipe for both: no job is cut by another" \
	"$(cut -d ' ' -f 1 both | uniq | wc -l)" 80

"$SHMMAP" -k -j8 ./talk <jobs 2>&1 | cut -d ' ' -f 1 | uniq >both.order
same "one pipe for both, in order: jobs follow each other" both.order jobs

# jobs of some MiB on both streams, more than any buffer holds
lines=60000
is_sanitized && lines=15000
seq 12 >jobs
for options in "-j6" "-k -j6"; do
	run "$SHMMAP" $options "
		seq -f '{} %.0f' 0 $((lines - 1)) &
		seq -f '{} %.0f' 0 $((lines - 1)) >&2
		wait" <jobs
	is "$options: status of big jobs" "$status" 0
	is "$options: output of big jobs is whole" \
		"$(together $lines "$out_file")" "12 $((12 * lines))"
	is "$options: errors of big jobs are whole" \
		"$(together $lines "$err_file")" "12 $((12 * lines))"
done

# any bytes, of sizes around those of pipes and pages
n=10
for size in 0 1 4095 4096 4097 65535 65536 65537 131073 1000003 0 3; do
	head -c $size /dev/urandom >bytes.$n
	n=$((n + 1))
done
cat bytes.* >wanted
ls bytes.* >jobs
"$SHMMAP" -k -j5 cat <jobs >got
same "any bytes arrive as they were" got wanted
"$SHMMAP" -k -j5 sh -c 'cat "$1" >&2' sh <jobs 2>got
same "any bytes arrive on standard error" got wanted

seq 300 >jobs
run "$SHMMAP" -j4 printf '<%s>' <jobs
is "a last line without its end stays so" \
	"$(tr '>' '\n' <"$out_file" | tr -d '<' | sort -n | cksum)" \
	"$(cksum <jobs)"

is "nothing is left in TMPDIR" "$(ls -A "$TMPDIR")" ""
done_testing
