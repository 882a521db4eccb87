#!/bin/sh
# --dump-spec prints a spec that does what the command line does: for every
# option that --help knows.
. "$(dirname "$0")/lib.sh"

printf '1\n\n2\n3\n' >jobs
printf 'a,b,c' >commas
seg=$(new_token)
trap 'rm -f "/dev/shm/shmmap.$seg"*; tap_cleanup' EXIT
export SHM

# same_run WORD...: the command line and what is dumped of it do the same
same_run()
{
	"$SHMMAP" --dump-spec "$@" >plan.yaml 2>dump.err </dev/null || {
		cat dump.err
		return 1
	}
	"$SHMMAP" --dump-spec --spec plan.yaml </dev/null >again.yaml ||
		return 1
	cmp plan.yaml again.yaml || return 1
	"$SHMMAP" "$@" <jobs >direct.out 2>direct.err
	echo $? >>direct.out
	[ ! -e saved ] || mv saved direct.saved
	"$SHMMAP" --spec plan.yaml <jobs >spec.out 2>spec.err
	echo $? >>spec.out
	[ ! -e direct.saved ] || cmp saved direct.saved || return 1
	rm -f saved direct.saved
	cmp spec.out direct.out && cmp spec.err direct.err && cat plan.yaml
}

# example OPTION: sets $key, which the spec has, and runs what shows the option
example()
{
	key=${1#--}
	case $1 in
	--arg-file) same_run -k -a commas echo ;;
	--null) same_run -k -0 echo ;;
	--delimiter) same_run -k -d '\x2c' -a commas echo ;;
	--no-run-if-empty) same_run -k -r echo '{#}' ;;
	--range) same_run -k --range -3:9:2 echo ;;
	--colsep) same_run -k -a commas -C, 'echo {2} {1}' ;;
	--header) same_run -k --header : -a commas 'echo {#}' ;;
	--link) same_run -k --link echo ::: a b c ::: 1 2 ;;
	--split) same_run -k --split 7,2 --split 9 'echo {1} {2} {3} {4}' ;;
	--shuf) same_run -k --shuf --seed 3 echo ;;
	--slaves) same_run -k -j 150% 'echo $SHMMAP_NP {}' ;;
	--schedule) same_run -k --schedule static,2 --filter cat ;;
	--backend) same_run -k --backend process echo ;;
	--debug) same_run --debug 'echo $SHMMAP_NP {}' ;;
	--dlopen) key=worker && same_run --dlopen ./nolib.so:sym a 'b c' ;;
	--filter) key=worker && same_run -k --filter sed -u 's/$/!/' ;;
	--attach) key=worker && same_run --attach true ;;
	--pipe) key=worker && same_run -k --pipe 'tr 1 x' ;;
	--block) same_run -k --pipe --block 2 wc ;;
	--recend) same_run -k --pipe --block 2 --recend '2\n' wc ;;
	--wd) same_run -k --wd / 'pwd; : {}' ;;
	--env) same_run -k --env A=1 --env 'B=${x} y' --env A=2 'echo {}$A$B' ;;
	--seed) same_run -k --seed 18446744073709551615 'echo {} $SHMMAP_SEED' ;;
	--array) same_run -k -A x=f8:2,3=1 -A y=u1 '"$SHM" get x; : {}' ;;
	--private) same_run -k -A x=i4 -A y=i4 --private x,y true ;;
	--reduction)
		same_run -k -A x=i4 --reduction sum:x --save x=saved \
			'"$SHM" add x {#}; : {}' ;;
	--save) same_run -k -A x=i4:3=7 --save x=saved true ;;
	--save-always) same_run -k -A x=i4:3=7 --save-always x=saved false ;;
	--segment) same_run -k --segment "$seg" 'echo ${SHMMAP_RUN_FD:-none} {}' ;;
	--keep) same_run -j1 --segment "$seg" --keep -A "n=i4" \
		'"$SHM" get n; : {}' ;;
	--hugepages) same_run --hugepages true ;;
	--ordered) same_run -k 'echo {}; [ -n {} ]' ;;
	--ungroup) same_run -j1 -u 'echo {}; echo {} >&2' ;;
	--reduce) same_run --reduce sum echo ;;
	--combine) same_run --combine count --reduce sum echo ;;
	--by) same_run --reduce count --by 1 echo ;;
	--result) same_run -k --reduce count --result u1:2 'printf ab; : {}' ;;
	--skip-bad) same_run --reduce sum --skip-bad echo x ;;
	--tag) same_run -k --tag echo x ;;
	--halt) same_run -k -j1 --halt soon,done=2 echo ;;
	--grace) same_run --grace 1.5s true ;;
	*) echo "no example of $1" && return 1 ;;
	esac
}

