package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// fromSource is how the program is called from its source tree.
const fromSource = "go run ./cmd/parley"

// invokedAs is what the user has to type to call this program again.
func invokedAs() string {
	executable, err := os.Executable()
	if err == nil && builtByGoRun(executable) {
		return fromSource
	}
	typed := os.Args[0]
	if found, err := exec.LookPath(filepath.Base(typed)); err == nil && sameFile(found, executable) {
		return filepath.Base(typed)
	}
	return quoted(typed)
}

// builtByGoRun reports whether a program lies where "go run" puts it: in a
// directory for temporary files, or in the cache under the hash of its content.
func builtByGoRun(executable string) bool {
	dir := filepath.Dir(executable)
	for element := range strings.SplitSeq(filepath.ToSlash(dir), "/") {
		if strings.HasPrefix(element, "go-build") {
			return true
		}
	}
	const hashed = 64
	hash, inCache := strings.CutSuffix(filepath.Base(dir), "-d")
	return inCache && len(hash) == hashed && strings.Trim(hash, "0123456789abcdef") == ""
}

func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// quoted makes text one word for a shell.
func quoted(text string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+=,"
	if text != "" && strings.Trim(text, plain) == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
