#!/bin/sh
# Whatever the system refuses, and whenever, to a run that makes arrays, keeps
# its segment and saves: it ends well, or with one line that says why not, and
# leaves no half of a segment or of a file. See every-call-refused.sh.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/refused.sh"

[ -d /dev/shm ] && [ -w /dev/shm ] || skip "needs /dev/shm"

cp jobs wanted.arrays
seq 50000 >bulk
"$SHMMAP" -A n=i4:5 --save n=numbers.npy true ::: 1

# all that arrays begin with, and a segment that is kept, also if the run fails
# when it is whole; one that is somebody's or stale is a finding
arrays()
{
	"$@" -k -j2 -a jobs --segment "$token" --keep -A v=f8:300=1.5 \
		-A w=like:v=like:v -A r=u1:-1=@bulk -A t=i4:-1=text:jobs \
		-A n=@numbers.npy -A m=map:numbers.npy --private t \
		--reduction sum:v --save v=v.npy --save-always m=m.npy echo
	result=$?
	! "$SHM" ls -a | grep -q "^$token$tab.*kept" || "$SHM" rm "$token"
	return $result
}

refused_all <<'END'
master malloc ENOMEM arrays
master calloc ENOMEM arrays
master reallocarray ENOMEM arrays
master strdup ENOMEM arrays
master realpath ENOMEM arrays
master mmap ENOMEM arrays
master madvise ENOMEM arrays
master madvise EFAULT arrays
master madvise EINVAL arrays
master pthread_create EAGAIN arrays
master memfd_create EMFILE arrays
master open EMFILE arrays
master openat ENOTSUP arrays
master pread EIO arrays
master pread EINTR arrays
master ftruncate ENOSPC arrays
master fallocate ENOSPC arrays
master fchmod EACCES arrays
master stat EACCES arrays
master faccessat EACCES arrays
master access ENOENT arrays
master write ENOSPC arrays
master write EINTR arrays
master fsync EIO arrays
master linkat ENOSPC arrays
master renameat EACCES arrays
END
done_testing
