#!/bin/sh
# Where one job ends and the next begins, and that a text arrives as it was.
. "$(dirname "$0")/lib.sh"

# records DESCRIPTION WANTED [OPTION]...: the jobs of standard input, each as
# [TEXT] on a line
records()
{
	what=$1 wanted=$2
	shift 2
	run timeout 20 "$SHMMAP" -k "$@" printf '[%s]\n'
	is "$what" "$status:$out$err" "0:$wanted"
}

printf 'a\nb\n' | records "lines" "[a]${nl}[b]"
printf 'a\nb' | records "no newline at the end" "[a]${nl}[b]"
printf '' | records "nothing" ""
printf '\n' | records "an empty line is a job" "[]"
printf 'a\n\nb\n\n' | records "empty lines are jobs" "[a]${nl}[]${nl}[b]${nl}[]"
printf 'a\n\n\nb\n\n' | records "-r skips them" "[a]${nl}[b]" -r
printf '\n\na' | records "--no-run-if-empty" "[a]" --no-run-if-empty
printf '\n\n\n' | records "-r: only empty lines" "" -r
printf '' | records "-r: nothing" "" -r
printf 'a\n\nb\n' >list
is "a skipped record is not counted" \
	"$("$SHMMAP" -k -r echo {#} {} <list)" "1 a${nl}2 b"
is "an empty record is counted" \
	"$("$SHMMAP" -k echo {#} {} <list)" "1 a${nl}2 ${nl}3 b"

printf 'a\nb\0c d\0\0e' | records "-0" "[a${nl}b]${nl}[c d]${nl}[]${nl}[e]" -0
printf 'a\0\0b\0' | records "--null -r" "[a]${nl}[b]" --null -r
printf 'a,b\nc,,d,' | records "-d ," "[a]${nl}[b${nl}c]${nl}[]${nl}[d]" -d ,
printf 'a:b' | records "--delimiter=:" "[a]${nl}[b]" --delimiter=:
printf 'a:b' | records "--delimiter :" "[a]${nl}[b]" --delimiter :
printf 'a b' | records "-d with a blank" "[a]${nl}[b]" "-d "
printf 'a\tb\n' | records '-d \t' "[a]${nl}[b${nl}]" -d '\t'
printf 'a\nb\n' | records '-d \n' "[a]${nl}[b]" -d '\n'
printf 'a\0b\0' | records '-d \0' "[a]${nl}[b]" -d '\0'
printf 'a\\b' | records '-d \\' "[a]${nl}[b]" -d '\\'
printf 'a:b' | records '-d \x3a' "[a]${nl}[b]" -d '\x3a'
printf 'a:b' | records '-d \072' "[a]${nl}[b]" -d '\072'
printf 'a\377b' | records '-d \xff' "[a]${nl}[b]" -d '\xff'
for bad in ab '' '\q' '\x' '\xfff' '\777' 'é'; do
	status_is "-d '$bad' is no delimiter" 125 \
		"$SHMMAP" -a list -d "$bad" touch ran
	is "-d '$bad': one message" "$(wc -l <"$err_file")" 1
done
not_ok "and nothing was run" test -e ran

# a text has no meaning
texts='  two  blanks  
	tab	s	
"quoted" '\''too'\''
back\slash\n \
$HOME `date` $(date) ${x}
* ? [a] ~ !x
a;b&c|d>e<f
{} {#} {.}
-n
--help
%s %d
ü 漢字'
printf '%s\n' "$texts" >texts
sed 's/.*/[&]/' texts >wanted
run "$SHMMAP" -k printf '[%s]\n' <texts
same "texts arrive as they are" "$out_file" wanted
printf 'a\r\nb\r\n' | records "CR belongs to the text" \
	"$(printf '[a\r]\n[b\r]')"
printf '\200\377\001\n' >list
is "any bytes" "$("$SHMMAP" printf '%s\n' <list | cksum)" "$(cksum <list)"

printf '1\n2\n3\n' >list
for option in "-a list" "-alist" "--arg-file list" "--arg-file=list" "-ra list"; do
	echo input | records "$option" "[1]${nl}[2]${nl}[3]" $option
done
records "-a -" "[1]${nl}[2]${nl}[3]" -a - <list
status_is "-a with a file that is not there" 125 "$SHMMAP" -a nofile echo
is "is said" "$err" "shmmap: nofile: No such file or directory"
mkdir folder
status_is "-a with a folder" 125 "$SHMMAP" -a folder echo
like "is said" "$err" "^shmmap: folder: Is a directory$"
is "nothing else is printed" "$out" ""
done_testing
