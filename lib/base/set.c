#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/set.h"

struct set_slot {
	unsigned char	*data;		/* NULL: free */
	size_t		 len;
	uint64_t	 hash;
};

/* FNV-1a from a start that no input knows. */
static uint64_t
hash(const struct set *s, const unsigned char *p, size_t len)
{
	uint64_t	 h = s->seed ^ UINT64_C(0xcbf29ce484222325);

	while (len-- > 0)
		h = (h ^ *p++) * UINT64_C(0x100000001b3);
	return h ^ h >> 32;
}

/* Where it is, or would be.  There is always a free slot. */
static struct set_slot *
find(const struct set *s, const void *data, size_t len, uint64_t h)
{
	size_t	 i = (size_t)h & (s->room - 1);

	while (s->slots[i].data != NULL && (s->slots[i].hash != h || s->slots[i].len != len ||
	    (len > 0 && memcmp(s->slots[i].data, data, len) != 0)))
		i = (i + 1) & (s->room - 1);
	return &s->slots[i];
}

static int
grow(struct set *s)
{
	struct set	 bigger = { .room = s->room == 0 ? 64 : s->room * 2, .n = s->n,
			     .seed = s->seed };
	size_t		 i;

	if (s->room == 0 && getrandom(&bigger.seed, sizeof(bigger.seed), 0) == -1)
		bigger.seed = (uint64_t)(uintptr_t)&bigger;
	if ((bigger.slots = calloc(bigger.room, sizeof(*bigger.slots))) == NULL)
		return -1;
	for (i = 0; i < s->room; i++)
		if (s->slots[i].data != NULL)
			*find(&bigger, s->slots[i].data, s->slots[i].len, s->slots[i].hash) =
			    s->slots[i];
	free(s->slots);
	*s = bigger;
	return 0;
}

int
set_add(struct set *s, const void *data, size_t len)
{
	struct set_slot	*slot;
	uint64_t	 h;

	if (s->n >= s->room / 2 && grow(s) == -1)
		return -1;
	h = hash(s, data, len);
	slot = find(s, data, len, h);
	if (slot->data != NULL)
		return 0;
	if ((slot->data = malloc(len + 1)) == NULL)
		return -1;
	if (len > 0)
		memcpy(slot->data, data, len);
	slot->len = len;
	slot->hash = h;
	s->n++;
	return 1;
}

bool
set_has(const struct set *s, const void *data, size_t len)
{
	return s->room > 0 && find(s, data, len, hash(s, data, len))->data != NULL;
}

void
set_clear(struct set *s)
{
	const struct set empty = SET_EMPTY;
	size_t		 i;

	for (i = 0; i < s->room; i++)
		free(s->slots[i].data);
	free(s->slots);
	*s = empty;
}
