package console

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := ReadFile(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: got %v, want fs.ErrNotExist", err)
	}
	for _, want := range []File{{URL: "http://127.0.0.1:8080", Token: "one"}, {URL: "http://127.0.0.1:9090", Token: "two"}} {
		if err := WriteFile(dir, want); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadFile(dir); got != want || err != nil {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
		info, err := os.Stat(FilePath(dir))
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("got mode %o, want 600", mode)
		}
	}
	if left, err := os.ReadDir(dir); len(left) != 1 || err != nil {
		t.Errorf("got %v, %v, want the one file", left, err)
	}
}

func TestWriteFileFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := WriteFile(filepath.Join(dir, "missing"), File{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no directory: got %v, want fs.ErrNotExist", err)
	}
	if err := os.Mkdir(FilePath(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(dir, File{}); err == nil {
		t.Error("a directory is in the way: no error")
	}
	if left, err := os.ReadDir(dir); len(left) != 1 || err != nil {
		t.Errorf("got %v, %v, want nothing left behind", left, err)
	}
}

func TestReadFileRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"no JSON": "http://127.0.0.1", "too large": "{" + string(make([]byte, maxFile))} {
		dir := t.TempDir()
		if err := os.WriteFile(FilePath(dir), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if f, err := ReadFile(dir); err == nil {
			t.Errorf("%s: got %+v, want an error", name, f)
		}
	}
}

func TestLocalURL(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"127.0.0.1:8080":     "http://127.0.0.1:8080",
		"192.0.2.1:80":       "http://192.0.2.1:80",
		"0.0.0.0:8080":       "http://127.0.0.1:8080",
		":8080":              "http://127.0.0.1:8080",
		"[::]:8080":          "http://127.0.0.1:8080",
		"[::ffff:0.0.0.0]:1": "http://127.0.0.1:1",
		"[::1]:8080":         "http://[::1]:8080",
		"localhost:8080":     "http://localhost:8080",
		"nonsense":           "http://nonsense",
	} {
		if got := LocalURL(addr); got != want {
			t.Errorf("%s: got %s, want %s", addr, got, want)
		}
	}
}
