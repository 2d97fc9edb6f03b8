/*
 * mutant: "make mutate" compiles the judges with -DMUTANT, so that the rule which the
 * environment names accepts everything: then some test must fail.  Never so in the tools.
 */
#ifndef BASE_MUTANT_H
#define BASE_MUTANT_H

#ifdef MUTANT
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * Is it this one?  $MUTANT is "ID what" for a row of the tables of rules, the id alone for a
 * rule that is none.
 */
static inline bool
mutant(const char *id, const char *what)
{
	const char	*chosen = getenv("MUTANT");
	size_t		 n = id == NULL ? 0 : strlen(id);

	if (n == 0 || chosen == NULL || strncmp(chosen, id, n) != 0)
		return false;
	return what == NULL ? chosen[n] == '\0' :
	    chosen[n] == ' ' && strcmp(chosen + n + 1, what) == 0;
}
#else
#define mutant(id, what)	false
#endif

#endif
