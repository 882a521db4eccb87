#!/bin/sh
# Whatever the system refuses, and whenever: a run ends, with all results, or
# with a status and one line that say that it failed. Each call of each function
# that can fail is made to fail once, by inject.so (see inject.c).
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/../e2e/called.sh"
. "$(dirname "$0")/refused.sh"

seq 50000 >bulk
{
	echo 1
	cat bulk bulk && echo 2
	cat bulk bulk && echo 3
	echo 4
} >wanted.spill
cp jobs wanted.words
cp jobs wanted.direct
cp jobs wanted.left
cp jobs wanted.kept
cp jobs wanted.closed
cp jobs wanted.blocks
cp jobs wanted.parts
cp jobs wanted.call
cp jobs wanted.threads
cp jobs wanted.debugged
called_worker
cp jobs wanted.columns
cp jobs wanted.split
{
	echo n
	cat jobs
} >named
"$SHMMAP" -k --shuf --seed 8 -a jobs echo >wanted.lists
cp jobs wanted.command
cp jobs wanted.combined
sed "s/\$/${tab}5001/" jobs >wanted.folded
sed "s/\$/${tab}1/" jobs >wanted.spans
sed "s/.*/&${tab}&.5/" jobs >wanted.keys
cp jobs wanted.spec
cp jobs wanted.steps

# What is run: each has calls of its own. In the last one the results of jobs 2
# and 3 fill what memory there is for them and wait in a file, which is empty
# again when job 4 prints.
words()
{
	"$@" -k -j2 -a jobs --wd="$T" --env=A=B echo
}

direct()
{
	"$@" -u -j1 -a jobs 'echo {}'
}

closed()
{
	words "$@" <&-
}

# its input can not be read
folder()
{
	"$@" -a / echo
}

blocks()
{
	"$@" -k -j2 -a jobs --pipe --block 4 cat
}

parts()
{
	"$@" -k -j2 -a jobs --pipe --block -2 cat
}

# shellcheck disable=SC2016 # the line is for shmmap
keys()
{
	"$@" -k -j2 -a jobs --reduce sum:2 --by 1 'echo {} {}.5'
}

command()
{
	"$@" -k -j2 -a jobs --reduce cat echo
}

# what is wrong with a spec is said of the spec
spec()
{
	cat >plan.yaml <<'YAML'
slaves: 2
ordered: true
jobs: ["1", &two 2, "${T:-3}", 4, 5, 6]
arrays: {x: {dtype: f8, shape: [2, 3]}}
env: {A: B}
worker: [echo]
YAML
	"$@" --spec plan.yaml T=3
}

steps()
{
	cat >plan.yaml <<'YAML'
ordered: true
array: [x=f8:3, y=i4=2]
steps:
- {jobs: [1, 2, 3], worker: echo, reduction: 'sum:x', private: y}
- {jobs: [4, 5, 6], worker: {pipe: cat}, private: y}
YAML
	"$@" --spec plan.yaml
}

kept()
{
	rm -f "/dev/shm/shmmap.$token"
	"$@" -k -j2 -a jobs --segment "$token" --keep -A x=c16 \
		--reduction sum:x echo || set -- "$?"
	rm -f "/dev/shm/shmmap.$token"
	[ $# -gt 1 ] || return "$1"
}

left()
{
	"$@" -k -j2 -a jobs 'sleep 0.01 & echo {}'
}

call()
{
	"$@" -k -j2 -a jobs --wd="$T" --dlopen ./worker.so
}

threads()
{
	call "$@" --backend thread
}

debugged()
{
	call "$@" --debug
}

lists()
{
	"$@" -k -j2 --header : -C, --shuf --seed 8 'echo {n}' :::: named ::: m x
}

columns()
{
	"$@" -k -j2 --header : -a named --env=A=B 'echo {n}'
}

# shellcheck disable=SC2016 # the line is for shmmap
split()
{
	"$@" -k -j2 -A x=f8:12 --split x,6 'echo $(({2} / 2))'
}

# shellcheck disable=SC2016 # the line is for shmmap
spill()
{
	rm -f began
	seq 4 | "$@" -k -j2 '
		case {} in
		1)
			until [ -e began ]; do sleep 0.01; done
			sleep 0.03
			;;
		4) sleep 0.08 ;;
		*) cat bulk; echo >began; cat bulk ;;
		esac
		echo {}'
}

folded()
{
	"$@" -j2 -a jobs --reduce count --by 1 'yes {} | head -n 5001'
}

# shellcheck disable=SC2016 # the line is awk's
spans()
{
	"$@" -j2 -a jobs --reduce count --by 1 --filter awk '{
		printf "%s", $1
		for (i = 0; i < 2000; i++)
			printf " x"
		print "" }'
}

combined()
{
	"$@" -j1 -a jobs --combine cat --reduce cat echo
}

