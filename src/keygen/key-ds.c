/*
 * key-ds: DNSKEY lines to DS lines, or to the CDS and CDNSKEY lines that ask the parent zone
 * for them.
 */
#include <stdlib.h>
#include <string.h>

#include "act/keyfilter.h"
#include "base/base64.h"
#include "base/input.h"
#include "base/options.h"
#include "model/ds.h"

enum { OPT_DIGEST = OPTION_ID, OPT_CDS, OPT_CDNSKEY, OPT_TTL, OPT_MAX_BYTES };

static const struct option_spec specs[] = {
	{ OPT_DIGEST, "digest", "TYPE", 0, "sha256 (the default), sha384 or both" },
	{ OPT_CDS, "cds", NULL, 0, "CDS lines in place of DS lines" },
	{ OPT_CDNSKEY, "cdnskey", NULL, 0, "CDNSKEY lines; with --cds, both" },
	{ OPT_TTL, "ttl", "N", 0, "the TTL to write (that of the key)" },
	{ OPT_MAX_BYTES, "max-bytes", "N", 0, "read up to N bytes (1048576)" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"key-ds", "Make DS, CDS or CDNSKEY records of DNSKEY records.", specs, "[FILE]", 0, 1
};

struct wish {
	bool		 sha256;
	bool		 sha384;
	bool		 cds;
	bool		 cdnskey;
	bool		 ttl_given;
	uint32_t	 ttl;
	size_t		 max;
};

/* RFC 7344 3.2: the rdata is that of the DNSKEY. */
static int
put_cdnskey(struct buf *out, const struct sepkey *k, uint32_t ttl)
{
	char	 name[DNAME_TEXT];

	if (buf_printf(out, "%s %u IN CDNSKEY %u %u %u ", dname_format(name, &k->owner), ttl,
	    k->key.flags, k->key.protocol, k->key.algorithm) == -1 ||
	    base64_encode(out, k->key.public, k->key.len) == -1)
		return -1;
	return buf_puts(out, "\n");
}

static int
put_key(struct buf *out, const struct sepkey *k, const struct wish *w)
{
	uint32_t	 ttl = w->ttl_given ? w->ttl : sepkey_ttl(k);
	const char	*type = w->cds ? "CDS" : "DS";
	struct ds	 ds;

	if (w->sha256 && (ds_make(&ds, &k->key, &k->owner, DS_SHA256) == -1 ||
	    ds_print(out, &ds, type, ttl) == -1))
		return -1;
	if (w->sha384 && (ds_make(&ds, &k->key, &k->owner, DS_SHA384) == -1 ||
	    ds_print(out, &ds, type, ttl) == -1))
		return -1;
	return w->cdnskey ? put_cdnskey(out, k, ttl) : 0;
}

static enum verdict
put_keys(struct buf *out, const struct sepkeys *keys, const char *input, const void *arg,
    struct report *report)
{
	const struct spot at = { input, 0, 0 };
	const struct wish *w = arg;
	size_t	 i;

	for (i = 0; i < keys->n; i++)
		if (put_key(out, &keys->v[i], w) == -1)
			return report_fault(report, &at, "out of memory");
	return ACCEPT;
}

/* RFC 2181 8 */
static int
parse_ttl(uint32_t *ttl, const char *text)
{
	unsigned long	 n;
	char		*end;

	if (*text < '0' || *text > '9' || strlen(text) > 10)
		return -1;
	n = strtoul(text, &end, 10);
	if (*end != '\0' || n > INT32_MAX)
		return -1;
	*ttl = (uint32_t)n;
	return 0;
}

static int
parse_digest(struct wish *w, const char *text)
{
	bool	 both = strcmp(text, "both") == 0;

	w->sha256 = both || strcmp(text, "sha256") == 0;
	w->sha384 = both || strcmp(text, "sha384") == 0;
	return w->sha256 || w->sha384 ? 0 : -1;
}

int
main(int argc, char *argv[])
{
	struct wish	 w = { .max = INPUT_MAX_BYTES_DEFAULT };
	struct options	 o;
	const char	*arg;
	int		 c;

	options_start(&o, &tool, argc, argv);
	while ((c = options_next(&o, &arg)) > 0)
		if (c == OPT_DIGEST && parse_digest(&w, arg) == -1)
			return (int)options_usage(&o, "--digest takes sha256, sha384 or both");
		else if (c == OPT_CDS)
			w.cds = true;
		else if (c == OPT_CDNSKEY)
			w.cdnskey = true;
		else if (c == OPT_TTL && parse_ttl(&w.ttl, arg) == -1)
			return (int)options_usage(&o, "--ttl takes a number up to 2147483647");
		else if (c == OPT_TTL)
			w.ttl_given = true;
		else if (c == OPT_MAX_BYTES && input_size(&w.max, arg) == -1)
			return (int)options_usage(&o, INPUT_SIZE_USAGE);
	if (c == OPTIONS_STOP)
		return (int)o.status;
	if (w.cdnskey && !w.cds && (w.sha256 || w.sha384))
		return (int)options_usage(&o, "--cdnskey has no digest");
	if (!w.sha256 && !w.sha384)
		w.sha256 = w.cds || !w.cdnskey;
	return (int)keyfilter(tool.name, o.count > 0 ? o.operands[0] : "-", w.max, put_keys, &w);
}
