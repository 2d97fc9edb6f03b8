/*
 * dname: domain names in canonical wire form (RFC 4034 6.2: uncompressed,
 * lower case), so that names compare as DNS names do.
 */
#ifndef MODEL_DNAME_H
#define MODEL_DNAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNAME_WIRE	255		/* RFC 1035 2.3.4 */
#define DNAME_TEXT	1024		/* any name in presentation form, with NUL */

struct dname {
	unsigned char	wire[DNAME_WIRE];
	size_t		len;
};

/*
 * From presentation form (RFC 1035 5.1, with \. and \DDD), absolute with or
 * without the last dot.  0, or -1: not a legal name.
 */
int	 dname_parse(struct dname *, const char *text);

/* Presentation form, absolute with its last dot, lower case. */
const char *dname_format(char out[DNAME_TEXT], const struct dname *);

bool	 dname_equal(const struct dname *, const struct dname *);

/* Labels as an RRSIG counts them: without the root's and without a leading * (RFC 4034 3.1.3). */
unsigned dname_labels(const struct dname *);

#endif
