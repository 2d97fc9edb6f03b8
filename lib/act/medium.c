#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <dirent.h>
#include <unistd.h>

#include "act/medium.h"
#include "base/buf.h"

#define ATTRIBUTE_MAX	4096

/* An attribute of the kernel's tree: text without the blanks around it. */
static bool
attribute(char out[MEDIUM_TEXT], const char *folder, const char *name)
{
	char		 path[PATH_MAX];
	struct buf	 b = BUF_EMPTY;
	const char	*from, *to;
	size_t		 n;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path) ||
	    buf_load(&b, path, ATTRIBUTE_MAX) == -1 || b.len == 0) {
		buf_free(&b);
		return false;
	}
	from = (const char *)b.data;
	from += strspn(from, " \t\n");
	to = from + strlen(from);
	while (to > from && strchr(" \t\n", to[-1]) != NULL)
		to--;
	n = (size_t)(to - from) < MEDIUM_TEXT - 1 ? (size_t)(to - from) : MEDIUM_TEXT - 1;
	if (n > 0) {
		memcpy(out, from, n);
		out[n] = '\0';
	}
	buf_free(&b);
	return n > 0;
}

static bool
exists(const char *folder, const char *name)
{
	char	 path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path) &&
	    access(path, F_OK) == 0;
}

void
medium_serial(char out[MEDIUM_TEXT], const char *sys, dev_t dev)
{
	char	 link[PATH_MAX], *path, *slash;

	strcpy(out, "-");
	snprintf(link, sizeof(link), "%s/dev/block/%u:%u", sys, major(dev), minor(dev));
	if ((path = realpath(link, NULL)) == NULL)
		return;
	/* Above the device on its bus stands the bus, whose number is another's. */
	while ((slash = strrchr(path, '/')) != NULL && slash != path) {
		if (attribute(out, path, "serial") || attribute(out, path, "device/serial") ||
		    exists(path, "idVendor") || exists(path, "vendor_id"))
			break;
		*slash = '\0';
		if (strcmp(path, sys) == 0)
			break;
	}
	free(path);
}

/* \x20 and the like, as udev writes names. */
static void
unescape(char *text)
{
	unsigned	 c;
	char		*out = text;

	for (; *text != '\0'; out++)
		if (text[0] == '\\' && text[1] == 'x' && sscanf(text + 2, "%2x", &c) == 1 && c != 0) {
			*out = (char)c;
			text += 4;
		} else
			*out = *text++;
	*out = '\0';
}

/* The label that leads to this device. */
static bool
label_of(char out[MEDIUM_TEXT], dev_t dev)
{
	static const char by_label[] = "/dev/disk/by-label";
	char		 path[PATH_MAX];
	struct dirent	*e;
	struct stat	 st;
	bool		 found = false;
	DIR		*dir;

	if ((dir = opendir(by_label)) == NULL)
		return false;
	while (!found && (e = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", by_label, e->d_name);
		if (e->d_name[0] == '.' || stat(path, &st) == -1 || !S_ISBLK(st.st_mode) ||
		    st.st_rdev != dev)
			continue;
		snprintf(out, MEDIUM_TEXT, "%.*s", MEDIUM_TEXT - 1, e->d_name);
		unescape(out);
		found = true;
	}
	closedir(dir);
	return found;
}

/* The highest folder of the same file system. */
static int
mount_name(char out[MEDIUM_TEXT], const char *folder, dev_t dev)
{
	char		*path, *slash, up[PATH_MAX];
	struct stat	 st;

	if ((path = realpath(folder, NULL)) == NULL)
		return -1;
	for (;;) {
		slash = strrchr(path, '/');
		snprintf(up, sizeof(up), "%.*s/", (int)(slash - path), path);
		if (slash == path || stat(up, &st) == -1 || st.st_dev != dev)
			break;
		*slash = '\0';
	}
	snprintf(out, MEDIUM_TEXT, "%.*s", MEDIUM_TEXT - 1, slash[1] == '\0' ? "-" : slash + 1);
	free(path);
	return 0;
}

int
medium_of(struct medium *m, const char *folder)
{
	struct stat	 st;

	if (stat(folder, &st) == -1)
		return -1;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	medium_serial(m->serial, "/sys", st.st_dev);
	return label_of(m->label, st.st_dev) ? 0 : mount_name(m->label, folder, st.st_dev);
}
