#!/bin/sh
# verify.sh MODEL - the protocol of shared memory that a model beside this script
# states has no run that breaks a promise: Spin looks at all of them.
#
# A model is one NAME.pml. Each line in it of the form
#	/* verify: [pan options] [; spin options [; cc options]] */
# is one verification: `spin -a` with the spin options (-DSLAVES=3), a compiler
# with the cc options (-DSAFETY is the default), `./pan` with the pan options.
# A line with refute: in place of verify: must find an error: the model with a
# step left out, which shows that the model can fail.
#
# pan is compiled without optimization: that takes a tenth of the time, which is
# more than most searches do. Where one takes longer, its cc options say -O2.
E2E_LIMIT=${E2E_LIMIT:-1200}
. "$(dirname "$0")/../e2e/lib.sh"

has spin || skip "spin is not installed"
has cc || skip "there is no compiler"

name=$(basename "$1")
model=$top_srcdir/tests/model/$name

# field N LINE: the Nth of the fields that ; separates
field()
{
	printf '%s' "$2" | cut -d ';' -f "$1"
}

# pan_says WANTED LINE: 0 errors or some, in a search that was complete
# shellcheck disable=SC2046,SC2086 # options are split into words
pan_says()
{
	rm -f pan pan.* ./*.trail
	spin -a $(field 2 "$2;") "$model" || return 1
	cc_flags=$(field 3 "$2;;")
	cc -O0 -w ${cc_flags:--DSAFETY} -o pan pan.c || return 1
	./pan $(field 1 "$2;") >pan.out 2>&1
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

sed -n 's,^/\* \(verify\|refute\):\(.*\)\*/$,\1 \2,p' "$model" >lines
ok "$name says how it is verified" test -s lines
while read -r verb line; do
	ok "$name: $verb $line" pan_says "$verb" "$line"
done <lines
done_testing
