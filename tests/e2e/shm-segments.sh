#!/bin/sh
# Named segments: made whole or not at all, listed, and removed when asked;
# leftovers can be told from what is in use.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/segments.sh"

file=/dev/shm/shmmap.$seg

# ours [OPTION]...: this test's lines of the list of segments, without the token
ours()
{
	"$SHM" ls -a "$@" | sed -n "s/$seg//p"
}

# ---- new ----

run "$SHM" new "$seg" -A x=f8:3,4 'y=i4=7' --array 's=S5:2'
is "new says nothing" "$status:$out$err" 0:
ok "there is a file" test -f "$file"
is "that is the user's only" "$(stat -c %a "$file")" 600
is "arrays begin as they were told to" "$(shm get y)" 7
is "ls of a segment" "$("$SHM" ls "$seg")" "x${tab}f8${tab}3,4${tab}96${tab}shared
y${tab}i4${tab}-${tab}4${tab}shared
s${tab}S5${tab}2${tab}10${tab}shared"
is "--segment is the same" "$(shm ls)" "$("$SHM" ls "$seg")"
is "ls in a worker" "$(SHMMAP_SEGMENT=$file "$SHM" ls)" "$("$SHM" ls "$seg")"
is "ls of segments" "$(ours)" "${tab}$(stat -c %s "$file")${tab}3${tab}kept"
is "ls elsewhere is ls of segments" "$("$SHM" ls | grep "$seg")" \
	"$("$SHM" ls -a | grep "$seg")"
is "ls -a in a worker" "$(SHMMAP_SEGMENT=$file "$SHM" ls -a | grep "$seg")" \
	"$("$SHM" ls | grep "$seg")"

shm set y 8
status_is "there is one already" 125 "$SHM" new "$seg" z=f8
like "it is named" "$err" "^shm: segment '$seg': .*already"
is "and stays as it was" "$(shm get y)" 8
status_is "that is found before any work" 125 "$SHM" new "$seg" z=@nosuch
like "and told" "$err" "already"

run "$SHM" new --segment "${seg}b" a=u1:2=3
is "the name as an option" "$status:$("$SHM" get --segment "${seg}b" a)" \
	"0:3${nl}3"
run "$SHM" new "${seg}locks"
is "a segment without arrays" "$status:$("$SHM" ls "${seg}locks")" 0:

# ---- nothing is left of one that failed ----

# fails WORD...: new fails with these declarations, and names the last one
fails()
{
	status_is "new $*: status" 125 "$SHM" new "${seg}c" "$@"
	is "new $*: one line" "$(wc -l <"$err_file")" 1
	not_ok "new $*: nothing is left" test -e "${file}c"
}
fails x
fails x=f9
fails x=f8:3,a
fails a=i4 x=f8:2 x=f8:2
fails a=i4 1x=f8
fails a=i4 x=@nosuch.npy
fails x=u1=256
fails x=f8:1000000000000
fails -A
# found out only when it is filled
echo "1 2 oops" >words
fails a=i4 x=f8:3=text:words

# ---- JSON ----

is "ls --json of a segment" "$("$SHM" ls --json "$seg")" '[
 {"name": "x", "dtype": "<f8", "shape": [3,4], "order": "C", "bytes": 96, "scope": "shared"},
 {"name": "y", "dtype": "<i4", "shape": [], "order": "C", "bytes": 4, "scope": "shared"},
 {"name": "s", "dtype": "|S5", "shape": [2], "order": "C", "bytes": 10, "scope": "shared"}
]'
# names of fields are Unicode
"$SHM" new "${seg}uni" 'r={höhe=f8,温度=i4}:2'
is "ls of a record with other letters" "$("$SHM" ls "${seg}uni" | cut -f 2)" \
	'{höhe=f8,温度=i4}'
like "and its dtype" "$("$SHM" ls --json "${seg}uni")" \
	"\"dtype\": \"\[\('höhe', '<f8'\), \('温度', '<i4'\)\]\""
"$SHM" set --segment "${seg}uni" r 1 '(1.5, 7)'
"$SHM" save --segment "${seg}uni" r uni.npy
is "is saved as version 3" "$(od -An -tu1 -j6 -N1 uni.npy | tr -d ' ')" 3
"$SHM" new "${seg}uni2" 'r=@uni.npy'
is "and read back" "$("$SHM" get --segment "${seg}uni2" r)" \
	"(0.0, 0)${nl}(1.5, 7)"
