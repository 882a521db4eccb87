#!/bin/sh
# The keys of a spec are those of man/shmmap.5 and of the JSON Schema, and the
# other way round; what the schema allows is what the program takes.
. "$(dirname "$0")/lib.sh"

page=$top_srcdir/man/shmmap.5
schema=$top_srcdir/share/shmmap/spec.schema.json

# options that are keys, and the keys that are no options
{
	"$SHMMAP" --help | grep -o '^ .\{,20\}--[a-z-]*' | sed 's/.*--//' |
		grep -v -x -e help -e version -e spec -e dump-spec
	printf '%s\n' jobs worker arrays steps
} | sort >keys
ok "there are keys" test "$(wc -l <keys)" -ge 32

# each of them has type, default and example
awk '
	/^\.Sh/ { inside = ($0 == ".Sh KEYS"); depth = 0 }
	/^\.Bl/ { depth++ }
	/^\.El/ { depth-- }
	inside && depth == 1 && /^\.It Ic / {
		key = $3
		gsub(/\\-/, "-", key)
		print key >"in-page"
	}
	inside && /^Type: / { print key >"types" }
	inside && /^Default: / { print key >"defaults" }
	inside && /^\.Dl / {
		print key >"examples"
		text = substr($0, 5)
		gsub(/\\\(aq/, "\047", text); gsub(/\\\(dq/, "\"", text)
		gsub(/\\-/, "-", text); gsub(/\\e/, "\\", text)
		print text >("example." key "." ++n[key])
	}' "$page"
for what in in-page types defaults examples; do
	sort -u "$what" >sorted
	same "the man page has all of them ($what)" sorted keys
done
sed -n '/^Unit: /p' "$page" >units
ok "some have units" test "$(wc -l <units)" -ge 7

# the examples are read
echo 1 | tee jobs.txt x.npy >/dev/null
for file in example.*; do
	key=${file#example.}
	key=${key%.*}
	{
		cat "$file"
		case $key in
		worker | dlopen | steps) ;;
		backend) echo 'dlopen: x.so' ;;
		header) printf 'worker: x\njobs: {zip: [[n, 1]]}\n' ;;
		block | recend) echo 'worker: {pipe: x}' ;;
		*) echo 'worker: x' ;;
		esac
		case $key in
		private) echo 'array: [x=f8, y=f8]' ;;
		reduction | save | save-always) echo 'array: x=f8' ;;
		keep) echo 'segment: s' ;;
		by | result) echo 'reduce: count' ;;
		combine) echo 'reduce: sum' ;;
		skip-bad) echo 'reduce: sum' ;;
		esac
	} >plan.yaml
	status_is "example: $(cat "$file")" 0 \
		"$SHMMAP" --dump-spec --spec plan.yaml
done

has python3 || skip "needs python3"
check="$top_srcdir/tests/e2e/schema.py"
python3 "$check" "$schema" | sort >in-schema
same "the schema has all of them" in-schema keys

# JSON is YAML: what is refused and what is taken is the same for both
judge()
{
	wanted=$1
	case $(python3 "$check" "$schema" plan.json) in
	yes*) got=yes ;;
	*) got=no ;;
	esac
	"$SHMMAP" --dump-spec --spec plan.json >out.yaml 2>err.txt
	case $? in
	0) got=$got-yes ;;
	125) got=$got-no ;;
	*) got=$got-crash ;;
	esac
	is "$(cat plan.json)" "$got" "$wanted-$wanted"
}

while read -r wanted line; do
	[ -n "$wanted" ] || continue
	printf '%s\n' "$line" >plan.json
	judge "$wanted"
