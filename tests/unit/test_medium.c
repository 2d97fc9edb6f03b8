#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <CUnit/Basic.h>

#include "act/medium.h"
#include "fixture.h"

/* A tree of devices as the kernel shows it, in the work folder. */
static void
folder(const char *name)
{
	char	 path[256];
	char	*p;

	snprintf(path, sizeof(path), "%s/%s", work_folder(), name);
	for (p = path + strlen(work_folder()) + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		mkdir(path, 0700);
		*p = '/';
	}
	CU_ASSERT_TRUE(mkdir(path, 0700) == 0 || errno == EEXIST);
}

static void
attribute(const char *name, const char *text)
{
	work_file(name, text, strlen(text));
}

static void
device(const char *number, const char *target)
{
	char	 link[256];

	folder("dev/block");
	snprintf(link, sizeof(link), "%s/dev/block/%s", work_folder(), number);
	CU_ASSERT_EQUAL(symlink(target, link), 0);
}

static const char *
serial(unsigned maj, unsigned min)
{
	static char	 out[MEDIUM_TEXT];

	medium_serial(out, work_folder(), makedev(maj, min));
	return out;
}

static void
test_serial(void)
{
	/* a drive on USB: its partition, the disk without, the device with one, the bus with another */
	folder("devices/usb1/1-2/1-2:1.0/host0/block/sdb/sdb1");
	attribute("devices/usb1/serial", "0000:00:14.0\n");
	attribute("devices/usb1/idVendor", "1d6b\n");
	attribute("devices/usb1/1-2/idVendor", "0951\n");
	attribute("devices/usb1/1-2/serial", "  4C530001 \n");
	device("8:17", "../../devices/usb1/1-2/1-2:1.0/host0/block/sdb/sdb1");
	CU_ASSERT_STRING_EQUAL(serial(8, 17), "4C530001");

	/* another one, that tells none: not that of the bus */
	folder("devices/usb1/1-3/1-3:1.0/host1/block/sdc/sdc1");
	attribute("devices/usb1/1-3/idVendor", "0951\n");
	device("8:33", "../../devices/usb1/1-3/1-3:1.0/host1/block/sdc/sdc1");
	CU_ASSERT_STRING_EQUAL(serial(8, 33), "-");

	/* NVMe, and a virtual disk */
	folder("devices/pci0/nvme/nvme0/nvme0n1/nvme0n1p2");
	attribute("devices/pci0/nvme/nvme0/serial", "S4EV NX0\n");
	device("259:2", "../../devices/pci0/nvme/nvme0/nvme0n1/nvme0n1p2");
	CU_ASSERT_STRING_EQUAL(serial(259, 2), "S4EV NX0");
	folder("devices/virtio/block/vda");
	attribute("devices/virtio/block/vda/serial", "disk0\n");
	device("254:0", "../../devices/virtio/block/vda");
	CU_ASSERT_STRING_EQUAL(serial(254, 0), "disk0");

	/* an empty attribute, and no device at all */
	folder("devices/virtio/block/vdb");
	attribute("devices/virtio/block/vdb/serial", "\n");
	device("254:16", "../../devices/virtio/block/vdb");
	CU_ASSERT_STRING_EQUAL(serial(254, 16), "-");
	CU_ASSERT_STRING_EQUAL(serial(1, 1), "-");
}

static void
test_of(void)
{
	struct medium	 m;

	CU_ASSERT_EQUAL(medium_of(&m, work_folder()), 0);
	CU_ASSERT_NOT_EQUAL(strlen(m.label), 0);
	CU_ASSERT_NOT_EQUAL(strlen(m.serial), 0);
	CU_ASSERT_EQUAL(medium_of(&m, "/nowhere"), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
	CU_ASSERT_EQUAL(medium_of(&m, "/dev/null"), -1);
	CU_ASSERT_EQUAL(errno, ENOTDIR);
	CU_ASSERT_EQUAL(medium_of(&m, "/proc/self"), 0);
	CU_ASSERT_STRING_EQUAL(m.label, "proc");
	CU_ASSERT_STRING_EQUAL(m.serial, "-");
	CU_ASSERT_EQUAL(medium_of(&m, "/"), 0);
}

int
main(void)
{
	static const struct test tests[] = { TEST(test_serial), TEST(test_of) };

	return run_tests("medium", tests, sizeof(tests) / sizeof(tests[0]));
}
