#!/bin/sh
# A run that is given a segment which is not what it says does not crash, even
# if the checksum is right.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/segments.sh"

has python3 && python3 -c 'import zlib' 2>/dev/null || skip "needs python3"

file=/dev/shm/shmmap.$seg

# lie OFFSET FORMAT VALUE [OFFSET FORMAT VALUE]...: numbers in the header of the
# segment, whose checksum is made right again
cat >lie.py <<'PY'
import struct, sys, zlib
with open(sys.argv[1], "r+b") as file:
    data = bytearray(file.read())
    words = sys.argv[2:]
    while words:
        struct.pack_into("<" + words[1], data, int(words[0]),
                         eval(words[2], {"size": len(data)}))
        words = words[3:]
    table, count = struct.unpack_from("<QI", data, 24)
    struct.pack_into("<I", data, 12, 0)
    crc = zlib.crc32(data[table:table + count * 2048], zlib.crc32(data[:256]))
    struct.pack_into("<I", data, 12, crc)
    file.seek(0)
    file.write(data)
PY

# with nothing mapped behind its end
"$SHM" new "$seg" x=u1:4000000
python3 lie.py "$file" 40 Q 'size - 4096' 52 I 1
status_is "locks that would reach beyond its end are not looked at" 0 \
	"$SHMMAP" --segment "$seg" true ::: 1
is "and nothing is said of them" "$out$err" ""
status_is "nor used" 125 shm critical true
like "which is told" "$err" "^shm: critical: .*locks"
done_testing