done <<'JSON'
yes {"worker": "x"}
yes {"worker": ["x", "y", 1]}
yes {"worker": true, "env": {"A": true, "B": 1.5}, "wd": "/"}
yes {"worker": {"exec": ["test", true, "=", false]}}
yes {"worker": {"dlopen": ["x.so", true]}}
yes {"worker": {"exec": "x"}, "x-note": {"a": [1]}}
yes {"worker": {"pipe": "x", "block": 64, "recend": "a", "wd": "/"}}
yes {"worker": {"dlopen": ["x.so", "y"]}}
yes {"dlopen": "x.so"}
yes {"worker": "x", "jobs": [1, "a", true]}
yes {"worker": "x", "jobs": "stdin"}
yes {"worker": "x", "jobs": {"range": 10}}
yes {"worker": "x", "jobs": {"list": [1], "null": true}}
yes {"worker": "x", "jobs": {"file": "jobs.txt", "delimiter": "x"}}
yes {"worker": "x", "arrays": {"a": "f8", "b": {"dtype": "f8", "shape": [1, 2]}}}
yes {"worker": "x", "arrays": {"a": {"dtype": {"x": "f8"}, "shape": 3}}}
yes {"worker": "x", "arrays": {"a": {"dtype": "f8", "scope": "reduction(sum)"}}}
yes {"worker": "x", "array": "a=f8", "private": ["a"]}
yes {"worker": "x", "env": {"A": 1}, "slaves": 2, "ordered": false}
yes {"worker": "x", "env": ["A=1"], "slaves": "50%", "tag": "${T:-true}"}
yes {"jobs": [1], "steps": [{"worker": "x"}, {"worker": {"pipe": "y"}, "tag": true}]}
yes {"jobs": [1], "worker": "x", "arrays": {"a": "f8"}, "steps": [{}, {"x-a": 1}]}
yes {"worker": "x", "jobs": {"product": [[1, 2], ["a"]]}}
yes {"worker": "x", "jobs": {"zip": [[1, 2], {"file": "jobs.txt"}], "header": ":"}}
no {"worker": "x", "jobs": {"product": []}}
yes {"worker": "x", "jobs": {"product": [[1], []]}}
no {"worker": "x", "jobs": {"product": 5}}
no {"worker": "x", "jobs": {"product": [5]}}
no {"worker": "x", "jobs": {"zip": [{"list": [5]}]}}
yes {"jobs": [1], "array": "a=f8", "steps": [{"worker": "x", "reduction": "sum:a"}, {"worker": "y", "private": ["a"], "reduction": []}]}
no {"steps": []}
no {"steps": {"worker": "x"}}
no {"steps": [{"worker": "x", "arrays": {"a": "f8"}}]}
no {"steps": [{"worker": "x", "slaves": 2}]}
no {"steps": [{"worker": "x", "steps": [{"worker": "y"}]}]}
no {}
no []
no "x"
no {"worker": []}
no {"worker": {"exec": "x", "filter": "y"}}
no {"worker": {"exec": {}}}
no {"worker": {"block": 3}}
no {"worker": {"exec": "x", "slaves": 3}}
no {"worker": "x", "slavs": 2}
no {"worker": "x", "slaves": [2]}
no {"worker": "x", "ordered": "yes"}
no {"worker": "x", "ordered": 1}
no {"worker": "x", "help": true}
no {"worker": "x", "jobs": 5}
no {"worker": "x", "jobs": [[1]]}
no {"worker": "x", "jobs": {"slaves": 5}}
no {"worker": "x", "jobs": {"list": 5}}
no {"worker": "x", "jobs": null}
no {"worker": "x", "arrays": ["a=f8"]}
no {"worker": "x", "arrays": {"a": {"shape": 3}}}
no {"worker": "x", "arrays": {"a": {"dtype": "f8", "shap": 3}}}
no {"worker": "x", "arrays": {"a": {"dtype": "f8", "scope": "all"}}}
no {"worker": "x", "arrays": {"1a": "f8"}}
no {"worker": "x", "env": {"A": [1]}}
no {"worker": "x", "env": {"A": null}}
JSON

if has groff; then
	is "groff has nothing to say" \
		"$(groff -mandoc -ww -z -Tutf8 "$page" 2>&1)" ""
else
	skip_one "needs groff"
fi
if has mandoc; then
	is "mandoc has nothing to say" "$(mandoc -T lint "$page" 2>&1 |
		grep -v -e 'outdated mandoc.db' -e 'referenced manual not found')" ""
else
	skip_one "needs mandoc"
fi
done_testing
