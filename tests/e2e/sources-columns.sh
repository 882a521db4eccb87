#!/bin/sh
# --colsep cuts records and items into columns, --header names them: {1} {-1}
# {name}; as GNU parallel has it.
. "$(dirname "$0")/lib.sh"

printf 'a b,c.d\n$x,"`,\nz,\n' >table
printf 'name,size\na b,1\n$x,22\n' >named

columns()
{
	"$SHMMAP" -k -C, -a table "$@"
}
is "columns" "$(columns printf '[%s]' {1}.{2})" "[a b.c.d][\$x.\"\`][z.]"
is "from the end" "$(columns printf '[%s]' {-1} {-2.})" \
	"[c.d][a b][][\"\`][][z]"
is "parts of them" "$(columns echo {2.} {#} {1/})" \
	"c 1 a b${nl}\"\` 2 \$x${nl} 3 z"
is "each is an argument" "$(columns printf '[%s]')" \
	"[a b][c.d][\$x][\"\`][][z][]"
is "each is a word of a shell line" "$(columns 'printf "[%s]" {}')" \
	"[a b][c.d][\$x][\"\`][][z][]"
is "beside others" "$(columns 'printf "[%s]" {2} {} x{1} $({ echo {1}; })')" \
	"[c.d][a b][c.d][xa b][a][b][\"\`][\$x][\"\`][][x\$x][\$x][][z][][xz][z]"
is "in quotes they are one" "$(columns 'printf "[%s]" "{}"')" \
	"[a b c.d][\$x \"\` ][z ]"
is "a separator of several bytes, with escapes" \
	"$(printf 'a\t, b\tc\n' | "$SHMMAP" -C '\t, ' printf '[%s]')" "[a][b${tab}c]"
is "one of a single byte that is NUL" \
	"$(printf 'a\0b\n' | "$SHMMAP" -C '\0' printf '[%s]')" "[a][b]"
is "items have columns" "$("$SHMMAP" -k -C, echo {3}{1}{2} ::: a,b c,d ::: 1 2)" \
	"1ab${nl}2ab${nl}1cd${nl}2cd"
is "items of a single list, too" "$("$SHMMAP" -k -C, echo {2}{1} ::: a,b c,d)" \
	"ba${nl}dc"
run columns echo {3} {1}
is "a job without the column" "$status:$out" "126: \$x"
is "is told" "$err" "shmmap: job 1: it has 2 columns, but the command wants 3
shmmap: job 3: it has 2 columns, but the command wants 3"
is "tags are the record" "$("$SHMMAP" -k --tag -C, echo {2} <named | head -n 1)" \
	"name,size${tab}size"

# ---- header ----

named()
{
	"$SHMMAP" -k --header : "$@"
}
is "names" "$(named -C, echo {size}{name} <named)" "1a b${nl}22\$x"
is "the first job is the second record" "$(named -C, echo {#} <named)" "1${nl}2"
is "from a file" "$(named -C, -a named echo {size}{name})" "1a b${nl}22\$x"
is "of a list that is a file" "$(named -C, echo {size}{name} :::: named)" \
	"1a b${nl}22\$x"
is "numbers stay" "$(named -C, echo {2} {-2} <named)" "1 a b${nl}22 \$x"
is "parts" "$(printf 'my file\na/b.c\n' | named echo '{my file}' '{my file/.}')" \
	"a/b.c b"
is "in a shell line" "$(named -C, 'echo "{size}" | cat - /dev/null; : {name}' \
	<named)" "1${nl}22"
is "of lists" "$(named echo {y}-{x}{y.} ::: x a b ::: y 1.c 2)" \
	"1.c-a1${nl}2-a2${nl}1.c-b1${nl}2-b2"
is "of lists with columns" "$(named -C, echo {b}{c}{a} ::: a,b 1,2 ::: c 3)" \
	"231"
is "a filter is not shown the header" "$(named --filter cat <named)" \
	"a b,1${nl}\$x,22"
is "nothing but a header" "$(head -n 1 named | named -C, echo)" ""
is "a header without an end" "$(printf name | named echo {name})" ""

# no value can break out of a shell line
i=1
while [ $i -lt 256 ]; do
	[ $i = 44 ] || printf "\\$(printf %o $i)"
	i=$((i + 1))
done >all
{ printf 'n,m\0'; cat all; printf ',x\0x,'; cat all
	printf '\0$(touch pwned),`touch pwned`\0";touch pwned;",'
	printf "';touch pwned;'\\0&touch pwned&,x[\$(touch pwned)]\\0"; } >evil
tr ',' '\0' <evil | tail -c +5 >wanted
for name in sh dash bash ksh mksh zsh; do
	shell=$(PATH=/bin:/usr/bin:/usr/local/bin command -v $name) || continue
	for line in 'printf "%s\\0" {n} {m}' 'printf "%s\\0" "{n}" "{m}"' \
		"printf '%s\\0' '{n}' '{m}'" 'printf "%s\\0" {1} {2}' \
		'printf "%s\\0" {}' 'printf "%s\\0"' \
		'x={n}; printf "%s\\0" "$x" {m}' \
		'f() { printf "%s\\0" {n} {m}; }; f'; do
		SHELL=$shell "$SHMMAP" -0 -k -C, --header : "$line" <evil >got \
			2>/dev/null
		same "$name: $line" got wanted
	done
	is "$name: in a number's place a text is refused" "$(printf '1,2\nx[$(touch pwned)],3\n' |
		SHELL=$shell "$SHMMAP" -k -C, 'echo $(({1} + {2}))' 2>/dev/null)" 3
	is "$name: all of them are one there" "$(printf '1,2\n4\n' |
		SHELL=$shell "$SHMMAP" -k -C, 'echo $(({} + 1))' 2>/dev/null)" 5
	not_ok "$name: nothing broke out" test -e pwned
done

# the same as GNU parallel
if has parallel && parallel --version 2>/dev/null | grep -q '^GNU parallel'; then
	HOME=$T
	export HOME
	mkdir -p .parallel
	: >.parallel/will-cite
	printf 'n,m\na,b.c\nd,e,f\n,\n' >cs
	alike()
	{
		is "as GNU parallel: $*" "$("$SHMMAP" -k "$@")" \
			"$(parallel -k "$@" 2>/dev/null)"
	}
	alike --colsep , echo :::: cs
	alike -C , echo {2} {1} :::: cs
	alike --colsep , echo {-1} {-2} :::: cs
	alike --colsep , 'printf "[%s]" {2} {}' :::: cs
	alike --colsep , 'printf "[%s]"' :::: cs
	alike --colsep , 'printf "[%s]" {2} {}' ::: a,b c,d ::: e f,g
	alike --colsep , --header : echo {m} {n.} {m.} :::: cs
	alike --header : echo {f1} {f2.} {1} ::: f1 a b ::: f2 c.x d.y
	alike --header : echo '{n,m}' '{f2/}' :::: cs ::: f2 a
	alike --header : --colsep , echo {m} {o} ::: n,m a,b ::: o x
	alike --header : --link echo {a}{b} ::: a 1 2 3 ::: b 1 2
else
	skip_one "needs GNU parallel"
fi
done_testing
