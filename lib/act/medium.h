/*
 * medium: what a folder is on: the label of its file system and the serial number of the device, as
 * the kernel knows them.
 */
#ifndef ACT_MEDIUM_H
#define ACT_MEDIUM_H

#include <sys/types.h>

#define MEDIUM_TEXT	256

struct medium {
	char	 label[MEDIUM_TEXT];	/* of the file system; else the last part of where it is mounted; "-" */
	char	 serial[MEDIUM_TEXT];	/* "-": none is known */
};

/* Of the file system that has this folder.  0, or -1 with errno. */
int	 medium_of(struct medium *, const char *folder);

/*
 * The serial number of a block device, by the tree of devices mounted at "sys": the nearest one
 * above it that has any, up to the device on its bus.
 */
void	 medium_serial(char out[MEDIUM_TEXT], const char *sys, dev_t);

#endif
