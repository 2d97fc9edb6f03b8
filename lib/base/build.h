/*
 * build: when these programs were built.
 */
#ifndef BASE_BUILD_H
#define BASE_BUILD_H

#include <stdint.h>

/* UTC seconds: of the last commit in a checkout, else of the build (or SOURCE_DATE_EPOCH). */
extern const int64_t	build_time;

#endif