"$SHMMAP" --help | grep -o '^ .\{,20\}--[a-z-]*' | sed 's/.*--/--/' |
	grep -v -x -e --help -e --version -e --spec -e --dump-spec >options
ok "--help has options" test "$(wc -l <options)" -ge 28
for option in $(cat options); do
	ok "$option: the spec does the same" example "$option"
	key=${option#--}
	case $key in
	dlopen | filter | attach | pipe) key="  $key" ;;
	esac
	ok "$option: it has its key" grep -q "^'*$key'*:" plan.yaml
done

# texts of all kinds
for text in '' ' ' '~' null true 1e3 0x10 '- a' 'a: b' '# c' "it's" '"q"' '{}' \
	'[x]' '*a' '&a' '!t' '%' '@x' '`' 'a\b' '$x' '${x}' '$${x}' '$$${' '<<' \
	"a${nl}b" "${nl}" "${tab}x" "x " 'é€😀' "$(printf 'a\001\033\177b')" \
	"$(printf 'a\377')" "$(printf '\300\200${x}')" "$(printf '\355\240\200')" \
	"$(printf 'a\r')" "$(printf '\302\205')" "$(printf '\342\200\250')"; do
	ok "argument $(printf '%s' "$text" | tr '\n\t\001\033\177\r' '?') is the same" \
		same_run -k printf '[%s]' "$text"
done
# what another reader of YAML takes for no text
"$SHMMAP" --dump-spec printf Yes NULL Off .Inf = y -1 >plan.yaml
is "in quotes for everybody" "$(grep -c "^  - '" plan.yaml)" 7
ok "a long one" same_run -k printf '[%s]' "$(seq 2000)" "$(seq -s ' ' 2000)"

printf 'worker: echo\njobs: ["a", "", "b\\nc", " d", "${V}"]\nordered: true\n' \
	>list.yaml
run "$SHMMAP" --dump-spec --spec list.yaml V='$${x'
cp "$out_file" dumped.yaml
run "$SHMMAP" --spec list.yaml V='$${x'
cp "$out_file" direct.out
run "$SHMMAP" --spec dumped.yaml
same "a spec's list of jobs" "$out_file" direct.out
is "has all of them" "$(wc -l <direct.out)" 6

# the last of what is not to be repeated, in the order of what is
run "$SHMMAP" --dump-spec -j1 -k -A b=f8 -j2 -A a=f8 -k -- echo -n 'x y'
is "order" "$out" "array:
- b=f8
- a=f8
slaves: 2
ordered: true
worker:
  exec:
  - echo
  - '-n'
  - 'x y'"

# what is read is not there yet
printf 'n\n2\n1\n' >numbers
for words in "--header : echo {n}" "--shuf --seed 4 echo" \
	"echo {1}{2} :::: - ::: a b" "-k --header : --filter cat" \
	"--header : --shuf --seed 4 -a - echo {n}"; do
	# shellcheck disable=SC2086 # words
	ok "$words: dumped without its input" sh -c '"$@" >plan.yaml && "$SHMMAP" \
		--dump-spec --spec plan.yaml >again.yaml && cmp plan.yaml again.yaml
		cat | cmp numbers' - "$SHMMAP" -k --dump-spec $words <numbers
	# shellcheck disable=SC2086
	is "and runs" "$("$SHMMAP" --spec plan.yaml <numbers)" \
		"$("$SHMMAP" -k $words <numbers)"
done
status_is "what is wrong all the same" 125 "$SHMMAP" --dump-spec --header : \
	--by 1 echo {n}
is "is told" "$err" "shmmap: --by needs --reduce with an operation"

status_is "a wrong command line" 125 "$SHMMAP" --dump-spec --block 3 echo
is "is no spec" "$out$err" "shmmap: --block needs --pipe"
if [ -w /dev/full ]; then
	run sh -c '"$1" --dump-spec echo >/dev/full' - "$SHMMAP"
	is "a full disk" "$status$err" \
		"125shmmap: --dump-spec: standard output: No space left on device"
else
	skip_one "needs /dev/full"
fi
done_testing
