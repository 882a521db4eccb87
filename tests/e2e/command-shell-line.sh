#!/bin/sh
# One word with white space or shell syntax is a line for the shell, and no
# text can break out of its place in it.
. "$(dirname "$0")/lib.sh"

printf '%s\n' 'a b' c >jobs
line()
{
	"$SHMMAP" -k "$@" <jobs
}
is "a pipe" "$(line 'echo {} | tr a-c A-C')" "A B${nl}C"
is "a list" "$(line 'printf %s {};echo " {#}"')" "a b 1${nl}c 2"
is "no blank" "$(line 'echo>out.{#};ls>>names')$(ls out.*)" "out.1${nl}out.2"
is "without a replacement string the text comes last" \
	"$(line 'printf "[%s]\n" x')" "[x]${nl}[a b]${nl}[x]${nl}[c]"
is "after a comment's line too" "$(line "printf '[%s]\n' {} # {#}")" \
	"[a b]${nl}[c]"
is "parts" "$(echo d/f.x | "$SHMMAP" 'echo {.} {/} {//} {/.} {1} {1/.}')" \
	"d/f f.x d f d/f.x f"
is "twice" "$(line 'echo {}{}')" "a ba b${nl}cc"
is "the exit status is the line's last" "$("$SHMMAP" 'false; exit 5; : {}' \
	<jobs 2>/dev/null; echo $?)" 5

# which shell: one that says so
for name in sh dash bash ksh mksh zsh my-sh csh tcsh fish python; do
	printf '#!/bin/sh\n[ $# -gt 0 ] && echo %s\nexec /bin/sh "$@"\n' $name >$name
	chmod +x $name
done
echo x >one
for name in sh dash bash ksh mksh zsh; do
	is "SHELL=$name runs the line" \
		"$(SHELL=$T/$name "$SHMMAP" 'echo 1 {}' <one)" "$name${nl}1 x"
done
for name in csh tcsh fish python; do
	is "SHELL=$name does not" \
		"$(SHELL=$T/$name "$SHMMAP" 'echo 1 {}' <one)" "1 x"
done
is "SHELL= is /bin/sh" "$(SHELL= "$SHMMAP" 'echo 1 {}' <one)" "1 x"
is "no SHELL is /bin/sh" "$(unset SHELL; "$SHMMAP" 'echo 1 {}' <one)" "1 x"
is "several words need no shell" \
	"$(SHELL=$T/bash "$SHMMAP" echo 1 {} <one)" "1 x"

# every byte, alone and together; 0 can be in no argument
i=1
while [ $i -lt 256 ]; do
	printf "\\$(printf %o $i)\\0"
	i=$((i + 1))
done >bytes
tr -d '\0' <bytes >all
{ cat all; printf '\0'; cat all all; printf '\0'; } >texts
evil='$(touch pwned)
`touch pwned`
;touch pwned;
"; touch pwned; "
'\''; touch pwned; '\''
"$(touch pwned)"
'\''$(touch pwned)'\''
&touch pwned&
|touch pwned
>pwned
x[$(touch pwned)]
${x:=$(touch pwned)}
\
\"
*
~
-n
END'
{
	printf '%s\n' "$evil" | tr '\n' '\0'
	printf '%s\0' "a${nl}touch pwned${nl}b" "a${nl}END${nl}touch pwned"
} >>texts
cat bytes texts >more
sed 's/\x00/.\x00/g' texts >dotted
cat >expressions <<'END'
x[$(touch pwned)]
x[`touch pwned`]
1+$(touch pwned)
$(touch pwned)
1 + x[$(touch pwned)]
x
1)); touch pwned; ((1
7 ] && touch pwned; [ 7
x=x[$(touch pwned)]
-
END
for name in sh dash bash ksh mksh zsh; do
	shell=$(PATH=/bin:/usr/bin:/usr/local/bin command -v $name) || continue
	for line in 'printf "%s\\0" {}' 'printf "%s\\0" "{}"' \
		"printf '%s\\0' '{}'" 'x={}; printf "%s\\0" "$x"' \
		'f() { printf "%s\\0" "$1"; }; f {}' \
		'set -- other; printf "%s\\0" {}' \
		'shift; set other words; printf "%s\\0" "{}"' \
		'f() { shift; printf "%s\\0" {}; }; f other words' \
		'case {} in {}) printf "%s\\0" {} ;; esac' \
		'if [ x{} = "x{}" ]; then printf "%s\\0" {}; fi'; do
		case $line in
		'printf "%s\\0" '*) file=more ;;
		*) file=texts ;;
		esac
		SHELL=$shell "$SHMMAP" -0 -k "$line" <$file >got 2>got.err
		same "$name: $line" got $file
	done
	line='x="$(printf "%s." {})"; printf "%s\\0" "$x"'
	SHELL=$shell "$SHMMAP" -0 -k "$line" <texts >got 2>got.err
	same "$name: $line" got dotted
	printf '%s\0' 'a b' '$(touch pwned)' '`touch pwned`' '"' "'" '\\' '$x' \
		"END${nl}touch pwned" >heres
	tr '\0' '\n' <heres >wanted
	SHELL=$shell "$SHMMAP" -0 -k "cat <<END${nl}{}${nl}END" <heres >got
	same "$name: in a here-document" got wanted
	is "$name: in arithmetic" \
		"$(echo 20 | SHELL=$shell "$SHMMAP" 'echo $(({} * 2 + {#}))')" 41
	# where a shell evaluates a value, what is no number is refused
	for line in 'echo $(({}))' 'echo $((1 + {} * 2))' 'x=$((-{})); echo $x' \
		'[ {} -gt 3 ]; echo $?' 'test 1 -eq "{}"; echo $?' \
		'set -- 1; echo $(({}))' 'f() { echo $(({})); }; f 1'; do
		SHELL=$shell run "$SHMMAP" -k "$line" <expressions
		is "$name: $line: no expression gets there" "$status:$out" 126:
		is "$name: $line: each job is refused" \
			"$(sed -n 's/^shmmap: job \([0-9]*\):.* status 126$/\1/p' \
				"$err_file")" "$(seq "$(wc -l <expressions)")"
	done
	not_ok "$name: nothing broke out" test -e pwned
	rm -f pwned
done

# The texts are nowhere in the line that the shell parses.
printf '#!/bin/sh\nprintf "%%s\\n" "$2" >>"$T/lines"\nexec /bin/sh "$@"\n' >bash
rm -f lines
SHELL=$T/bash line 'echo {} x' >got
is "the shell sees the same line for each job" "$(sort -u lines | wc -l)" 1
not_ok "without a text in it" grep -q -F 'a b' lines

status_is "a quoted here-document is an error" 125 \
	"$SHMMAP" -a jobs "cat <<'END'${nl}{}${nl}END"
status_is "an empty command is an error" 125 "$SHMMAP" -a jobs ''
done_testing
