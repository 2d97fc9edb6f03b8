/* What a case needs beside its document: files in the folder of the keys, named after the case. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mint.h"

char *
fault_base(const char *name)
{
	char	*base = need(strdup(name)), *slash;

	if ((slash = strchr(base, '/')) != NULL)
		*slash = '-';
	return base;
}

/* The file may be there from an earlier run. */
void
aid_write(struct scene *s, const char *suffix, const struct buf *content)
{
	char	*base = fault_base(s->fault->name);
	char	*name = text("%s%s", base, suffix);
	char	*path = text("%s/%s", keyring_dir(s->ring), name);

	unlink(path);
	save(content, keyring_dir(s->ring), name);
	free(path);
	free(name);
	free(base);
}

void
aid_text(struct scene *s, const char *suffix, char *content)
{
	struct buf	 b = BUF_EMPTY;

	done(buf_puts(&b, content));
	aid_write(s, suffix, &b);
	buf_free(&b);
	free(content);
}

void
aid_policy(struct scene *s, const char *const *edits)
{
	char		*path = text("%s/policy.yaml", keyring_dir(s->ring));
	struct buf	 b = BUF_EMPTY;

	load(&b, path);
	for (; edits[0] != NULL; edits += 2)
		edit_replace(&b, edits[0], edits[1]);
	aid_write(s, ".yaml", &b);
	buf_free(&b);
	free(path);
}

void
aid_ds(struct scene *s, const struct softkey *k)
{
	struct story	 st = { .spec = *s->spec };
	struct key	 key = { 0 };
	struct buf	 b = BUF_EMPTY;

	softkey_dnskey(&key, k, DNSKEY_KSK, s->spec->ttl);
	ds_write(&b, &st, &key);
	aid_write(s, ".ds", &b);
	buf_free(&b);
	key_clear(&key);
}

void
aid_dnskey(struct scene *s, const struct softkey *k)
{
	struct key	 key = { 0 };
	struct buf	 b = BUF_EMPTY;

	softkey_dnskey(&key, k, DNSKEY_KSK, s->spec->ttl);
	done(key_print(&b, &key, s->owner));
	aid_write(s, ".dnskey", &b);
	buf_free(&b);
	key_clear(&key);
}