cat >plan.yaml <<-YAML
	arrays: {r: {dtype: {höhe: f8, 温度: i4}, save: spec.npy}}
	jobs: [1]
	worker: '"$SHM" set r "(2.5, {})"'
YAML
run "$SHMMAP" --spec plan.yaml
is "a spec" "$status:$err$(head -c 128 spec.npy | grep -ao '温度')" "0:温度"
is "ls --json without arrays" "$("$SHM" ls --json "${seg}locks")" '[]'
is "ls --json of segments" "$(ours --json | head -n 1 | tr -d ',')" \
	' {"name": "" "bytes": '"$(stat -c %s "$file")"' "arrays": 3 "state": "kept"}'
printf 'abc' >'a "file"\'
"$SHM" new "${seg}map" 'm=u1:3=map:a "file"\' 'c=u1:3=map-copy:a "file"\'
if has python3; then
	for what in -a "${seg}map" "$seg"; do
		"$SHM" ls --json "$what" >list.json
		ok "it is JSON" python3 -m json.tool list.json
	done
	is "so are names of files" "$("$SHM" ls --json "${seg}map" |
		python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["file"])')" \
		"$T/a \"file\"\\"
	name=$(printf 'bytes \303\251 \377 \355\240\200')
	printf 123 >"$name"
	"$SHM" new "${seg}utf8" "m=u1:3=map:$name"
	"$SHM" ls --json "${seg}utf8" >list.json
	cat >bytes.py <<-'PY'
		import json, os, sys
		with open("list.json", encoding="utf-8", errors="strict") as file:
		    path = json.load(file)[0]["file"]
		sys.exit(not os.path.samefile(path, os.fsencode(sys.argv[1])))
	PY
	ok "and those that are no text" env PYTHONUTF8=1 python3 bytes.py "$name"
	"$SHM" rm "${seg}utf8"
else
	skip_one "needs python3"
fi
is "mapped arrays" "$("$SHM" ls "${seg}map" | cut -f 5)" \
	"map:$T/a \"file\"\\${nl}map-copy:$T/a \"file\"\\"

# ---- whose it is ----

# le64 NUMBER: as the bytes of the file
le64()
{
	le64_left=$1
	for le64_i in 1 2 3 4 5 6 7 8; do
		printf "\\$(printf %03o $((le64_left & 255)))"
		le64_left=$((le64_left >> 8))
	done
}

# owned FILE PID START: that process owns it; see shmmap-segment(5)
owned()
{
	{
		le64 "$2"
		le64 "$3"
	} | dd of="$1" bs=1 seek=256 conv=notrunc 2>/dev/null
}

start=$(sed 's/.*) //' "/proc/$$/stat" | cut -d ' ' -f 20)
owned "${file}b" $$ "$start"
is "one that is in use" "$(ours | sed -n 's/^b//p' | cut -f 4)" "in use by $$"
like "one that is in use, as JSON" "$("$SHM" ls -a --json | grep "${seg}b")" \
	"\"state\": \"in use\", \"pid\": $$}"
owned "${file}locks" $$ $((start + 1))
is "its number belongs to another process now" \
	"$(ours | sed -n 's/^locks//p' | cut -f 4)" stale
owned "$file" 999999999 7
is "its owner is gone" "$(ours | grep "^$tab" | cut -f 4)" stale

"$SHM" rm --stale -v >removed 2>&1
is "rm --stale -v prints what it removed" \
	"$(grep "$seg" removed | sed "s/$seg//")" "${nl}locks"
not_ok "they are gone" test -e "$file" -o -e "${file}locks"
ok "others are not" test -e "${file}b" -a -e "${file}map"
is "a second time there is none" "$("$SHM" rm --stale -v | grep "$seg")" ""

# ---- rm ----

"$SHM" new "$seg" y=i4
run "$SHM" rm "$seg" "${seg}b"
is "rm says nothing" "$status:$out$err" 0:
not_ok "both are gone" test -e "$file" -o -e "${file}b"
"$SHM" new "$seg" y=i4
status_is "one that there is not" 125 "$SHM" rm -v "${seg}nosuch" "$seg"
like "is named" "$err" "^shm: segment '${seg}nosuch': no segment"
is "the others are removed" "$out" "$seg"
not_ok "they really are" test -e "$file"

echo "no segment" >"${file}text"
status_is "a file that is no segment can not be used" 125 \
	"$SHM" --segment "${seg}text" get x
like "it is named" "$err" "^shm: .*${seg}text.*not a segment"
unlike "it is not listed" "$("$SHM" ls -a)" "${seg}text"
done_testing
