package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
)

// FileName is the name of the file in the data directory that lets the command
// line find the server.
const FileName = "admin.json"

// maxFile is the largest such file that is read, in bytes.
const maxFile = 64 << 10

// File is how to reach a server's admin API.
type File struct {
	// URL is the server's address without a path: http://127.0.0.1:8080.
	URL string `json:"url"`
	// Token is the operator's.
	Token string `json:"token"`
}

// FilePath is where WriteFile and ReadFile look in a data directory.
func FilePath(dir string) string { return filepath.Join(dir, FileName) }

// WriteFile stores f in a data directory, readable by its owner only. Whoever
// reads at the same time sees the old file or the new one, never a part.
func WriteFile(dir string, f File) error {
	if old, err := ReadFile(dir); err == nil && old == f {
		return nil // needs no room on a full disk
	}
	if err := writeFile(dir, f); err != nil {
		return fmt.Errorf("write %s: %w", FilePath(dir), err)
	}
	return nil
}

func writeFile(dir string, f File) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	// One name for all attempts, so that those that were killed leave no more.
	file, err := os.OpenFile(FilePath(dir)+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(text, '\n'))
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), FilePath(dir))
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// ReadFile reads what WriteFile stored. If there is nothing, the error is an
// fs.ErrNotExist.
func ReadFile(dir string) (File, error) {
	path := FilePath(dir)
	info, err := os.Stat(path)
	if err != nil {
		return File{}, fmt.Errorf("read the server's address: %w", err)
	}
	if info.Size() > maxFile {
		return File{}, fmt.Errorf("read the server's address: %s is larger than %d bytes", path, maxFile)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator names the directory
	if err != nil {
		return File{}, fmt.Errorf("read the server's address: %w", err)
	}
	var f File
	if err := json.Unmarshal(text, &f); err != nil {
		return File{}, fmt.Errorf("read %s: %w", path, err)
	}
	return f, nil
}

// LocalURL is the address at which programs on this machine reach a server that
// listens on addr, a host and port. If that is all interfaces, it is the
// loopback one.
func LocalURL(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "http://" + addr
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.Unmap().IsUnspecified() {
		// A socket for all addresses takes IPv4 wherever there is any.
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
