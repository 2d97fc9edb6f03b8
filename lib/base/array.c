#include <stdlib.h>
#include <string.h>

#include "base/array.h"

void *
array_add(void *array, size_t n, size_t size)
{
	char		*v, *more;

	/* A pointer to any type of pointer: its bytes are copied, not its value read. */
	memcpy(&v, array, sizeof(v));
	if ((n & (n - 1)) == 0) {
		if (n > (size_t)-1 / 2)
			return NULL;
		if ((more = reallocarray(v, n == 0 ? 1 : 2 * n, size)) == NULL)
			return NULL;
		v = more;
		memcpy(array, &v, sizeof(v));
	}
	return memset(v + n * size, 0, size);
}
