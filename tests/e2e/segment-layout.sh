#!/bin/sh
# Arrays can be read and written by whoever knows man/shmmap-segment.5: here by
# a program that was written from that page only, and by the page's own example.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/manual.sh"

page=$top_srcdir/man/shmmap-segment.5

# ---- the tables of the page have no gap ----

# tiles HEADING SIZE: the rows "offset bytes" below it follow each other
tiles()
{
	awk -v heading=".Ss $1" -v size="$2" '
		/^\.S[hs] / { inside = ($0 == heading) }
		inside && $1 == ".It" && $2 ~ /^[0-9]+$/ && $4 ~ /^[0-9]+$/ {
			if ($2 != at)
				exit 1
			at += $4
		}
		END { exit at != size }' "$page"
}
ok "the fields of the header tile it" tiles Header 272
ok "the fields of an entry tile it" tiles Table 2048

well_formed "$page"

python=$(command -v python3) && "$python" -c 'import mmap, zlib' 2>/dev/null ||
	skip "NO PYTHON 3: that the page describes the layout was NOT TESTED"

# ---- the page's example, as it stands there ----

examples "$page" add.py example.sh
mkdir bin
ln -s "$SHMMAP" bin/shmmap
PATH=$T/bin:$PATH
run sh -eu example.sh
is "the example: status and errors" "$status:$err" "0:"
is "the example: output" "$(printf '%s\n' "$out" | tr -s ' ')" " 45 45"
status_is "it refuses what is no segment" 1 \
	env SHMMAP_FD=0 SHMMAP_RANK=0 "$python" add.py x 1 <"$page"
run sh -c 'echo 1 | "$SHMMAP" -A x=i4:3 "$0" add.py x {}' "$python"
like "and other types" "$err" "not an array of f8"

# ---- a program of its own, from that page ----

cat >layout.py <<'PYTHON'
"""layout.py COMMAND [WORD]...: look at a segment"""
import ast
import mmap
import os
import re
import stat
import struct
import sys
import zlib

PAGE = 4096
FORTRAN, PRIVATE, REDUCTION, MAPPED, MAP_COPY = 1, 2, 4, 8, 16
OPS = ["sum", "prod", "min", "max", "and", "or", "xor"]
HEADER = [
    ("magic", 0, "8s"), ("abi", 8, "I"), ("crc32", 12, "I"), ("size", 16, "Q"),
    ("table_offset", 24, "Q"), ("array_count", 32, "I"),
    ("entry_nbytes", 36, "I"), ("lock_offset", 40, "Q"),
    ("lock_count", 48, "I"), ("lock_nbytes", 52, "I"), ("lock_kind", 56, "I"),
    ("np", 60, "I"), ("run_offset", 64, "Q"), ("run_nbytes", 72, "Q"),
    ("name", 80, "64s"), ("reserved", 144, "112s"), ("owner_pid", 256, "Q"),
    ("owner_start", 264, "Q"),
]
ENTRY = [
    ("name", 0, "64s"), ("dtype", 64, "1024s"), ("shape", 1088, "8Q"),
    ("ndim", 1152, "I"), ("flags", 1156, "I"), ("itemsize", 1160, "Q"),
    ("nbytes", 1168, "Q"), ("offset", 1176, "Q"), ("copies_offset", 1184, "Q"),
    ("copy_stride", 1192, "Q"), ("copy_count", 1200, "I"), ("op", 1204, "I"),
    ("file_dev", 1208, "Q"), ("file_ino", 1216, "Q"), ("path", 1224, "704s"),
    ("reserved", 1928, "120s"),
]
NAME = re.compile(rb"[A-Za-z_][A-Za-z0-9_]{0,62}\Z")


def need(condition, what):
    if not condition:
        sys.exit("layout.py: " + what)


def unpack(fields, data):
    out = {}
    for name, offset, form in fields:
        values = struct.unpack_from("<" + form, data, offset)
        out[name] = values if len(values) > 1 else values[0]
    return out


def text(field):
    need(b"\0" in field, "a text without an end")
    value, rest = field.split(b"\0", 1)
    need(not rest.strip(b"\0"), "something behind a text")
    return value


