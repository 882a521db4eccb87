#!/bin/sh
# Private arrays, reductions, what is saved when, and what is left of a run
# with a segment that has a name.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/processes.sh"

seq 100 >jobs
f8()
{
	od -An -tf8 -v "$1" | tr -s ' \n' ' ' | sed 's/^ //; s/ $//'
}

run "$SHMMAP" -a jobs -j4 -A sum=f8 -A top=i8 --reduction sum:sum \
	--reduction max:top --save sum=sum --save top=top \
	'"$SHM" set sum $(($("$SHM" get sum | cut -d . -f 1) + {})); "$SHM" max top {}'
is "a run with reductions" "$status$err" 0
is "sums of copies are added up" "$(f8 sum)" 5050
is "the greatest of all" "$(od -An -tu8 top | tr -d ' ')" 100
is "atomic adds to a shared array" "$("$SHMMAP" -a jobs -j4 -A n=u4 \
	--save n=n '"$SHM" add n {}'; od -An -tu4 n | tr -d ' ')" 5050
is "a private array is not another slave's" "$(seq 4 | "$SHMMAP" -k -j4 \
	-A p=i4=7 --private p '"$SHM" barrier; "$SHM" add p {}; "$SHM" barrier
	"$SHM" get p')" "8${nl}9${nl}10${nl}11"
status_is "a private array can not be saved" 125 "$SHMMAP" -a jobs -A p=i4 \
	--private p --save p=p true
like "it says why" "$err" "^shmmap: --save: 'p': private"

# saved only if the run succeeded
run "$SHMMAP" -a jobs -A x=f8=3 --save x=not --save-always x=always \
	sh -c '[ "$1" != 50 ]' sh
is "a failed run's status" "$status" 1
not_ok "a failed run saves nothing" test -e not
is "but what is always saved" "$(f8 always)" 3
for file in none/x . /dev/null jobs/x; do
	status_is "$file can not be written" 125 "$SHMMAP" -a jobs -A x=f8 \
		--save-always x=$file touch
	like "it is named" "$err" "^shmmap: --save-always: x: $file: "
	is "on one line" "$(wc -l <"$err_file")" 1
	not_ok "before a job runs" test -e 1
done

# sections
is "ordered" "$("$SHMMAP" -a jobs -j4 -A n=i4 \
	'"$SHM" ordered sh -c "echo {} >>order"'; cat order)" "$(cat jobs)"
run "$SHMMAP" -a jobs -j2 -k '
	[ {} != 3 ] || exec "$SHM" critical -n here sh -c "kill -9 \$PPID; exec sleep 1000"
	"$SHM" critical -n here echo {}'
like "who dies in a critical section is named" "$err" \
	"^shmmap: job 3: its worker died inside critical section here"
is "and the others enter it" "$(wc -l <"$out_file")" 99
run "$SHMMAP" -a jobs -j1 '[ {} -gt 4 ] ||
	exec "$SHM" critical sh -c "kill -9 \$PPID; exec sleep 1000"'
is "and the last one, and how many, where there are more" \
	"$(grep "its worker died" "$err_file")" \
	"shmmap: job 4: its worker died inside critical section '', as 3 before it have"
status_is "a barrier that not all can come to is broken" 1 \
	timeout 60 "$SHMMAP" -j3 '"$SHM" barrier || exit; : {}' <<-END
	1
	2
	END

# a segment that stays
name=e2e_scopes_$$
file=/dev/shm/shmmap.$name
run "$SHMMAP" -a jobs --segment "$name" --keep -A n=i8:2 '"$SHM" add n 0 {}'
is "a run that makes one" "$status$err" 0
ok "it stays" test -e "$file"
is "who dies inside and is no worker of a run is told, too" "$("$SHMMAP" -j1 \
	--segment "$name" 'env -u SHMMAP_FD -u SHMMAP_SEGMENT "$SHM" critical \
	--segment '"$name"' -n here sh -c "kill -9 \$PPID; exec sleep 1000"; : {}' \
	::: 1 2>&1 | grep ^shmmap:)" \
	"shmmap: critical section here: a process of no job died inside"
is "it can be read" "$("$SHM" --segment "$name" get n 0)" 5050
run "$SHMMAP" -a jobs --segment "$name" -A n=i8:2 '"$SHM" add n 1 1; : {}'
is "the next run uses it, without a word" "$err" ""
is "its elements are those of both" "$("$SHM" --segment "$name" get n)" "5050${nl}100"
status_is "another array of that name is an error" 125 "$SHMMAP" -a jobs \
	--segment "$name" -A n=f4 true
like "that says so" "$err" "^shmmap: --segment: '$name' exists, .* array n is i8:2, not f4"
other()
{
	says=$1
	shift
	status_is "another one: $*" 125 "$SHMMAP" --segment "$name" "$@" true ::: 1
	is "what it is, and what was asked for" "$err" \
		"shmmap: --segment: '$name' exists, $says"
}
other "and its array n is i8:2, not f4:3" -A n=f4:3
other "and its array n is i8:2, not i8" -A n=i8
other "but without an array m={a=f8}:7" -A n=i8:2 -A 'm={a=f8}:7'
printf 12345678 >eight
"$SHM" new "${name}map" m=i8=map:eight
name=${name}map
other "and its array m is a mapped file, which slaves have no copies of" \
	-A m=i8 --private m
rm "/dev/shm/shmmap.$name"
name=${name%map}
# as if it had been made by a process that is gone
printf '\377\311\232\073\0\0\0\0\7' |
	dd of="$file" bs=1 seek=256 conv=notrunc 2>/dev/null
run "$SHMMAP" --segment "$name" '"$SHM" get n 0; : {}' ::: 1
is "what a killed run has left can be used, too" "$status:$out" 0:5050
like "and is told" "$err" "^shmmap: --segment: '$name' .*killed.*--stale"
is "once" "$(wc -l <"$err_file")" 1
ok "shm rm" "$SHM" rm "$name"

token=$(new_token)
TOKEN=$token start "$SHMMAP" --segment "$name" --keep -A n=i8 \
	'touch began; exec sleep 1000; : {}' <jobs >got 2>got.err
ok "a run is in it" wait_until 20 test -e began
ok "it has its name meanwhile" test -e "$file"
kill -9 "$master"
ended
ok "a killed master leaves no name" wait_until 5 test ! -e "$file"
no_process_left "$token"
rm -f "$file"
done_testing
