"""lossyfs through the kernel: files as programs use them, and what a power cut leaves of them.

What it may lose is shown in detail by lossyfs/volume_test.cc; here it is that the kernel, its caches and mmap
do not stand in between.
"""

import errno
import fcntl
import mmap
import os
import threading
import time
import unittest

import lossy

setUpModule = lossy.require


def sync_directory(path):
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


class LossyFs(unittest.TestCase):
    def setUp(self):
        self.lossy = lossy.Lossy()
        self.addCleanup(self.lossy.close)
        self.root = self.lossy.mountpoint

    def open(self, name, flags=os.O_RDWR | os.O_CREAT):
        fd = os.open(self.root / name, flags, 0o600)
        self.addCleanup(self.shut, fd)
        return fd

    def shut(self, fd):
        try:
            os.close(fd)
        except OSError as failure:
            if failure.errno not in (errno.EBADF, errno.EIO):
                raise

    def durable(self, name, content):
        fd = self.open(name)
        os.write(fd, content)
        os.fsync(fd)
        sync_directory(self.root)
        return fd

    def cut(self, how="drop", seed=1):
        return self.lossy.cut(how, seed)

    def names(self):
        return sorted(os.listdir(self.root))

    def refused(self, code, act, *arguments):
        with self.assertRaises(OSError) as refused:
            act(*arguments)
        self.assertEqual(refused.exception.errno, code)

    def test_synced_stays_and_unsynced_is_lost(self):
        fd = self.durable("file", b"synced")
        os.pwrite(fd, b" and not", 6)
        self.assertEqual((self.root / "file").read_bytes(), b"synced and not")
        self.cut()
        self.assertEqual((self.root / "file").read_bytes(), b"synced")

    def test_large_content(self):
        content = os.urandom(3_000_001)
        self.durable("file", content)
        self.assertEqual((self.root / "file").read_bytes(), content)
        self.cut()
        self.assertEqual((self.root / "file").read_bytes(), content)

    def test_entries_need_a_sync_of_their_directory(self):
        fd = self.open("file")
        os.write(fd, b"content")
        os.fsync(fd)
        self.assertEqual(self.names(), ["file"])
        self.cut()
        self.assertEqual(self.names(), [])

    def test_rename_without_a_sync_is_undone(self):
        self.durable("a", b"a")
        os.rename(self.root / "a", self.root / "b")
        self.assertEqual(self.names(), ["b"])
        self.cut()
        self.assertEqual(self.names(), ["a"])
        os.rename(self.root / "a", self.root / "b")
        sync_directory(self.root)
        self.cut()
        self.assertEqual(self.names(), ["b"])

    def test_what_was_open_is_dead_after_a_cut(self):
        fd = self.durable("file", b"content")
        self.cut()
        self.refused(errno.EIO, os.pwrite, fd, b"x", 0)
        self.refused(errno.EIO, os.fsync, fd)
        self.assertEqual((self.root / "file").read_bytes(), b"content")

    def test_torn_page_appears(self):
        kinds = set()
        for seed in range(60):
            fd = self.durable(f"file{seed}", b"a" * 4096)
            os.pwrite(fd, b"b" * 4096, 0)
            os.close(fd)
            self.cut("tear", seed)
            content = (self.root / f"file{seed}").read_bytes()
            kinds.add("".join(sorted({chr(byte) if byte in b"ab" else "?" for byte in content})))
            if {"ab", "?ab"} <= kinds:
                return
        self.fail(f"only {kinds} in 60 power cuts")

    def test_mmap(self):
        fd = self.durable("file", b"\0" * 8192)
        with mmap.mmap(fd, 8192, mmap.MAP_SHARED) as one, mmap.mmap(fd, 8192, mmap.MAP_SHARED) as other:
            one[100:105] = b"hello"
            self.assertEqual(other[100:105], b"hello")
            one.flush()
            self.assertEqual(os.pread(fd, 5, 100), b"hello")
            # msync is a sync of the file.
            self.cut()
        self.assertEqual((self.root / "file").read_bytes()[100:105], b"hello")

    def test_locks(self):
        self.durable("file", b"")
        one = self.open("file")
        other = self.open("file")
        fcntl.flock(one, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.refused(errno.EWOULDBLOCK, fcntl.flock, other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.lockf(one, fcntl.LOCK_EX | fcntl.LOCK_NB)
        child = os.fork()
        if child == 0:
            try:
                fcntl.lockf(os.open(self.root / "file", os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os._exit(7)
            os._exit(0)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 7)

    def test_append_truncate_and_preallocate(self):
        fd = self.open("file", os.O_RDWR | os.O_CREAT | os.O_APPEND)
        for piece in (b"one ", b"two ", b"three"):
            os.write(fd, piece)
        os.ftruncate(fd, 7)
        os.posix_fallocate(fd, 0, 10)
        self.assertEqual((self.root / "file").read_bytes(), b"one two\0\0\0")
        os.fdatasync(fd)
        sync_directory(self.root)
        self.cut()
        self.assertEqual((self.root / "file").read_bytes(), b"one two\0\0\0")

    def test_directories(self):
        os.makedirs(self.root / "a" / "b")
        sync_directory(self.root / "a")
        sync_directory(self.root)
        self.cut()
        self.assertEqual(os.listdir(self.root / "a"), ["b"])
        self.refused(errno.ENOTEMPTY, os.rmdir, self.root / "a")
        os.rmdir(self.root / "a" / "b")
        self.cut()
        self.assertEqual(os.listdir(self.root / "a"), ["b"])
        self.assertEqual((self.root / "a").stat().st_mode & 0o777, 0o755)

    def test_sync_fails_once(self):
        fd = self.durable("file", b"old")
        os.pwrite(fd, b"new", 0)
        self.lossy.fail("sync", "once", "fil")
        self.refused(errno.EIO, os.fsync, fd)
        # Like Linux: the next sync says well, and the bytes are not on the disk.
        os.fsync(fd)
        self.assertEqual(os.pread(fd, 3, 0), b"new")
        self.cut()
        self.assertEqual((self.root / "file").read_bytes(), b"old")

    def test_failures_keep_to_their_path(self):
        self.lossy.fail("sync", "always", "one")
        self.lossy.fail("write", "always", "two")
        self.refused(errno.EIO, os.fsync, self.open("one"))
        self.refused(errno.EIO, os.fsync, self.open("one"))
        two = self.open("two")
        os.fsync(two)
        self.refused(errno.EIO, os.write, two, b"x")
        os.write(self.open("three"), b"x")
        self.lossy.fail("write", "never")
        os.write(two, b"x")

    def test_full_and_room_again(self):
        fd = self.durable("file", b"content")
        self.lossy.capacity("used")
        self.refused(errno.ENOSPC, os.pwrite, fd, b"more", 7)
        self.refused(errno.ENOSPC, os.posix_fallocate, fd, 0, 100)
        self.refused(errno.ENOSPC, self.open, "other")
        self.assertEqual(os.pwrite(fd, b"C", 0), 1)
        self.assertEqual(os.statvfs(self.root).f_bavail, 0)
        self.lossy.capacity("none")
        os.pwrite(fd, b"more", 7)

    def test_slow_sync_holds_up_nothing_else(self):
        fd = self.durable("file", b"content")
        self.lossy.slow(400, "file")
        took = []

        def sync():
            began = time.monotonic()
            os.pwrite(fd, b"x", 0)
            os.fsync(fd)
            took.append(time.monotonic() - began)

        thread = threading.Thread(target=sync)
        thread.start()
        began = time.monotonic()
        self.durable("other", b"at once")
        self.assertLess(time.monotonic() - began, 0.3)
        thread.join()
        self.assertGreaterEqual(took[0], 0.4)

    def test_trip(self):
        one = self.durable("one", b"old")
        two = self.durable("two", b"old")
        self.lossy.trip("drop", 0, 1, "one")
        for fd in (one, two):
            os.pwrite(fd, b"new", 0)
            os.fsync(fd)
        self.assertFalse(self.lossy.dark)
        os.pwrite(one, b"NEW", 0)
        self.refused(errno.EIO, os.fsync, one)
        self.assertTrue(self.lossy.dark)
        self.refused(errno.EIO, os.pwrite, two, b"x", 0)
        self.refused(errno.EIO, self.open, "three")
        self.lossy.on()
        self.assertEqual((self.root / "one").read_bytes(), b"new")
        self.assertEqual((self.root / "two").read_bytes(), b"new")
        self.assertEqual(self.names(), ["one", "two"])

    def test_the_same_seed_loses_the_same(self):
        def content(seed):
            fd = self.durable("file", b"a" * 40960)
            os.pwrite(fd, b"b" * 40960, 0)
            os.close(fd)
            self.cut("tear", seed)
            found = (self.root / "file").read_bytes()
            os.unlink(self.root / "file")
            sync_directory(self.root)
            return found

        self.assertEqual(content(7), content(7))
        self.assertNotEqual(content(7), content(8))


if __name__ == "__main__":
    unittest.main()
