#include <stdio.h>
#include <string.h>

#include <ldns/ldns.h>

#include "model/dname.h"

int
dname_parse(struct dname *out, const char *text)
{
	ldns_rdf	*rdf = NULL;
	size_t		 i;
	int		 rv = -1;

	if (ldns_str2rdf_dname(&rdf, text) != LDNS_STATUS_OK)
		return -1;
	if (ldns_rdf_size(rdf) > DNAME_WIRE)
		goto out;
	out->len = ldns_rdf_size(rdf);
	memcpy(out->wire, ldns_rdf_data(rdf), out->len);
	/* A length octet is at most 63, below every letter. */
	for (i = 0; i < out->len; i++)
		if (out->wire[i] >= 'A' && out->wire[i] <= 'Z')
			out->wire[i] = (unsigned char)(out->wire[i] - 'A' + 'a');
	rv = 0;
 out:
	ldns_rdf_deep_free(rdf);
	return rv;
}

const char *
dname_format(char out[DNAME_TEXT], const struct dname *name)
{
	size_t		 i = 0, end;
	char		*p = out;
	unsigned char	 c;

	if (name->len <= 1)
		*p++ = '.';
	while (i < name->len && name->wire[i] != 0) {
		end = i + 1 + name->wire[i];
		for (i++; i < end; i++) {
			c = name->wire[i];
			if (c <= ' ' || c >= 0x7f)
				p += sprintf(p, "\\%03u", c);
			else {
				if (strchr(".\\\"();@$", c) != NULL)
					*p++ = '\\';
				*p++ = (char)c;
			}
		}
		*p++ = '.';
	}
	*p = '\0';
	return out;
}

bool
dname_equal(const struct dname *a, const struct dname *b)
{
	return a->len == b->len && memcmp(a->wire, b->wire, a->len) == 0;
}

unsigned
dname_labels(const struct dname *name)
{
	size_t		 i;
	unsigned	 n = 0;

	for (i = 0; i < name->len && name->wire[i] != 0; i += 1 + (size_t)name->wire[i])
		n++;
	if (name->len > 2 && name->wire[0] == 1 && name->wire[1] == '*')
		n--;
	return n;
}
