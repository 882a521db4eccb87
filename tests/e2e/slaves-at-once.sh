#!/bin/sh
# -j N: N jobs run at the same time, and never one more.
. "$(dirname "$0")/lib.sh"

# Each job of the first N waits for all of them: fewer at once would hang.
cat >meet <<'SH'
#!/bin/sh
mkdir "running/$2"
ls running | wc -l
echo "rank $SHMMAP_RANK" >&2
if [ "$2" -le "$1" ]; then
	touch "here/$2"
	until [ "$(ls here | wc -l)" -ge "$1" ]; do
		sleep 0.01
	done
fi
rmdir "running/$2"
SH
chmod +x meet
mkdir here running

for n in 1 2 3 20; do
	seq $((3 * n)) >jobs
	for options in "" -k -u; do
		rm -f here/*
		run timeout 60 "$SHMMAP" $options -j$n ./meet $n <jobs
		is "-j$n $options: as many at once" "$status" 0
		is "-j$n $options: all jobs run" "$(wc -l <"$out_file")" \
			$((3 * n))
		is "-j$n $options: and no more at once" \
			"$(awk -v n=$n '$1 > n' "$out_file")" ""
		is "-j$n $options: the ranks are those of $n slaves" \
			"$(sort -u "$err_file" | wc -l):$(awk -v n=$n \
				'!/^rank [0-9]+$/ || $2 >= n' "$err_file")" "$n:"
	done
done

# jobs that run at the same time have different ranks and slave numbers
seq 6 >jobs
rm -f here/*
run timeout 60 "$SHMMAP" -j6 '
	touch here/{}
	until [ "$(ls here | wc -l)" -ge 6 ]; do sleep 0.01; done
	echo $SHMMAP_RANK {%}' <jobs
is "six at once have six ranks" "$(sort -n "$out_file")" \
	"0 1${nl}1 2${nl}2 3${nl}3 4${nl}4 5${nl}5 6"

# A slave takes no job before it is free: with one job stuck, the other slave
# runs all the rest.
mkfifo gate
seq 50 >jobs
run timeout 60 "$SHMMAP" -j2 '
	case {} in
	7) read x <gate ;;
	50) echo go >gate ;;
	esac
	echo {}' <jobs
is "no job waits behind a slow one" "$(sort -n "$out_file" | cksum)" \
	"$(cksum <jobs)"
done_testing
