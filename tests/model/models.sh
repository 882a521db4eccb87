#!/bin/sh
# The protocols of the shared memory, as the models beside this script state
# them, have no run that breaks a promise: Spin looks at all of them.
#
# A model is one NAME.pml. Each line in it of the form
#	/* verify: [pan options] [; spin options [; cc options]] */
# is one verification: `spin -a` with the spin options (-DSLAVES=3), a compiler
# with the cc options (-DSAFETY is the default), `./pan` with the pan options.
# A line with refute: in place of verify: must find an error: the model with a
# step left out, which shows that the model can fail.
E2E_LIMIT=${E2E_LIMIT:-1200}
. "$(dirname "$0")/../e2e/lib.sh"

has spin || skip "spin is not installed"
has cc || skip "there is no compiler"

models=$top_srcdir/tests/model

# field N LINE: the Nth of the fields that ; separates
field()
{
	printf '%s' "$2" | cut -d ';' -f "$1"
}

# pan_says WANTED MODEL LINE: 0 errors or some, in a search that was complete
# shellcheck disable=SC2046,SC2086 # options are split into words
pan_says()
{
	rm -f pan pan.* ./*.trail
	spin -a $(field 2 "$3;") "$2" || return 1
	cc_flags=$(field 3 "$3;;")
	cc -O2 -w ${cc_flags:--DSAFETY} -o pan pan.c || return 1
	./pan $(field 1 "$3;") >pan.out 2>&1
	cat pan.out
	case $1 in
	verify)
		grep -q 'errors: 0$' pan.out &&
			! grep -q 'max search depth too small' pan.out &&
			! grep -q 'Search not completed' pan.out
		;;
	refute)
		grep -q 'errors: [1-9]' pan.out
		;;
	esac
}

found=0
for model in "$models"/*.pml; do
	[ -e "$model" ] || continue
	name=$(basename "$model")
	sed -n 's,^/\* \(verify\|refute\):\(.*\)\*/$,\1 \2,p' "$model" >lines
	while read -r verb line; do
		found=$((found + 1))
		ok "$name: $verb $line" pan_says "$verb" "$model" "$line"
	done <lines
	ok "$name says how it is verified" test -s lines
done
[ "$found" -gt 0 ] || fail "there are models"
done_testing
