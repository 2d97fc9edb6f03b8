/* Keys as the files that BIND's and ldns's tools read: K<zone>+<algorithm>+<tag>.key and .private. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <ldns/ldns.h>
#include <openssl/pem.h>

#include "mint.h"

static EVP_PKEY *
load_pkey(const char *dir, const char *name)
{
	char		*path = text("%s/%s.pem", dir, name);
	EVP_PKEY	*pkey;
	FILE		*fp;

	if ((fp = fopen(path, "r")) == NULL)
		die("%s: %s", path, strerror(errno));
	if ((pkey = PEM_read_PrivateKey(fp, NULL, NULL, NULL)) == NULL)
		die("%s: not a private key", path);
	fclose(fp);
	free(path);
	return pkey;
}

static void
write_file(const char *dir, const char *base, const char *suffix, const char *content)
{
	struct buf	 b = BUF_EMPTY;
	char		*name = text("%s%s", base, suffix);

	done(buf_puts(&b, content));
	save(&b, dir, name);
	buf_free(&b);
	free(name);
}

void
bind_write(const char *dir, const char *name, const char *zone, unsigned algorithm)
{
	ldns_key	*key = need(ldns_key_new());
	ldns_rr		*rr;
	char		*base, *private, *public;

	ldns_key_set_evp_key(key, load_pkey(dir, name));
	ldns_key_set_algorithm(key, (ldns_signing_algorithm)algorithm);
	ldns_key_set_flags(key, DNSKEY_ZSK);
	ldns_key_set_pubkey_owner(key, need(ldns_dname_new_frm_str(zone)));
	rr = need(ldns_key2rr(key));
	ldns_key_set_keytag(key, ldns_calc_keytag(rr));
	base = need(ldns_key_get_file_base_name(key));
	private = need(ldns_key2str(key));
	public = need(ldns_rr2str(rr));
	write_file(dir, base, ".private", private);
	write_file(dir, base, ".key", public);
	puts(base);
	free(public);
	free(private);
	free(base);
	ldns_rr_free(rr);
	ldns_key_deep_free(key);
}
