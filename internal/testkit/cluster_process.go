package testkit

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// PauseAll stops all processes of the server, so that it neither answers nor lets
// anybody in. It needs Linux.
func (p *Postgres) PauseAll(tb testing.TB) {
	tb.Helper()
	pause(tb, p.process.Process.Pid) // the first, so that there will be no more of the others
	for _, pid := range children(tb, p.process.Process.Pid) {
		_ = syscall.Kill(pid, syscall.SIGSTOP) // it may have ended
	}
}

// ResumeAll lets all processes of the server go on.
func (p *Postgres) ResumeAll(tb testing.TB) {
	tb.Helper()
	for _, pid := range children(tb, p.process.Process.Pid) {
		_ = syscall.Kill(pid, syscall.SIGCONT) // it may have ended
	}
	resume(tb, p.process.Process.Pid)
}

func pause(tb testing.TB, pid int) {
	tb.Helper()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		tb.Errorf("pause process %d: %v", pid, err)
	}
}

func resume(tb testing.TB, pid int) {
	tb.Helper()
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		tb.Errorf("resume process %d: %v", pid, err)
	}
}

// children are the processes that a process has started.
func children(tb testing.TB, parent int) []int {
	tb.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(files) == 0 {
		tb.Fatalf("the system does not tell which processes there are: %v", err)
	}
	var pids []int
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		pid, _, _ := bytes.Cut(stat, []byte(" "))
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:]) // its state, and then its parent
		if len(fields) < 2 || string(fields[1]) != strconv.Itoa(parent) {
			continue
		}
		if n, err := strconv.Atoi(string(pid)); err == nil {
			pids = append(pids, n)
		}
	}
	return pids
}
