#!/bin/sh
# A command that can not be run is said once; one that depends on the job is
# that job's failure only.
. "$(dirname "$0")/lib.sh"

seq 5000 >jobs
for options in "-j1" "-j4" "-k -j4"; do
	status_is "$options: not found" 127 "$SHMMAP" $options nosuch-$$ <jobs
	like "$options: not found: is said" "$err" \
		"^shmmap: job [0-9]+: nosuch-$$: No such file or directory\$"
	is "$options: not found: once" "$(wc -l <"$err_file")" 1
done
status_is "the first job is named" 127 "$SHMMAP" -k -j1 nosuch-$$ <jobs
is "exactly so" "$err" \
	"shmmap: job 1: nosuch-$$: No such file or directory"
status_is "a path that is not there" 127 "$SHMMAP" -k -j1 ./nosuch <jobs
is "a path that is not there: is said" "$err" \
	"shmmap: job 1: ./nosuch: No such file or directory"

echo text >plain
mkdir folder
status_is "not executable" 126 "$SHMMAP" -k -j1 ./plain <jobs
is "not executable: is said" "$err" "shmmap: job 1: ./plain: Permission denied"
status_is "a folder" 126 "$SHMMAP" -k -j1 ./folder <jobs
is "a folder: is said, once" "$(wc -l <"$err_file")" 1
printf '#!/nowhere/interpreter\n' >lost
chmod +x lost
status_is "an interpreter that is not there" 127 "$SHMMAP" -k -j1 ./lost <jobs
is "an interpreter that is not there: is said, once" "$(wc -l <"$err_file")" 1

# The run stops: it does not wait for the rest of its input.
mkfifo input
exec 4<>input
echo 1 >&4
status_is "it stops while the input is open" 127 \
	timeout 20 "$SHMMAP" -a input nosuch-$$ 4>&-
exec 4>&-

# A command that the job's text is part of
for n in 1 3; do
	printf '#!/bin/sh\necho "$0"\n' >tool$n
	chmod +x tool$n
done
printf '%s\n' tool1 tool2 tool3 plain >jobs
run "$SHMMAP" -k ./{} <jobs
is "with a replacement string: the others run" "$out" "./tool1${nl}./tool3"
like "with a replacement string: one is not there" "$err" \
	"^shmmap: job 2: \./.*: No such file or directory.*'tool2'"
like "with a replacement string: one can not be run" "$err" \
	"^shmmap: job 4: \./.*: Permission denied.*'plain'"
is "with a replacement string: each is one line" "$(wc -l <"$err_file")" 2
is "with a replacement string: the first is the status" "$status" 127
printf '%s\n' plain tool2 tool1 >jobs
run "$SHMMAP" -k ./{} <jobs
is "with a replacement string: as before" "$status:$out" "126:./tool1"

# PATH
mkdir bin1 bin2
echo no >bin1/my-tool
printf '#!/bin/sh\necho found\n' >bin2/my-tool
chmod +x bin2/my-tool
echo 1 >one
is "a later folder of PATH may have it" \
	"$(PATH=$T/nowhere:$T/bin1:$T/bin2:$PATH "$SHMMAP" my-tool <one 2>&1)" found
run env PATH="$T/bin1" "$SHMMAP" my-tool <one
is "found, but not executable" "$status" 126
is "a SHELL that is not there is not used" \
	"$(SHELL=$T/bin1/sh "$SHMMAP" 'echo {}' <one)" 1
printf '' >empty
status_is "no job, no failure" 0 "$SHMMAP" nosuch-$$ <empty
done_testing
