#!/bin/sh
# Every function of shmmap.h stands in a page of section 3, with the types that
# it has; and the program that libshmmap(3) shows compiles and does what it says.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/manual.sh"

pages=$top_srcdir/man
header=$top_srcdir/src/shmmap.h

# ---- prototypes: the header's and the pages', one a line, without blanks ----

squeeze()
{
	tr -d ' \t' | sort
}

awk '/^static inline / {
		text = $0; sub(/^static inline /, "", text)
		sub(/ SHMMAP_FORMAT/, "", text)
		is_inline = 1
		next
	}
	is_inline && /^{/ { print text ";"; is_inline = 0 }
	is_inline { text = text $0; next }
	/^[a-z].*\**shmmap_[a-z_]*\(/ { text = "" ; inside = 1 }
	inside { text = text $0 }
	inside && /;$/ { print text; inside = 0 }' "$header" | squeeze >in-header
for page in "$pages"/*.3; do
	awk '
		function words(line,   text, n, i, part) {
			n = split(line, part, "\"")
			for (i = 2; i <= n; i += 2)
				text = text (text ? "," : "") part[i]
			return text
		}
		/^\.Sh / { inside = ($0 == ".Sh SYNOPSIS") }
		!inside { next }
		/^\.Ft / { type = substr($0, 5); gsub(/"/, "", type) }
		/^\.Fn / {
			list = words($0)
			if (list == "")
				list = $3
			print type $2 "(" list ");"
		}
		/^\.Fo / { name = $2; list = "" }
		/^\.Fa / { list = list (list ? "," : "") words($0) }
		/^\.Fc/ { print type name "(" list ");" }' "$page"
done | squeeze >in-pages
ok "the header has functions" test "$(wc -l <in-header)" -ge 36
same "the pages have all of them, as they are" in-pages in-header

# ---- names ----

sed 's/(.*//; s/.*\(shmmap_\)/\1/' in-header >names
while read -r name; do
	if [ -f "$pages/links/$name.3" ]; then
		target=$(sed -n 's,^\.so man3/,,p' "$pages/links/$name.3")
	else
		target=$name.3
	fi
	ok "$name has a page" grep -q "^\.Nm $name\( ,\)\{0,1\}\$" \
		"$pages/$target"
done <names
for link in "$pages"/links/*.3; do
	name=${link##*/}
	ok "$name is the name of a function" grep -qx "${name%.3}" names
done
sed -n 's/^\t\(shmmap_[a-z_]*\);$/\1/p' \
	"$top_srcdir/src/client/libshmmap.map" | sort >exported
sort names >sorted
sed -n '/^static inline/,/(/s/^\(shmmap_[a-z_]*\)(.*/\1/p' "$header" |
	sort >inline
comm -23 sorted inline >linked
same "the library has the same names, but for inline ones" exported linked

# ---- their form ----

for page in "$pages"/*.3; do
	well_formed "$page"
done

# ---- the program of the overview ----

. "$(dirname "$0")/compiler.sh"
. "$(dirname "$0")/installed.sh"

examples "$pages/libshmmap.3" squares.c example.sh
run sh -eu example.sh
is "the example: status and errors" "$status:$err" "0:"
is "each number is a job" \
	"$(printf '%s\n' "$out" | sed -n 's/^rank [01] of 2, //p')" \
	"job 1${nl}job 2${nl}job 3${nl}job 4"
is "the sum of the squares" "$(printf '%s\n' "$out" | tail -n 1 | tr -d ' ')" 30
status_is "outside of a run it says so" 1 ./squares 2
like "on standard error" "$err" "^squares: not in a run"

# ---- those of workers that are called, or take their jobs ----

seq 1000000 | awk '{ printf "%.0f\n", $1 * $1 }' >wanted
for page in shmmap_worker shmmap_next; do
	examples "$pages/$page.3" square.c example.sh added.c
	[ $page = shmmap_worker ] || ok "$page: its example compiles" sh -c \
		'cc -o square square.c $(pkg-config --cflags --libs shmmap)'
	run sh -eu example.sh
	is "$page: its example: status and errors" "$status:$err" "0:"
	same "$page: its example: squares" "$out_file" wanted
done
# the other end of the first one
examples "$pages/shmmap_worker.3" first.c example.sh added.c
{ sed '/^const struct shmmap_worker/,$d' first.c; cat added.c; } >both.c
run sh -c 'seq 1000 | shmmap --dlopen both.c'
is "shmmap_worker: its reduce function" "$status:$err:$out" "0::333833500"
run sh -c 'printf "1\nx\n" | shmmap -k --attach ./square'
is "what is no number has failed" "$status:$out" "1:1"
done_testing
