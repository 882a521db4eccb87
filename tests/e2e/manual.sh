# manual.sh - for tests that read man pages; sourced after lib.sh
#
#	well_formed PAGE	groff and mandoc, where they are, have nothing to
#				say of the page
#	examples PAGE NAME...	writes the literal blocks of its EXAMPLES into
#				files of these names, the one after the other, as
#				they would be typed; the last name is a format for
#				the number of a block if it has a %

well_formed()
{
	if has groff; then
		is "groff has nothing to say of ${1##*/}" \
			"$(groff -mandoc -ww -z -Tutf8 "$1" 2>&1)" ""
	else
		skip_one "needs groff"
	fi
	if has mandoc; then
		is "mandoc has nothing to say of ${1##*/}" \
			"$(mandoc -T lint "$1" 2>&1 | grep -v \
				-e 'outdated mandoc.db' \
				-e 'referenced manual not found')" ""
	else
		skip_one "needs mandoc"
	fi
}

examples()
{
	manual_page=$1
	shift
	awk -v names="$*" '
		BEGIN { most = split(names, name, " ") }
		/^\.Sh / { inside = ($0 == ".Sh EXAMPLES") }
		inside && /^\.Bd -literal/ {
			n++
			file = name[n < most ? n : most]
			if (file ~ /%/)
				file = sprintf(file, n)
			next
		}
		/^\.Ed/ { file = ""; next }
		file {
			gsub(/\\\(aq/, "\047"); gsub(/\\\(dq/, "\"")
			gsub(/\\\(ga/, "`"); gsub(/\\\(ti/, "~")
			gsub(/\\\(ha/, "^"); gsub(/\\-/, "-")
			gsub(/\\&/, ""); gsub(/\\e/, "\\")
			print >file
		}' "$manual_page"
}
