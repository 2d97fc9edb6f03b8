#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libp11.h>

#include "token/internal.h"

#define MAX_SLOTS	4096

static int __attribute__((format(printf, 2, 3)))
because(struct module *m, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(m->why, sizeof(m->why), fmt, ap);
	va_end(ap);
	return 0;
}

static int
because_rv(struct module *m, const char *function, CK_RV rv)
{
	char	 name[CKR_SIZE];

	return because(m, "%s: %s", function, ckr_name(rv, name));
}

static void
unpad(char *to, const unsigned char *from, size_t size)
{
	while (size > 0 && (from[size - 1] == ' ' || from[size - 1] == '\0'))
		size--;
	memcpy(to, from, size);
	to[size] = '\0';
}

/*
 * The table of functions, and C_Initialize before libp11 does it: SoftHSM without
 * CKF_OS_LOCKING_OK crashes under several threads.  The code stays mapped to the
 * end of the process, because modules register exit handlers.
 */
static void
initialise(struct module *m)
{
	CK_C_INITIALIZE_ARGS	 args = { 0 };
	CK_C_GetFunctionList	 getlist = NULL;
	CK_FUNCTION_LIST	*f = NULL;
	CK_RV			 rv;

	m->handle = dlopen(m->path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (m->handle == NULL) {
		because(m, "%s", dlerror());
		return;
	}
	*(void **)&getlist = dlsym(m->handle, "C_GetFunctionList");
	if (getlist == NULL) {
		because(m, "%s: not a PKCS#11 module", m->path);
		return;
	}
	if ((rv = getlist(&f)) != CKR_OK || f == NULL) {
		because_rv(m, "C_GetFunctionList", rv);
		return;
	}
	args.flags = CKF_OS_LOCKING_OK;
	rv = f->C_Initialize(&args);
	if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED) {
		because_rv(m, "C_Initialize", rv);
		return;
	}
	m->f = f;
}

static void
add_token(struct module *m, CK_SLOT_ID id, const CK_TOKEN_INFO *info)
{
	struct token	*t = &m->tokens[m->ntokens];
	size_t		 i;

	t->module = m;
	t->id = id;
	t->session = CK_INVALID_HANDLE;
	unpad(t->label, info->label, sizeof(info->label));
	unpad(t->manufacturer, info->manufacturerID, sizeof(info->manufacturerID));
	unpad(t->model, info->model, sizeof(info->model));
	unpad(t->serial, info->serialNumber, sizeof(info->serialNumber));
	snprintf(t->where, sizeof(t->where), "token %s serial %s", t->label, t->serial);
	for (i = 0; i < m->ntokens; i++)
		if (strcmp(m->tokens[i].where, t->where) == 0)
			because(m, "two tokens cannot be told apart: %s", t->where);
	m->ntokens++;
}

/* A slot that cannot be asked counts only where no other has a token. */
static void
take_tokens(struct module *m, const CK_SLOT_ID *ids, CK_ULONG n)
{
	CK_TOKEN_INFO	 info;
	CK_RV		 rv, why = CKR_OK;
	CK_ULONG	 i;

	for (i = 0; i < n; i++) {
		rv = m->f->C_GetTokenInfo(ids[i], &info);
		if (rv == CKR_OK && (info.flags & CKF_TOKEN_INITIALIZED) != 0)
			add_token(m, ids[i], &info);
		else if (rv != CKR_OK && rv != CKR_TOKEN_NOT_PRESENT)
			why = rv;
	}
	if (m->ntokens == 0 && why != CKR_OK)
		because_rv(m, "C_GetTokenInfo", why);
}

