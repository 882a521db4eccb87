#!/bin/sh
# Every option of --help stands in the man page with the same names, and the
# other way round; and each is one that the program knows.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/manual.sh"

page=$top_srcdir/man/shmmap.1

# --help: lines that begin with an option; names up to two blanks
"$SHMMAP" --help | sed -n '/^  *-/{ s/^  *//; s/   *.*//; p; }' >help
# "-a, --arg-file FILE" and "-j, -P, --slaves N" to "--arg-file -a"
sed 's/,/ /g; s/=/ /g' help | while read -r line; do
	for word in $line; do
		case $word in
		-*) printf '%s\n' "${word%%[=[]*}" ;;
		esac
	done | sort | tr '\n' ' '
	echo
done | sort >in-help

# the man page: .It Fl a Ar file , Fl Fl arg-file Ns = Ns Ar file
sed -n '/^\.Sh OPTIONS/,/^\.Sh SLAVES/s/^\.It Fl /Fl /p' "$page" |
	sed 's/Fl Fl /--/g; s/Fl /-/g; s/,/ /g' | while read -r line; do
	for word in $line; do
		case $word in
		-*) printf '%s\n' "$word" ;;
		esac
	done | sort | tr '\n' ' '
	echo
done | sort >in-page

ok "--help lists options" test "$(wc -l <in-help)" -ge 22
ok "the man page lists options" test "$(wc -l <in-page)" -ge 22
same "they are the same" in-help in-page

# the synopsis has all of them but --help and --version, by letter or by name
sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$page" | grep -o 'Fl .*' |
	sed 's/Fl Fl /--/; s/Fl /-/' | awk '
	/^--/ { print $1; next }
	{ for (i = 2; i <= length($1); i++) print "-" substr($1, i, 1) }' |
	sort -u >in-synopsis
while read -r names; do
	for name in $names; do
		grep -q -x -e "$name" in-synopsis && echo "$names " && break
	done
done <in-help >there
same "the synopsis has all of them" there in-help
# what mdoc takes for punctuation has to be guarded
not_ok "no argument is empty" grep -E ' Ar [][().,:;|?!]( |$)' "$page"

# what takes an argument in the one does in the other
sed -n '/^\.Sh OPTIONS/,/^\.Sh SLAVES/s/^\.It //p' "$page" | grep ' Ar ' |
	grep -o 'Fl Fl [a-z-]*' | sed 's/Fl Fl /--/' | sort >page-arguments
grep -E -- '--[a-z-]+[ =][[]?[A-Z:]' help | grep -o -- '--[a-z-]*' | sort \
	>help-arguments
same "arguments too" help-arguments page-arguments

# an option with what it does not go without; the segment is not made
try()
{
	case $1 in
	-A | --array) set -- "$1" x=f8 ;;
	--private) set -- -A x=f8 "$1" x ;;
	--reduction) set -- -A x=f8 "$1" sum:x ;;
	--save | --save-always) set -- -A x=f8 "$1" x=saved ;;
	--segment) set -- "$1" "$(new_token)" ;;
	--block | --recend) set -- --pipe "$1" "$argument" ;;
	--by | --skip-bad | --result | --combine) set -- --reduce sum "$1" ${argument:+"$argument"} ;;
	*) set -- "$1" ${argument:+"$argument"} ;;
	esac
	"$SHMMAP" "$@" true
}

echo 1 >jobs
echo 'worker: echo' >plan.yaml
tr ' ' '\n' <in-page | grep . >all
for option in $(cat all); do
	case $option in
	-a | --arg-file) argument=jobs ;;
	-d | --delimiter | -C | --colsep) argument=, ;;
	--header) argument=: ;;
	-j | -P | --slaves) argument=2 ;;
	--wd) argument=. ;;
	--env) argument=A=1 ;;
	--spec) argument=plan.yaml ;;
	--grace) argument=1 ;;
	--halt) argument=soon,fail=2 ;;
	--seed | --range | --block | --recend | --by) argument=1 ;;
	--reduce | --combine) argument=sum ;;
	--result) argument=f8 ;;
	--schedule) argument=dynamic,2 ;;
	--backend) argument=process ;;
	--split) argument=5,2 ;;
	*) argument= ;;
	esac
	case $option in
	--keep) # without a name it is refused for that, which it is known for
		status_is "$option is known" 125 try "$option" <jobs
		like "$option wants a name" "$err" "needs a name" ;;
	--dlopen) # likewise for what is no library
		status_is "$option is known" 125 try "$option" <jobs
		like "$option wants a library" "$err" "^shmmap: --dlopen: " ;;
	--spec) # true is no variable
		status_is "$option is known" 125 try "$option" <jobs
		like "$option wants variables" "$err" "'true' is not NAME=VALUE" ;;
	--attach) # true would leave jobs where they are
		status_is "$option is known" 0 try "$option" </dev/null ;;
	--filter) # true answers nothing
		status_is "$option is known" 1 try "$option" <jobs
		like "$option wants an answer" "$err" "job 1: true: " ;;
	--hugepages) # there may be none
		run try "$option" <jobs
		unlike "$option is known" "$err" "option" ;;
	*)
		status_is "$option is known" 0 try "$option" <jobs ;;
	esac
done

# the variables
for name in OMP_NUM_THREADS OMP_THREAD_LIMIT PBS_NUM_PPN NSLOTS \
	LSB_DJOB_NUMPROC SLURM_CPUS_PER_TASK SLURM_CPUS_ON_NODE SHELL TMPDIR \
	PATH SHMMAP_RANK SHMMAP_NP SHMMAP_JOB SHMMAP_SEED SHMMAP_FD \
	SHMMAP_SEGMENT SHMMAP_RUN_FD SHMMAP_RUN SHMMAP_BOARD_FD \
	SHMMAP_BOARD; do
	ok "the man page has $name" grep -q "Ev $name" "$page"
done
default=$(sed -n 's/^The default is \([0-9]*\) seconds\.$/\1/p' "$page")
like "--help has the default of --grace" "$("$SHMMAP" --help)" "$default"

well_formed "$page"
done_testing