def scalar(dtype):
    """bytes of one, and a function from bytes to a value"""
    order, kind = dtype[0], dtype[1]
    size = int(re.match(r"\d+", dtype[2:]).group())
    if kind == "S":
        need(order == "|", "order of S")
        return size, lambda b: b.rstrip(b"\0")
    if kind == "U":
        return 4 * size, lambda b: b.decode("utf-32-le").rstrip("\0")
    if kind == "V":
        return size, bytes
    need(order == ("|" if size == 1 else "<"), "order of " + dtype)
    if kind == "c":
        half = {8: "f", 16: "d"}[size]
        return size, lambda b: complex(*struct.unpack("<2" + half, b))
    form = {"b1": "?", "i1": "b", "i2": "h", "i4": "i", "i8": "q", "u1": "B",
            "u2": "H", "u4": "I", "u8": "Q", "f2": "e", "f4": "f", "f8": "d",
            "M8": "q", "m8": "q"}[kind + str(size)]
    return size, lambda b: struct.unpack("<" + form, b)[0]


def typed(descr):
    """the same for any dtype"""
    if isinstance(descr, str):
        return scalar(descr)
    if isinstance(descr, tuple):
        return repeated(typed(descr[0]), descr[1])
    parts = []
    at = 0
    for name, form, *shape in descr:
        size, read = typed(form)
        if shape:
            size, read = repeated((size, read), shape[0])
        parts.append((name, at, size, read))
        at += size
    return at, lambda b: tuple(read(b[o:o + n]) for name, o, n, read in parts
                               if name)


def repeated(one, shape):
    size, read = one
    count = 1
    for dim in shape:
        count *= dim
    return count * size, lambda b: [read(b[i * size:(i + 1) * size])
                                    for i in range(count)]


def descr_of(dtype):
    return ast.literal_eval(dtype) if dtype[0] in "[(" else dtype


class Segment:
    def __init__(self, fd):
        self.second = None
        status = os.fstat(fd)
        need(stat.S_ISREG(status.st_mode) and status.st_size >= 272,
             "no segment")
        self.size = status.st_size
        self.memory = mmap.mmap(fd, self.size)
        head = bytes(self.memory[:272])
        self.header = header = unpack(HEADER, head)
        need(header["magic"] == bytes.fromhex("73686d6d61700001"), "magic")
        need(header["abi"] == 1, "abi")
        need(header["size"] == self.size, "size")
        need(header["entry_nbytes"] == 2048 and header["array_count"] <= 4096,
             "entries")
        self.inside(header["table_offset"], header["array_count"], 2048)
        self.inside(header["lock_offset"], header["lock_count"],
                    header["lock_nbytes"])
        self.inside(header["run_offset"], 1, header["run_nbytes"])
        need((header["np"] == 0) == (header["run_offset"] == 0), "run")
        need(not header["reserved"].strip(b"\0"), "reserved")
        start = header["table_offset"]
        table = bytes(self.memory[start:start + header["array_count"] * 2048])
        crc = zlib.crc32(head[:12] + bytes(4) + head[16:256])
        need(zlib.crc32(table, crc) == header["crc32"], "crc32")
        self.name = text(header["name"]).decode()
        self.arrays = {}
        for at in range(0, len(table), 2048):
            self.add(unpack(ENTRY, table[at:at + 2048]))

    def inside(self, offset, count, nbytes):
        need(offset % PAGE == 0 and offset <= self.size, "an offset")
        need(count * nbytes <= self.size - offset, "a part outside")

    def add(self, entry):
        name = text(entry["name"])
        need(NAME.match(name), "a name")
        name = name.decode()
        need(name not in self.arrays, "a name twice")
        entry["path"] = text(entry["path"])
        entry["dtype"] = text(entry["dtype"]).decode()
        need(entry["ndim"] <= 8, "ndim")
        entry["shape"] = entry["shape"][:entry["ndim"]]
        count = 1
        for dim in entry["shape"]:
            count *= dim
        need(1 <= entry["itemsize"] < 2 ** 31, "itemsize")
        need(count * entry["itemsize"] == entry["nbytes"], "nbytes")
        need(entry["flags"] < 32 and not entry["reserved"].strip(b"\0"),
             "bits that nobody knows")
        entry["count"] = count
        size, entry["read"] = typed(descr_of(entry["dtype"]))
        need(size == entry["itemsize"], "size of " + entry["dtype"])
        if entry["flags"] & MAPPED:
            need(entry["path"][:1] == b"/" and not entry["copy_count"], "path")
        else:
            need(not entry["path"] and not entry["file_ino"], "no path")
            self.inside(entry["offset"], 1, entry["nbytes"])
            need(entry["copy_stride"] % PAGE == 0, "copy_stride")
            need(not entry["copy_count"] or
                 entry["copy_stride"] >= entry["nbytes"], "copy_stride")
            self.inside(entry["copies_offset"], entry["copy_count"],
                        entry["copy_stride"])
            if entry["nbytes"] >= 2 << 20:
                need(entry["offset"] % (2 << 20) == 0, "huge")
        self.arrays[name] = entry

    def view(self, name, rank):
        entry = self.arrays[name]
        if entry["flags"] & MAPPED:
            return self.map_file(entry)
        copies = self.second and self.second.arrays.get(name)
        if copies and 0 <= rank < copies["copy_count"]:
            return self.second.view(name, rank)
        offset = entry["offset"]
        if 0 <= rank < entry["copy_count"]:
            offset = entry["copies_offset"] + rank * entry["copy_stride"]
        return memoryview(self.memory)[offset:offset + entry["nbytes"]]

    def map_file(self, entry):
        copy = entry["flags"] & MAP_COPY
        fd = os.open(entry["path"], os.O_RDONLY if copy else os.O_RDWR)
        status = os.fstat(fd)
        need((status.st_dev, status.st_ino) ==
             (entry["file_dev"], entry["file_ino"]), "another file")
        need(status.st_size >= entry["offset"] + entry["nbytes"], "too short")
        before = entry["offset"] % PAGE
        memory = mmap.mmap(fd, entry["nbytes"] + before,
                           access=mmap.ACCESS_COPY if copy
                           else mmap.ACCESS_WRITE,
                           offset=entry["offset"] - before)
        return memoryview(memory)[before:]

    def index(self, name, place):
        """number, in memory order, of the element at place"""
        entry = self.arrays[name]
        shape = entry["shape"]
        pairs = list(zip(place, shape))
        if entry["flags"] & FORTRAN:
            pairs.reverse()
        at = 0
        for i, dim in pairs:
            at = at * dim + i
        return at

    def get(self, name, rank):
        """all elements, as the memory has them"""
        entry = self.arrays[name]
        data = bytes(self.view(name, rank))
        size = entry["itemsize"]
        return [entry["read"](data[i:i + size])
                for i in range(0, len(data), size)]


