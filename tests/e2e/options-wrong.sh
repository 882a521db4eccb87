#!/bin/sh
# A wrong command line is status 125 and one line that names what is wrong, and
# nothing is run.
. "$(dirname "$0")/lib.sh"

echo 1 >jobs

# wrong NAMED WORD...: standard error names NAMED
wrong()
{
	named=$1
	shift
	status_is "$*: status" 125 "$SHMMAP" "$@" <jobs
	is "$*: one line" "$(wc -l <"$err_file")" 1
	ok "$*: it says 'shmmap: ' and $named" \
		grep -q -e "^shmmap: .*$named" "$err_file"
	is "$*: no output" "$out" ""
}

wrong command
wrong command -k
wrong command -j2 --
wrong --nosuch --nosuch touch ran
wrong --nosuch --nosuch=3 touch ran
wrong Z -Z touch ran
wrong Z -kZ touch ran
wrong "j" -j
wrong "arg-file" --arg-file
wrong "wd" --wd
wrong "env" --env
wrong "grace" --grace
wrong "delimiter" --delimiter
wrong "slaves" --slaves
wrong "ordered" --ordered=yes touch ran
wrong "null" --null=x touch ran
wrong "'x'" --grace x touch ran
wrong "'-1'" --grace=-1 touch ran
wrong "'1y'" --grace 1y touch ran
wrong "''" --grace '' touch ran
wrong "--ungroup.*--ordered" -u -k touch ran
wrong "--ungroup.*--tag" --tag -u touch ran

# names that a message can not show as they are
wrong "'': No such file" -a '' touch ran
wrong "'': No such file" touch ran :::: ''
wrong "'a.nb.x1b': No such file" -a "$(printf 'a\nb\033')" touch ran
wrong "'.xff': No such file" -a "$(printf '\377')" touch ran
wrong "--spec: '': No such file" --spec ''
not_ok "nothing was run" test -e ran

for grace in 0 10 0.5 1.5s 2m 1h 1d; do
	status_is "--grace $grace is fine" 0 "$SHMMAP" --grace $grace true <jobs
done

# words that look like options but are the command's
is "options after the command are its own" \
	"$("$SHMMAP" echo --nosuch -Z <jobs)" "--nosuch -Z 1"

status_is "--help" 0 "$SHMMAP" --help
like "--help is about the use" "$out" '^[Uu]sage: shmmap '
is "--help says it on standard output" "$err" ""
is "--help fits a terminal" "$(awk 'length > 80' "$out_file")" ""
status_is "--version" 0 "$SHMMAP" --version
like "--version" "$(head -n 1 "$out_file")" '^shmmap [0-9]+\.[0-9]+'
is "--version says it on standard output" "$err" ""
status_is "--help needs nothing else" 0 "$SHMMAP" -k --help nosuch
done_testing
