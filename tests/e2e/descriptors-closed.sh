#!/bin/sh
# Started without standard input, output or error, the run neither mixes them
# up with its own files nor loses output silently.
. "$(dirname "$0")/lib.sh"

seq 50 >jobs
bad="Bad file descriptor"

no_input()
{
	timeout 20 "$SHMMAP" "$@" <&-
}
no_output()
{
	timeout 20 "$SHMMAP" "$@" >&-
}
no_errors()
{
	timeout 20 "$SHMMAP" "$@" 2>&-
}
nothing()
{
	timeout 20 "$SHMMAP" "$@" <&- >&- 2>&-
}

for options in "-j2" "-k -j2"; do
	status_is "no input, $options" 125 no_input $options echo
	is "no input, $options: is said" "$err" "shmmap: standard input: $bad"
	status_is "no input but a file, $options" 0 \
		no_input $options -a jobs echo
	is "no input but a file, $options: all jobs" \
		"$(sort -n "$out_file" | cksum)" "$(cksum <jobs)"

	status_is "no output, $options" 125 no_output $options echo <jobs
	is "no output, $options: is said" "$err" "shmmap: standard output: $bad"
	status_is "no output, $options, jobs that print errors only" 0 \
		no_output $options 'echo {} >&2' <jobs
	is "no output, $options: the errors are whole" \
		"$(sort -n "$err_file" | cksum)" "$(cksum <jobs)"

	status_is "no errors, $options" 0 no_errors $options echo <jobs
	is "no errors, $options: all jobs" \
		"$(sort -n "$out_file" | cksum)" "$(cksum <jobs)"
	run no_errors $options '[ {} != 7 ] || exit 3; echo {}' <jobs
	isnt "no errors, $options: a failed job is a failure" "$status" 0
	is "no errors, $options: its message is not in the output" \
		"$(grep -v -x '[0-9]*' "$out_file")" ""
	status_is "no errors, $options: jobs that print errors" 125 \
		no_errors $options 'echo {} >&2' <jobs
	is "no errors, $options: they are not in the output" "$out" ""

	status_is "nothing, $options" 0 nothing $options -a jobs true
	status_is "nothing, $options: lost output" 125 \
		nothing $options -a jobs echo
done

# what a job finds
for options in "" -u; do
	run no_input $options -a jobs sh -c 'readlink /proc/$$/fd/0'
	is "no input $options: a job has /dev/null" "$(sort -u "$out_file")" \
		/dev/null
done
no_output -k 'x=$(readlink /proc/$$/fd/1); echo "$x" >got.{}; echo {} >&2' \
	<jobs 2>errors
is "no output: a job's goes to no file" \
	"$(cat got.* | grep -v -x '[0-9]*' | grep -c -v '^pipe:\|^/dev/null')" 0
is "no output: all jobs ran" "$(ls got.[0-9]* | wc -l)" 50
is "no output: the list is as it was" "$(cksum <jobs)" "$(seq 50 | cksum)"
done_testing