def attached():
    number = os.environ.get("SHMMAP_FD")
    need(number, "not in a run")
    segment = Segment(int(number))
    fd = os.open(os.environ["SHMMAP_SEGMENT"], os.O_RDWR)
    ours, theirs = os.fstat(int(number)), os.fstat(fd)
    need((ours.st_dev, ours.st_ino) == (theirs.st_dev, theirs.st_ino),
         "SHMMAP_SEGMENT is another file")
    if "SHMMAP_RUN_FD" in os.environ:
        segment.second = Segment(int(os.environ["SHMMAP_RUN_FD"]))
    return segment


def opened():
    path = os.environ.get("LAYOUT_FILE")
    if path:
        return Segment(os.open(path, os.O_RDWR))
    return attached()


def scope(entry):
    if entry["flags"] & MAPPED:
        kind = "map-copy" if entry["flags"] & MAP_COPY else "map"
        return "%s@%d" % (kind, entry["offset"])
    if entry["flags"] & REDUCTION:
        return OPS[entry["op"]] + "*" + str(entry["copy_count"])
    if entry["flags"] & PRIVATE:
        return "private*" + str(entry["copy_count"])
    return "shared"


segment = opened()
rank = int(os.environ.get("SHMMAP_RANK", "-1"))
command, *words = sys.argv[1:]
if command == "list":
    for name, entry in segment.arrays.items():
        print(name, entry["dtype"].replace(" ", ""), list(entry["shape"]),
              "F" if entry["flags"] & FORTRAN else "C", scope(entry))
elif command == "run":
    run = segment
    if not segment.header["np"]:
        run = Segment(int(os.environ["SHMMAP_RUN_FD"]))
        need(not run.arrays, "arrays beside the run")
    need(run.header["np"] == int(os.environ["SHMMAP_NP"]), "np")
    print(segment.name, segment.header["np"], segment.header["owner_pid"] != 0)
elif command == "owner":
    pid = segment.header["owner_pid"]
    if pid:
        with open("/proc/%d/stat" % pid) as file:
            start = int(file.read().rsplit(")", 1)[1].split()[19])
        need(start == segment.header["owner_start"], "owner_start")
    print("somebody" if pid else "nobody")
