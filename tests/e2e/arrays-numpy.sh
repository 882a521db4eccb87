#!/bin/sh
# NumPy opens every file that shmmap writes, and shmmap every one that NumPy
# writes, but for object arrays.
. "$(dirname "$0")/lib.sh"

python=
for name in python3 /usr/bin/python3; do
	"$name" -c 'import numpy' 2>/dev/null && python=$name && break
done
[ -n "$python" ] || skip "NumPy is not installed"

cat >make.py <<'PY'
import numpy as np
from numpy.lib import format
rng = np.random.default_rng(1)
def raw(dtype, shape):
    n = int(np.prod(shape)) * np.dtype(dtype).itemsize
    return rng.integers(0, 256, n, dtype="u1").view(dtype).reshape(shape)
a = {}
for t in "i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16 f16 c32 S5 V3 M8[ns] m8[s]".split():
    a[t.replace("[", "").replace("]", "")] = raw(t, (3, 4))
a["bool"] = rng.integers(0, 2, (5,)).astype("?")
a["text"] = np.array(["a", "bcd", ""])
a["record"] = raw([("x", "<f8"), ("id", "<i4")], (7,))
a["nested"] = raw([("p", [("x", "f4"), ("y", "f4")]), ("v", "u2", (3,))], (2,))
a["aligned"] = np.zeros(3, np.dtype([("a", "u1"), ("b", "f8")], align=True))
a["latin"] = raw([("h\u00f6he", "<f8"), ("id", "<i4")], (7,))
a["unicode"] = raw([("\u6e29\u5ea6", "<f8"), ("h\u00f6he", "<i4")], (7,))
a["fortran"] = np.asfortranarray(raw("f4", (5, 6, 7)))
a["scalar"] = np.array(2.5)
a["empty"] = np.zeros((0, 3))
a["mixed"] = raw([("x", ">f8"), ("p", [("i", "<i4"), ("j", ">i4")], 2)], (5,))
for t in ">i2 >u4 >f8 >c16 >U3".split():
    a["big" + t[1:]] = np.arange(6).astype(t).reshape(2, 3)
for name, value in a.items():
    np.save(name + ".npy", value)
for v in (1, 2, 3):
    with open("version%d.npy" % v, "wb") as f:
        format.write_array(f, np.arange(9.), version=(v, 0))
np.save("object.pickle", np.array([{}]))
PY
cat >same.py <<'PY'
import sys
import numpy as np
a, b = np.load(sys.argv[1]), np.load(sys.argv[2])
assert b.dtype == a.dtype.newbyteorder("<") or b.dtype == a.dtype, b.dtype
assert a.shape == b.shape
c = a if a.dtype == b.dtype else a.astype(b.dtype)
assert c.tobytes("A") == b.tobytes("A")
assert a.flags.f_contiguous == b.flags.f_contiguous
PY
"$python" make.py || tap_bail "NumPy can not make the files"
mv object.pickle.npy object
for file in *.npy; do
	ok "$file: shmmap opens it, and saves it" \
		"$SHMMAP" -a /dev/null -A "x=@$file" --save x=saved.npy true
	ok "$file: NumPy opens it, and it is the same" \
		"$python" same.py "$file" saved.npy
	rm -f saved.npy
done
mv object object.npy
status_is "an array of objects is refused" 125 \
	"$SHMMAP" -a /dev/null -A x=@object.npy true
like "and called so" "$err" "^shmmap: .*object"

# what jobs write is what NumPy reads
seq 0 9 | "$SHMMAP" -A x=f8:10 --save x=x.npy 'shm() { "$SHM" "$@"; }
	shm set x {} {}.5'
is "values that jobs wrote" "$("$python" -c '
import numpy
print(numpy.load("x.npy").tolist() == [i + 0.5 for i in range(10)])')" True
done_testing