refused_all <<'END'
master mmap ENOMEM
master mremap ENOMEM
master eventfd EMFILE
master malloc ENOMEM
master malloc ENOMEM left
master calloc ENOMEM
master calloc ENOMEM left
master reallocarray ENOMEM
master malloc ENOMEM lists
master calloc ENOMEM lists
master realloc ENOMEM lists
master reallocarray ENOMEM lists
master open EMFILE lists
master read EIO lists
master read EINTR lists
master malloc ENOMEM columns
master calloc ENOMEM columns
master realloc ENOMEM columns
master reallocarray ENOMEM columns
master open EMFILE columns
master read EIO columns
master read EINTR columns
master calloc ENOMEM split
master reallocarray ENOMEM split
master asprintf ENOMEM split
slaves realloc ENOMEM columns
master asprintf ENOMEM
master sched_getaffinity ENOMEM
master fopen EMFILE
master stat EACCES
master access EACCES
master fork EAGAIN
master fork ENOMEM
master open EMFILE
master open EACCES spill
master open ENOENT closed
master malloc ENOMEM folder
master read EIO
master read EINTR
master write EIO
master write ENOSPC
master write EINTR
master ppoll EINTR
master ppoll ENOMEM
master pread EIO spill
master pread EINTR spill
slaves mmap ENOMEM
slaves mremap ENOMEM
slaves malloc ENOMEM
slaves calloc ENOMEM
slaves realloc ENOMEM
slaves asprintf ENOMEM
slaves fchdir EACCES
slaves signalfd EMFILE
slaves pipe2 EMFILE
slaves pipe2 ENFILE left
slaves dup2 EMFILE
slaves dup2 EMFILE left
slaves fcntl ENOMEM
slaves fcntl ENOMEM left
slaves clone EAGAIN
slaves clone ENOMEM direct
slaves execve ENOMEM
slaves execve EIO
slaves execve ENOENT
slaves execve EACCES direct
slaves stat ENOENT
slaves access EACCES
slaves read EINTR
slaves read EINTR left
slaves poll EINTR
slaves poll ENOMEM
slaves waitpid EINTR
slaves waitid EINTR direct
slaves open EMFILE spill
slaves pwrite ENOSPC spill
slaves pwrite EINTR spill
slaves ftruncate EIO spill
master malloc ENOMEM blocks
master pread EIO parts
master pread EINTR parts
master fcntl EMFILE parts
slaves pipe2 EMFILE blocks
slaves dup2 EMFILE blocks
slaves fcntl ENOMEM blocks
slaves clone EAGAIN blocks
slaves write EIO blocks
slaves write EINTR blocks
slaves poll EINTR blocks
slaves splice EIO parts
slaves splice EINTR parts
master malloc ENOMEM keys
master calloc ENOMEM keys
master realloc ENOMEM keys
master reallocarray ENOMEM keys
slaves malloc ENOMEM folded
slaves calloc ENOMEM folded
slaves realloc ENOMEM folded
slaves reallocarray ENOMEM folded
slaves malloc ENOMEM spans
slaves calloc ENOMEM spans
slaves realloc ENOMEM spans
slaves reallocarray ENOMEM spans
master calloc ENOMEM combined
master reallocarray ENOMEM combined
master realloc ENOMEM combined
master fork EAGAIN combined
master pipe2 EMFILE combined
master fcntl ENOMEM combined
master open EMFILE combined
master write EINTR combined
master pread EIO combined
master epoll_create1 EMFILE combined
master epoll_ctl ENOMEM combined
master fork EAGAIN command
master pipe2 EMFILE command
master write EIO command
slaves splice EINVAL parts
slaves calloc ENOMEM call
slaves malloc ENOMEM call
slaves mremap ENOMEM call
slaves dup2 EMFILE call
slaves fchdir EACCES call
slaves calloc ENOMEM threads
slaves malloc ENOMEM threads
slaves mremap ENOMEM threads
slaves dup2 EMFILE threads
slaves fchdir EACCES threads
slaves pthread_create EAGAIN threads
master fcntl EMFILE debugged
master dup2 EMFILE debugged
master fchdir EACCES debugged
master memfd_create EMFILE debugged
master pthread_create EAGAIN debugged
master unshare ENOMEM debugged
master malloc ENOMEM spec
master realloc ENOMEM spec
master strdup ENOMEM spec
master reallocarray ENOMEM spec
master open EMFILE spec
master read EIO spec
master read EINTR spec
master memfd_create EMFILE spec
master pwrite ENOSPC spec
master pwrite EINTR spec
master malloc ENOMEM steps
master calloc ENOMEM steps
master eventfd EMFILE steps
master mmap ENOMEM steps
master fork EAGAIN steps
master memfd_create EMFILE steps
master ftruncate ENOSPC steps
master fcntl EMFILE steps
master flock EINTR kept
master memfd_create EMFILE kept
master ftruncate ENOSPC kept
END
done_testing
