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

// AccessFile is the name of the file in the data directory that lets the command
// line find the server.
const AccessFile = "admin.json"

// Access is how to reach a server's admin API.
type Access struct {
	// URL is the server's address without a path: http://127.0.0.1:8080.
	URL string `json:"url"`
	// Token is the operator's.
	Token string `json:"token"`
}

// WriteFile writes a to AccessFile in dir, readable by its owner only. Whoever
// reads at the same time sees the old file or the new one, never a part. It
// returns the file's path.
func WriteFile(dir string, a Access) (path string, err error) {
	path = filepath.Join(dir, AccessFile)
	text, err := json.Marshal(a)
	if err != nil {
		return "", fmt.Errorf("write %s: %w", path, err)
	}
	file, err := os.CreateTemp(dir, AccessFile+".*") // with mode 0600
	if err != nil {
		return "", fmt.Errorf("write %s: %w", path, err)
	}
	_, err = file.Write(append(text, '\n'))
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return "", errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(file.Name()))
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return "", errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(file.Name()))
	}
	return path, nil
}

// ReadFile reads AccessFile in dir. If there is none, the error is an
// fs.ErrNotExist.
func ReadFile(dir string) (Access, error) {
	path := filepath.Join(dir, AccessFile)
	text, err := os.ReadFile(path) //nolint:gosec // the operator names the directory
	if err != nil {
		return Access{}, fmt.Errorf("read %s: %w", AccessFile, err)
	}
	var a Access
	if err := json.Unmarshal(text, &a); err != nil {
		return Access{}, fmt.Errorf("read %s: %w", path, err)
	}
	return a, nil
}

// LocalURL is the address at which programs on this machine reach a server that
// listens on addr, a host and port. If that is all interfaces, it is the
// loopback one.
func LocalURL(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "http://" + addr
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case host == "", err == nil && ip.Unmap() == netip.IPv4Unspecified():
		host = "127.0.0.1"
	case err == nil && ip == netip.IPv6Unspecified():
		// Where there is IPv6 only, 127.0.0.1 does not answer; but a socket for
		// all addresses takes IPv4 as well wherever there is any.
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
