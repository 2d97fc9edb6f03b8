/* Sealed slots: the CMS message, the header inside, the manifest, a file's name. */
#include <string.h>

#include "act/cmsform.h"
#include "act/sealform.h"
#include "fuzz.h"

static void
same(const struct buf *b, const uint8_t *data, size_t len)
{
	MUST(b->len == len && memcmp(b->data, data, len) == 0);
}

/* What is read is written again as it was: there is one form only. */
static void
message(const uint8_t *data, size_t len)
{
	struct buf	 set = BUF_EMPTY, all = BUF_EMPTY;
	struct cms_form	 form;
	size_t		 i;

	if (cms_read(&form, data, len) != NULL)
		return;
	MUST(form.n > 0 && form.n <= CMS_RECIPIENTS);
	for (i = 0; i < form.n; i++)
		MUST(cms_write_info(&set, &form.infos[i]) == 0);
	same(&set, form.set, form.setlen);
	MUST(cms_write(&all, &form) == 0);
	same(&all, data, len);
	buf_free(&set);
	buf_free(&all);
}

static void
header(const uint8_t *data, size_t len)
{
	unsigned char	 envelope[DIGEST_SIZE];
	char		 name[SEAL_NAME];
	struct seal_part p;
	struct buf	 again = BUF_EMPTY;
	int64_t		 from, until;
	size_t		 body = 0, zonelen;
	bool		 whole;

	if (seal_header_read(&p, envelope, &body, data, len) != NULL)
		return;
	MUST(body <= len && p.slot <= p.slots && p.inception < p.expiration);
	MUST(seal_header_write(&again, &p, envelope) == 0);
	same(&again, data, body);
	if (seal_name(name, &p) == 0) {
		MUST(seal_name_read(name, &zonelen, &from, &until, &whole) == 0);
		MUST(from == p.inception && until == p.expiration && whole == (p.slot == 0));
	}
	buf_free(&again);
}

static void
manifest(const uint8_t *data, size_t len)
{
	struct seal_manifest *m = NULL;
	struct buf	 again = BUF_EMPTY;

	if (seal_manifest_read(&m, data, len) != NULL)
		return;
	MUST(seal_manifest_write(&again, m) == 0);
	same(&again, data, len);
	seal_manifest_free(m);
	buf_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf	 in = fuzz_buf(data, len);
	int64_t		 from, until;
	size_t		 zonelen;
	bool		 whole;

	message(in.data, in.len);
	header(in.data, in.len);
	manifest(in.data, in.len);
	if (seal_name_read((const char *)in.data, &zonelen, &from, &until, &whole) == 0)
		MUST(zonelen < SEAL_NAME && from >= 0 && until >= 0);
	buf_free(&in);
	return 0;
}
