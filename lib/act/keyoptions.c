#include "act/keyoptions.h"
#include "model/dname.h"
#include "model/dnskey.h"

const char *
keyoption_role(enum key_role *out, const char *arg)
{
	enum key_role	 role;

	if (key_role_parse(&role, arg) == -1 || role == ROLE_UNKNOWN)
		return "--role takes ksk or zsk";
	*out = role;
	return NULL;
}

const char *
keyoption_zone(const char **out, const char *arg)
{
	struct dname	 zone;

	if (dname_parse(&zone, arg) == -1)
		return "--zone takes a domain name";
	*out = arg;
	return NULL;
}

const char *
keyoption_algorithm(unsigned *out, const char *arg)
{
	int	 n = algorithm_number(arg);

	if (n == -1 || algorithm_family((unsigned)n) == FAMILY_NONE)
		return "--algorithm takes one of 8, 10, 13, 14, 15, 16, or its mnemonic";
	*out = (unsigned)n;
	return NULL;
}
