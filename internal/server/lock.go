package server

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockFile keeps a second server from the same data directory.
const lockFile = "parley.lock"

// dataLock is held as long as a server uses a data directory. The system frees
// it when the process ends, however it ends.
type dataLock struct{ file *os.File }

func lockData(dir string) (*dataLock, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator names the directory
	if err != nil {
		return nil, fmt.Errorf("lock the data directory: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = fmt.Errorf("another parley is running on the data directory %s", dir)
		}
		return nil, errors.Join(err, f.Close())
	}
	return &dataLock{file: f}, nil
}

func (l *dataLock) release() error { return l.file.Close() }
