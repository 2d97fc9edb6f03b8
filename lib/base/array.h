/*
 * array: append to arrays that know their count and not their room: they grow when
 * the count is a power of two, so that n appends cost O(n).
 */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stddef.h>

/*
 * "array" is the address of a pointer to n elements of this size, each appended by
 * this function.  Returns a zeroed element behind them (the caller adds 1 to its
 * count), or NULL: out of memory, and the array unchanged.
 */
void	*array_add(void *array, size_t n, size_t size);

#endif
