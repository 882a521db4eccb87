#!/bin/sh
# A command of several words: replacement strings, and that nothing else in it
# or in a text has a meaning.
. "$(dirname "$0")/lib.sh"

# replaced TEXT WANTED: WANTED is {.} {/} {//} {/.}, each in brackets
replaced()
{
	is "parts of '$1'" "$(printf '%s\0' "$1" | "$SHMMAP" -0 \
		printf '[%s]' {.} {/} {//} {/.})" "$2"
	is "parts of column 1, '$1'" "$(printf '%s\0' "$1" | "$SHMMAP" -0 \
		printf '[%s]' {1.} {1/} {1//} {1/.})" "$2"
}

# as GNU parallel 20221122 has them
replaced dir/sub/file.tar.gz '[dir/sub/file.tar][file.tar.gz][dir/sub][file.tar]'
replaced file.txt '[file][file.txt][.][file]'
replaced file '[file][file][.][file]'
replaced a.b/c '[a.b/c][c][a.b][c]'
replaced /x.y '[/x][x.y][/][x]'
replaced dir/ '[dir/][][.][]'
replaced a/b/ '[a/b/][][a][]'
replaced .bashrc '[][.bashrc][.][]'
replaced d/.bashrc '[d/][.bashrc][d][]'
replaced 'a b/c d.e f' '[a b/c d][c d.e f][a b][c d]'
replaced '' '[][][.][]'

printf 'x y\nz\n' >jobs
run "$SHMMAP" -k -j1 printf '[%s]\n' {#}{%}{}{1} <jobs
is "number, slave, text" "$out" "[11x yx y]${nl}[21zz]"
run "$SHMMAP" -k printf '[%s]\n' 'a{}b{}c' {} end <jobs
is "in the middle of words, more than once" "$out" \
	"[ax ybx yc]${nl}[x y]${nl}[end]${nl}[azbzc]${nl}[z]${nl}[end]"
run "$SHMMAP" -k printf '[%s]\n' a '' <jobs
is "without one the text is the last argument; empty ones stay" "$out" \
	"[a]${nl}[]${nl}[x y]${nl}[a]${nl}[]${nl}[z]"
run "$SHMMAP" -k printf '[%s]\n' '{ }' '{x}' '{' '}' '{}}' '{{}' '{#' '{...}' <jobs
is "other braces are text" "$(head -n 8 "$out_file" | tr '\n' ' ')" \
	"[{ }] [{x}] [{] [}] [x y}] [{x y] [{#] [{...}] "
printf '%s\n' '{}' '{#}{.}' >braces
run "$SHMMAP" -k printf '[%s]\n' {} <braces
is "a text is not looked at again" "$out" "[{}]${nl}[{#}{.}]"
status_is "a second column is an error" 125 "$SHMMAP" echo {2} <jobs
like "that quotes it" "$err" '^shmmap: .*\{2\}'

# no shell
run "$SHMMAP" -k printf '[%s]\n' '$HOME' '`id`' '*' '>x' '\' '"' <jobs
is "shell syntax in several words is text" "$(head -n 6 "$out_file" |
	tr '\n' ' ')" '[$HOME] [`id`] [*] [>x] [\] ["] '
not_ok "nothing was redirected" test -e x

is "options end at the command" "$("$SHMMAP" -k printf '%s.' -k -j3 --tag <jobs)" \
	"-k.-j3.--tag.x y.-k.-j3.--tag.z."
is "options end at --" "$("$SHMMAP" -k -- printf '%s.' <jobs)" "x y.z."
is "a command in a folder of PATH" "$(mkdir bin; printf '#!/bin/sh\necho mine\n' \
	>bin/my-own; chmod +x bin/my-own; PATH=$T/bin:$PATH
	"$SHMMAP" my-own <jobs)" "mine${nl}mine"
printf '#!/bin/sh\necho "0 $0 1 $1"\n' >script
chmod +x script
run "$SHMMAP" -k ./script <jobs
is "a command with a slash" "$out" "0 ./script 1 x y${nl}0 ./script 1 z"
printf 'echo "1 $1 2 $2"\n' >bare
chmod +x bare
run "$SHMMAP" -k ./bare two <jobs
is "a script without #! is the shell's" "$out" "1 two 2 x y${nl}1 two 2 z"
printf '%s\n' script bare >names
is "the command may come from the text" \
	"$("$SHMMAP" -k ./{} 7 <names)" "0 ./script 1 7${nl}1 7 2 "
is "a command that is the text" "$(echo "$T/script" | "$SHMMAP" {} 1)" \
	"0 $T/script 1 1"
mkdir first second
for name in one two; do
	printf '#!/bin/sh\necho %s\n' $name >second/$name
	chmod +x second/$name
done
is "each is looked for in PATH" "$(printf 'one\ntwo\none\n' |
	PATH=$T/first:$T/second:$PATH "$SHMMAP" -k -j1 {})" "one${nl}two${nl}one"

args=$(seq 2000)
is "many arguments" "$(echo end | "$SHMMAP" printf '%s\n' $args | cksum)" \
	"$({ seq 2000; echo end; } | cksum)"
done_testing
