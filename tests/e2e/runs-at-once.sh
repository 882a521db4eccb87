#!/bin/sh
# Several runs use one named segment at the same time: arrays and critical
# sections are of all, copies of arrays are each run's own.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/segments.sh"

export SHM

# all make the same segment, and one is the first
i=0
while [ $i -lt 8 ]; do
	i=$((i + 1))
	seq 20 | "$SHMMAP" -j2 --segment "$seg" --keep -A sum=f8=1000 -A n=i8 \
		-A most=u4:3 --reduction sum:sum --reduction max:most '
		"$SHM" add sum {} >/dev/null; "$SHM" max most 2 {} >/dev/null
		"$SHM" add n 1 >/dev/null' \
		>"got.$i" 2>&1 &
done
wait
is "runs that begin at once" "$(cat got.*)" ""
is "each is counted, and once" "$(shm get sum)" 2680.0
is "shared arrays are everybody's" "$(shm get n)" 160
is "for other operations, too" "$(shm get most 2)" 20
is "no copies are in the segment" "$(shm ls "$seg" | cut -f 5 | sort -u)" shared
rm -f "/dev/shm/shmmap.$seg"

# one waits in the middle of its job while another begins and ends
mkfifo begun go
shm new sum=i8 own=i4=7 done=i8
echo 5 | "$SHMMAP" -j1 --segment "$seg" -A sum=i8 -A own=i4 --private own \
	--reduction sum:sum '"$SHM" set sum {}; "$SHM" add own {} >/dev/null
	echo >begun; read x <go; "$SHM" get sum; "$SHM" get own' >first 2>&1 &
pid=$!
read -r _ <begun
run "$SHMMAP" --segment "$seg" -A sum=i8 -A own=i4 --private own -j2 -k \
	--reduction sum:sum 'echo $("$SHM" get sum) $("$SHM" get own)
	"$SHM" add sum {} >/dev/null' <<-END
	10
	20
END
is "another run has copies of its own" "$status:$out$err" "0:0 7${nl}0 7"
is "that are combined when it ends" "$(shm get sum)" 30
echo >go
wait "$pid"
is "and does not change those of the first" "$(cat first)" "5${nl}12"
is "which are combined when that ends" "$(shm get sum)" 35
is "private ones leave nothing behind" "$(shm get own)" 7

# the same array, once with copies and once without, and more slaves than before
run "$SHMMAP" --segment "$seg" -A sum=i8 '"$SHM" get sum; "$SHM" add sum 1; : {}' <<-END
	x
END
is "a run without the scope has the array itself" "$status:$out$err" 0:35
seq 9 | "$SHMMAP" --segment "$seg" -A sum=i8 -j9 --reduction xor:sum \
	'"$SHM" set sum {}; "$SHM" barrier'
is "one with another scope and more slaves" "$(shm get sum)" $((36 ^ 1))

# whoever adds to the array itself while copies are combined loses nothing
rm -f "/dev/shm/shmmap.$seg"
shm new n=i8:200000 flag=i8
seq 4 | "$SHMMAP" --segment "$seg" -j2 '
	while [ "$("$SHM" get flag)" = 0 ]; do
		for i in 0 1 2 3; do "$SHM" add n {} 1; "$SHM" add n 0 1; done
	done >/dev/null' >got 2>&1 &
pid=$!
for i in 1 2 3 4; do
	seq 2 | "$SHMMAP" --segment "$seg" -j2 -A n=i8:200000 \
		--reduction sum:n '"$SHM" set n : 1; "$SHM" barrier; : {}'
done
shm set flag 1
wait "$pid"
is "the rest has what the copies were" "$(shm get n 5:8 | tr '\n' ' ')" "8 8 8 "
is "the first has what all others were added" \
	"$(($(shm get n 0) - 8))" \
	"$(($(shm get n 1) + $(shm get n 2) + $(shm get n 3) + $(shm get n 4) - 32))"

# what another run has under this name
rm -f "/dev/shm/shmmap.$seg"
shm new x=f4
echo | "$SHMMAP" --segment "$seg" --keep -A x=f8 true >got 2>&1
is "another array of that name is an error" "$?" 125
like "that says so" "$(cat got)" "exists, and its array x is f4, not f8"
done_testing