elif command == "get":
    for name in words:
        print(*segment.get(name, rank))
elif command == "rank":
    print(*segment.get(words[0], int(words[1])))
elif command == "at":
    place = [int(word) for word in words[1:]]
    print(segment.get(words[0], rank)[segment.index(words[0], place)])
elif command == "set":
    name, number, value = words
    entry = segment.arrays[name]
    form = {"<f8": "<d", "<i4": "<i", "<i8": "<q", "|u1": "<B"}[entry["dtype"]]
    number = int(number)
    need(number < entry["count"], "no such element")
    struct.pack_into(form, segment.view(name, rank),
                     number * entry["itemsize"],
                     float(value) if "f" in form or "d" in form
                     else int(value))
elif command != "check":
    need(False, "what is " + command)
PYTHON

# inside SCRIPT [OPTION]...: a run of one job, SCRIPT, which calls the program
inside()
{
	script=$1
	shift
	run sh -c 'echo 1 | "$SHMMAP" "$@"' - "$@" \
		sh -euc "layout() { '$python' layout.py \"\$@\"; }; $script"
}

inside 'layout list; layout get x y n; layout at n 1 2' -j2 \
	-A x=f8:3=1.5 -A y=i4=-7 -A n=u1:2,3=255 -A e=f8:0 -A big=f8:262144
is "a program from the page reads what is there" "$status:$err$nl$out" "0:
x <f8 [3] C shared
y <i4 [] C shared
n |u1 [2, 3] C shared
e <f8 [0] C shared
big <f8 [262144] C shared
1.5 1.5 1.5
-7
255 255 255 255 255 255
255"

inside 'layout get b i c s r f h; layout list' \
	-A 'b=?:2=True' -A i=i2=-2 -A c=c16:2=1+2j -A s=S5=ab \
	-A 'r={x=f8,id=i4}:2=(0.5, 3)' -A f=f4=0.25 -A h=f2=0.5
is "of every kind of type" "$status:$err$nl$out" "0:
True True
-2
(1+2j) (1+2j)
b'ab'
(0.5, 3) (0.5, 3)
0.25
0.5
b |b1 [2] C shared
i <i2 [] C shared
c <c16 [2] C shared
s |S5 [] C shared
r [('x','<f8'),('id','<i4')] [2] C shared
f <f4 [] C shared
h <f2 [] C shared"

# what it writes is what the array holds: ten jobs, each an element
seq 0 9 >jobs
run sh -c '"$SHMMAP" -j2 -a jobs -A x=f8:10 --save x=x.f8 \
	"$0" layout.py set x {} {}.5' "$python"
is "it writes: status and errors" "$status:$err" "0:"
is "what it wrote is what is saved" "$(od -An -tf8 -v -w8 x.f8 | tr -d ' ')" \
	"$(seq -f '%.1f' 0.5 9.5)"

# NumPy's file with the first index fastest: 2 x 3, 0 1 2 3 4 5 in memory
"$python" - <<'PYTHON'
import struct
head = "{'descr': '<i4', 'fortran_order': True, 'shape': (2, 3), }"
head += " " * (118 - len(head) - 1) + "\n"
with open("f.npy", "wb") as file:
    file.write(b"\x93NUMPY\1\0" + struct.pack("<H", 118) + head.encode())
    file.write(struct.pack("<6i", *range(6)))
head = ("{'descr': [('t', '<M8[us]'), ('', '|V4'), ('p', '<f4', (2, 2)), "
        "('u', '<U3')], 'fortran_order': False, 'shape': (1,), }")
head += " " * (182 - len(head) - 1) + "\n"
with open("r.npy", "wb") as file:
    file.write(b"\x93NUMPY\1\0" + struct.pack("<H", 182) + head.encode())
    file.write(struct.pack("<q4x4f", 99, 1, 2, 3, 4) + "ab".encode("utf-32-le")
               + bytes(4))
with open("raw", "wb") as file:
    file.write(struct.pack("<600d", *range(600)))
PYTHON
inside 'layout list; layout get f r; layout at f 1 2; layout at f 0 1
	layout at f 1 0; layout set m 5 50; layout set p 0 70
	layout set v 599 -9; layout get m p' \
	-A f=@f.npy -A r=@r.npy -A m=map:f.npy -A p=map-copy:f.npy \
	-A v=f8:-1=map:raw
