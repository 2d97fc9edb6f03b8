/*
 * keyoptions: what several tools are told of a key, in the same words: the arguments of --role,
 * --zone and --algorithm.  Each function returns NULL, or what is wrong, for options_argument; then *out is
 * as it was.
 */
#ifndef ACT_KEYOPTIONS_H
#define ACT_KEYOPTIONS_H

#include "model/keylist.h"

const char	*keyoption_role(enum key_role *out, const char *arg);

/* *out is the argument itself, which dname_parse takes. */
const char	*keyoption_zone(const char **out, const char *arg);

/* The number of a supported algorithm, which is given as it is or by its mnemonic. */
const char	*keyoption_algorithm(unsigned *out, const char *arg);

#endif
