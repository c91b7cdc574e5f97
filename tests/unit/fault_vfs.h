/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SQLite's file system and memory, in which the n-th step fails: a disk that
 * is full or broken, an allocation that is refused. Also counts the syncs.
 *
 * It does not fail what the program does without SQLite.
 */
#ifndef TESTS_FAULT_VFS_H
#define TESTS_FAULT_VFS_H

#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct fault {
	int at;     /* the step that fails, from 1; 0: none */
	bool lasts; /* and all that come after it */
	int error;  /* what a failing write says */
	int steps;  /* done so far */
	int syncs;  /* done so far */
	bool kills; /* the step is half done, then the process is gone */
	bool happened;
	bool sync_failed;
	int memory_at, allocations;
	bool memory_failed;
};

static struct fault fault;

static inline bool
fault_now(void)
{
	int step = ++fault.steps;
	bool now = fault.at > 0 &&
	    (fault.lasts ? step >= fault.at : step == fault.at);

	fault.happened |= now;
	return now;
}

static inline void
fault_kill(void)
{
	if (fault.kills)
		(void)raise(SIGKILL);
}

/* ---- files ---- */

struct fault_file {
	sqlite3_file base;
	sqlite3_file *real;
};

#define REAL(file) (((struct fault_file *)(file))->real)

static inline int
fault_close(sqlite3_file *file)
{
	return REAL(file)->pMethods->xClose(REAL(file));
}

static inline int
fault_read(sqlite3_file *file, void *data, int len, sqlite3_int64 at)
{
	return REAL(file)->pMethods->xRead(REAL(file), data, len, at);
}

/* A write that fails may have written some of it. */
static inline int
fault_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 at)
{
	if (!fault_now())
		return REAL(file)->pMethods->xWrite(REAL(file), data, len, at);
	(void)REAL(file)->pMethods->xWrite(REAL(file), data, len / 2, at);
	fault_kill();
	return fault.error;
}

static inline int
fault_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	if (fault_now()) {
		fault_kill();
		return SQLITE_IOERR_TRUNCATE;
	}
	return REAL(file)->pMethods->xTruncate(REAL(file), size);
}

static inline int
fault_sync(sqlite3_file *file, int flags)
{
	fault.syncs++;
	if (fault_now()) {
		fault_kill();
		fault.sync_failed = true;
		return SQLITE_IOERR_FSYNC;
	}
	return REAL(file)->pMethods->xSync(REAL(file), flags);
}

static inline int
fault_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return REAL(file)->pMethods->xFileSize(REAL(file), size);
}

static inline int
fault_lock(sqlite3_file *file, int level)
{
	return REAL(file)->pMethods->xLock(REAL(file), level);
}

static inline int
fault_unlock(sqlite3_file *file, int level)
{
	return REAL(file)->pMethods->xUnlock(REAL(file), level);
}

static inline int
fault_check_lock(sqlite3_file *file, int *held)
{
	return REAL(file)->pMethods->xCheckReservedLock(REAL(file), held);
}

static inline int
fault_control(sqlite3_file *file, int what, void *arg)
{
	return REAL(file)->pMethods->xFileControl(REAL(file), what, arg);
}

static inline int
fault_sector(sqlite3_file *file)
{
	return REAL(file)->pMethods->xSectorSize(REAL(file));
}

static inline int
fault_traits(sqlite3_file *file)
{
	return REAL(file)->pMethods->xDeviceCharacteristics(REAL(file));
}

static inline int
fault_shm_map(
    sqlite3_file *file, int page, int size, int extend, void volatile **ret)
{
	if (extend && fault_now()) {
		fault_kill();
		return SQLITE_IOERR_SHMSIZE;
	}
	return REAL(file)->pMethods->xShmMap(
	    REAL(file), page, size, extend, ret);
}

static inline int
fault_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
	return REAL(file)->pMethods->xShmLock(REAL(file), offset, count, flags);
}

static inline void
fault_shm_barrier(sqlite3_file *file)
{
	REAL(file)->pMethods->xShmBarrier(REAL(file));
}

static inline int
fault_shm_unmap(sqlite3_file *file, int delete)
{
	return REAL(file)->pMethods->xShmUnmap(REAL(file), delete);
}

static const sqlite3_io_methods fault_methods = {2, fault_close, fault_read,
    fault_write, fault_truncate, fault_sync, fault_size, fault_lock,
    fault_unlock, fault_check_lock, fault_control, fault_sector, fault_traits,
    fault_shm_map, fault_shm_lock, fault_shm_barrier, fault_shm_unmap, NULL,
    NULL};

/* ---- the file system ---- */

static inline int
fault_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file,
    int flags, int *ret_flags)
{
	sqlite3_vfs *real = vfs->pAppData;
	int rc;

	REAL(file) = (sqlite3_file *)((struct fault_file *)file + 1);
	file->pMethods = NULL;
	if ((flags & SQLITE_OPEN_CREATE) != 0 && fault_now()) {
		fault_kill();
		return SQLITE_CANTOPEN;
	}
	rc = real->xOpen(real, name, REAL(file), flags, ret_flags);
	if (rc == SQLITE_OK)
		file->pMethods = &fault_methods;
	return rc;
}

static inline int
fault_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	sqlite3_vfs *real = vfs->pAppData;

	if (fault_now()) {
		fault_kill();
		return SQLITE_IOERR_DELETE;
	}
	return real->xDelete(real, name, sync);
}

/* From then on the default of the process. */
static inline int
fault_vfs_install(void)
{
	static sqlite3_vfs vfs;
	sqlite3_vfs *real = sqlite3_vfs_find(NULL);

	vfs = *real;
	vfs.zName = "fault";
	vfs.pNext = NULL;
	vfs.szOsFile = (int)sizeof(struct fault_file) + real->szOsFile;
	vfs.pAppData = real;
	vfs.xOpen = fault_open;
	vfs.xDelete = fault_delete;
	return sqlite3_vfs_register(&vfs, 1);
}

/* ---- memory ---- */

static sqlite3_mem_methods fault_memory;

static inline bool
fault_memory_now(void)
{
	bool now = fault.memory_at > 0 &&
	    ++fault.allocations >= fault.memory_at;

	fault.memory_failed |= now;
	return now;
}

static inline void *
fault_malloc(int size)
{
	return fault_memory_now() ? NULL : fault_memory.xMalloc(size);
}

static inline void *
fault_realloc(void *old, int size)
{
	return fault_memory_now() ? NULL : fault_memory.xRealloc(old, size);
}

/* Before SQLite's first use. */
static inline int
fault_memory_install(void)
{
	sqlite3_mem_methods methods;
	int rc = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &fault_memory);

	if (rc != SQLITE_OK)
		return rc;
	methods = fault_memory;
	methods.xMalloc = fault_malloc;
	methods.xRealloc = fault_realloc;
	return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}

#endif
