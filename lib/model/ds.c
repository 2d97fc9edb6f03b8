#include <openssl/evp.h>

#include "model/ds.h"

int
ds_make(struct ds *out, const struct key *key, const struct dname *owner, unsigned type)
{
	const EVP_MD	*md = type == DS_SHA256 ? EVP_sha256() :
	    type == DS_SHA384 ? EVP_sha384() : NULL;
	struct ds	 ds = { .owner = *owner, .tag = key_tag(key), .algorithm = key->algorithm,
		.type = (uint8_t)type };
	struct buf	 data = BUF_EMPTY;
	unsigned	 len = 0;
	int		 rv = -1;

	_Static_assert(DS_DIGEST_MAX >= EVP_MAX_MD_SIZE, "room for any digest");
	/* RFC 4034 5.1.4 */
	if (md == NULL || buf_append(&data, owner->wire, owner->len) == -1 ||
	    key_rdata(&data, key) == -1)
		goto out;
	if (EVP_Digest(data.data, data.len, ds.digest, &len, md, NULL) != 1)
		goto out;
	ds.len = len;
	*out = ds;
	rv = 0;
 out:
	buf_free(&data);
	return rv;
}

int
ds_hex(struct buf *out, const struct ds *ds)
{
	char		 hex[2 * DS_DIGEST_MAX + 1] = "";
	size_t		 i;

	for (i = 0; i < ds->len; i++) {
		hex[2 * i] = "0123456789ABCDEF"[ds->digest[i] >> 4];
		hex[2 * i + 1] = "0123456789ABCDEF"[ds->digest[i] & 15];
	}
	return buf_append(out, hex, 2 * ds->len);
}

int
ds_print(struct buf *out, const struct ds *ds, const char *type, uint32_t ttl)
{
	char		 name[DNAME_TEXT];

	if (buf_printf(out, "%s %u IN %s %u %u %u ", dname_format(name, &ds->owner), ttl, type,
	    ds->tag, ds->algorithm, ds->type) == -1 || ds_hex(out, ds) == -1)
		return -1;
	return buf_puts(out, "\n");
}
