/*
 * hoard: preloaded, free() frees nothing, so that whatever was freed without being wiped
 * is still there for memgrep, whole.  (Not so realloc: libyaml grows its strings by it, and
 * nobody could wipe what that may leave of a PIN in a policy.)
 */
#include <stdlib.h>

void
free(void *p)
{
	(void)p;
}