static int
list_tokens(struct module *m)
{
	CK_SLOT_ID	*ids = NULL;
	CK_ULONG	 n = 0, room;
	CK_RV		 rv;
	int		 rc = -1;

	if ((rv = m->f->C_GetSlotList(CK_TRUE, NULL, &n)) != CKR_OK)
		return because_rv(m, "C_GetSlotList", rv);
	if (n > MAX_SLOTS)
		return because(m, "%lu slots are too many", n);
	room = n;
	if ((ids = calloc(n + 1, sizeof(*ids))) == NULL ||
	    (m->tokens = calloc(n + 1, sizeof(*m->tokens))) == NULL)
		goto out;
	rc = 0;
	if ((rv = m->f->C_GetSlotList(CK_TRUE, ids, &n)) != CKR_OK)
		because_rv(m, "C_GetSlotList", rv);
	else if (n > room)
		because(m, "C_GetSlotList: %lu slots in a list of %lu", n, room);
	else
		take_tokens(m, ids, n);
 out:
	free(ids);
	return rc;
}

/* libp11's slot of this token: by label and serial, for the numbers may differ. */
static PKCS11_SLOT *
slot_of(const struct module *m, const struct token *t)
{
	unsigned	 i;

	for (i = 0; i < m->nslots; i++) {
		const PKCS11_TOKEN	*p = m->slots[i].token;

		if (p != NULL && p->label != NULL && p->serialnr != NULL &&
		    strcmp(p->label, t->label) == 0 && strcmp(p->serialnr, t->serial) == 0)
			return &m->slots[i];
	}
	return NULL;
}

static void
load_libp11(struct module *m)
{
	size_t	 i;

	if ((m->ctx = PKCS11_CTX_new()) == NULL) {
		because(m, "libp11 has no context");
		return;
	}
	if (PKCS11_CTX_load(m->ctx, m->path) != 0) {
		because(m, "libp11 cannot load %s", m->path);
		return;
	}
	m->loaded = true;
	if (PKCS11_enumerate_slots(m->ctx, &m->slots, &m->nslots) != 0) {
		because(m, "libp11 cannot list the slots");
		return;
	}
	for (i = 0; i < m->ntokens; i++)
		if ((m->tokens[i].slot = slot_of(m, &m->tokens[i])) == NULL)
			because(m, "libp11 does not see %s", m->tokens[i].where);
}

int
module_prepare(struct module *m, const struct hsm *hsm)
{
	size_t	 i;

	m->hsm = hsm;
	/* without a slash the loader searches: nothing to resolve here */
	m->path = strchr(hsm->module, '/') == NULL ? strdup(hsm->module) :
	    realpath(hsm->module, NULL);
	if (m->path == NULL)
		return errno == ENOMEM ? -1 :
		    because(m, "%s: %s", hsm->module, strerror(errno));
	for (i = 0; i < hsm->nenv; i++)
		if (setenv(hsm->env[i].name, hsm->env[i].value, 1) == -1)
			return because(m, "environment variable %s: %s", hsm->env[i].name,
			    strerror(errno));
	return 0;
}

int
module_load(struct module *m)
{
	if (m->why[0] != '\0')
		return 0;
	initialise(m);
	if (m->why[0] == '\0' && list_tokens(m) == -1)
		return -1;
	/* libp11 fails without a reason where there is no slot */
	if (m->why[0] == '\0' && m->ntokens > 0)
		load_libp11(m);
	return 0;
}

void
module_unload(struct module *m)
{
	size_t	 i;

	for (i = 0; i < m->ntokens; i++)
		token_close(&m->tokens[i]);
	if (m->slots != NULL)
		PKCS11_release_all_slots(m->ctx, m->slots, m->nslots);
	if (m->loaded)
		PKCS11_CTX_unload(m->ctx);
	if (m->ctx != NULL)
		PKCS11_CTX_free(m->ctx);
	/* libp11 has finalised its instance, which need not be the one of m->f */
	if (m->f != NULL)
		m->f->C_Finalize(NULL);
	if (m->handle != NULL)
		dlclose(m->handle);
	free(m->tokens);
	free(m->path);
	memset(m, 0, sizeof(*m));
}
