//go:build linux

package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"unsafe"

	"github.com/parley-im/parley/internal/testkit"
)

// disk is what becomes full and gets room again.
type disk interface {
	// shrink leaves little room for what the server writes. It is called for
	// each server while it runs.
	shrink(t *testing.T, s *testkit.Server)
	// grow makes room again.
	grow(t *testing.T, s *testkit.Server)
}

// smallDisk is a file system of its own, in memory. It needs the rights of root.
type smallDisk struct{ dir string }

// mountSmallDisk makes one in an empty directory, or skips the test.
func mountSmallDisk(t *testing.T, dir string) disk {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=24m", "parley-e2e", dir).CombinedOutput(); err != nil {
		t.Skipf("a file system can only be mounted by root: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return smallDisk{dir}
}

func (smallDisk) shrink(*testing.T, *testkit.Server) {}

func (d smallDisk) grow(t *testing.T, _ *testkit.Server) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "mount", "-o", "remount,size=256m", d.dir).CombinedOutput(); err != nil {
		t.Fatalf("grow the file system: %v: %s", err, out)
	}
}

// fileLimit keeps the files of a process from growing, which to the process is a
// disk that is full.
type fileLimit struct{ dir string }

func (l fileLimit) shrink(t *testing.T, s *testkit.Server) {
	t.Helper()
	const room = 1 << 20
	info, err := os.Stat(filepath.Join(l.dir, "parley.db-wal"))
	if err != nil {
		t.Fatal(err)
	}
	limitFiles(t, s.PID(), uint64(info.Size())+room)
}

func (fileLimit) grow(t *testing.T, s *testkit.Server) {
	t.Helper()
	limitFiles(t, s.PID(), ^uint64(0))
}

// limitFiles sets how large the files of another process may become.
func limitFiles(t *testing.T, pid int, size uint64) {
	t.Helper()
	limit := syscall.Rlimit{Cur: size, Max: ^uint64(0)}
	if _, _, err := syscall.Syscall6(syscall.SYS_PRLIMIT64, uintptr(pid), syscall.RLIMIT_FSIZE, uintptr(unsafe.Pointer(&limit)), 0, 0, 0); err != 0 {
		t.Fatalf("limit the files of the server: %v", err)
	}
}