is "Fortran's order, records, mapped files" "$status:$err$nl$out" "0:
f <i4 [2, 3] F shared
r [('t','<M8[us]'),('','|V4'),('p','<f4',(2,2)),('u','<U3')] [1] C shared
m <i4 [2, 3] F map@128
p <i4 [2, 3] F map-copy@128
v <f8 [600] C map@0
0 1 2 3 4 5
(99, [1.0, 2.0, 3.0, 4.0], 'ab')
5
2
1
0 1 2 3 4 50
0 1 2 3 4 50"
is "what is written to a map: is in its file, and to a map-copy: is not" \
	"$(tail -c 24 f.npy | od -An -td4 -v -w24 | tr -s ' ')" " 0 1 2 3 4 50"
is "raw ones as well" "$(tail -c 8 raw | od -An -tf8 | tr -d ' ')" -9

# ---- copies ----

inside 'layout list; layout set p 0 5; layout get p s m
	layout rank p -1; layout rank p 1; layout rank p 2; layout rank s -1
	layout set s 1 4' -j3 \
	-A p=f8:2=3 -A s=f8:2=10 -A m=i4=7 \
	--private p --reduction sum:s --reduction min:m --save s=s.f8
is "copies are where the page says" "$status:$err$nl$out" "0:
p <f8 [2] C private*3
s <f8 [2] C sum*3
m <i4 [] C min*3
5.0 3.0
0.0 0.0
2147483647
3.0 3.0
3.0 3.0
3.0 3.0
10.0 10.0"
is "and a copy that was written to is combined" \
	"$(od -An -tf8 s.f8 | tr -s ' ')" " 10 14"
inside 'for n in sum prod min max and or xor; do layout get $n; done' -j1 \
	-A sum=f8=9 -A prod=f4=9 -A min=f8=9 -A max=f8=9 -A and=u1=9 \
	-A or=i4=9 -A xor=i8=9 --reduction sum:sum --reduction prod:prod \
	--reduction min:min --reduction max:max --reduction and:and \
	--reduction or:or --reduction xor:xor
is "copies of reductions begin as the page says" "$err$out" "0.0
1.0
inf
-inf
255
0
0"

# ---- the run, and named segments ----

inside 'layout run; echo "${SHMMAP_RUN_FD-none}"' -j2
is "a segment has the state of its run" "$err$out" "shmmap 2 False${nl}none"
inside 'layout check
	case $SHMMAP_SEGMENT in /*) ;; *) exit 3 ;; esac' -j1
is "without an array, too" "$status:$err" "0:"

if [ -d /dev/shm ] && [ -w /dev/shm ]; then
	seg=$(new_token)
	trap 'rm -f "/dev/shm/shmmap.$seg"*; tap_cleanup' EXIT
	inside 'layout run; layout owner; layout set x 1 2.5' -j2 \
		--segment "$seg" --keep -A x=f8:3
	is "a named segment has no run, but somebody's while it is made" \
		"$status:$err$nl$out" "0:${nl}$seg 0 True${nl}somebody"
	file=/dev/shm/shmmap.$seg
	is "it is a file that only its owner may open" \
		"$(stat -c %a "$file")" 600
	inside 'layout list; layout get x; layout set x 2 1; layout get x' -j2 \
		--segment "$seg" -A x=f8:3 --reduction sum:x
	is "copies of a run that uses it are in the second segment" \
		"$status:$err$nl$(echo "$out" | tr '\n' '/')" \
		"0:${nl}x <f8 [3] C shared/0.0 0.0 0.0/0.0 0.0 1.0/"
	LAYOUT_FILE=$file
	export LAYOUT_FILE
	run "$python" layout.py owner
	is "it is nobody's afterwards" "$out" nobody
	run "$python" layout.py get x
	is "and has what was written to it" "$out" "0.0 2.5 1.0"
	# the program notices what the page tells it to look at
	for at in 0 8 16 81 5000; do
		cp "$file" damaged
		printf '\377' | dd of=damaged bs=1 seek=$at conv=notrunc 2>/dev/null
		LAYOUT_FILE=damaged
		not_ok "byte $at is looked at" "$python" layout.py check
	done
	cp "$file" damaged
	printf '\377' | dd of=damaged bs=1 seek=256 conv=notrunc 2>/dev/null
	ok "the owner is not covered by the checksum" "$python" layout.py check
else
	skip_one "needs /dev/shm"
fi
done_testing
