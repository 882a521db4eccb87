#ifndef SHMMAP_COMBINE_H
#define SHMMAP_COMBINE_H

#include <stddef.h>

#include "segment/dtype.h"
#include "segment/element.h"

/* into[i] = into[i] op from[i] for count elements, both aligned to their size
 * up to 8 bytes; the two may be the same, but not overlap otherwise */
typedef void combine_function(void *into, const void *from, size_t count);

/* what does op to elements of dtype, NULL if there is no such op */
combine_function *combine_loop(const struct dtype *dtype, enum element_op op);

#endif
