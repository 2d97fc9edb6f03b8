/*
 * set: strings of bytes, each once: is this label taken?  Adding and asking take the same time however many
 * there are.
 */
#ifndef BASE_SET_H
#define BASE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct set_slot;

struct set {
	struct set_slot	*slots;
	size_t		 room;
	size_t		 n;
	uint64_t	 seed;
};

#define SET_EMPTY { NULL, 0, 0, 0 }

/* A copy of the bytes.  1: added; 0: it was there; -1: out of memory. */
int	 set_add(struct set *, const void *, size_t);
bool	 set_has(const struct set *, const void *, size_t);
void	 set_clear(struct set *);

#endif
