package testkit

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"testing"
	"time"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/usersig"
)

// The app that the first server of an installation makes.
const (
	SDKAppID      = 1400000001
	SecretKey     = "testkit-secret-key"
	Administrator = "administrator"
)

// adminToken lets the Admin client in.
const adminToken = "testkit-admin-token"

// Installation is a data directory and an address, on which servers run one
// after the other.
type Installation struct {
	// Program is the path of the built program.
	Program string
	// Data is the data directory. The first server makes it.
	Data string
	// Addr is the host and port that servers listen on.
	Addr string
	// Args follow "parley serve".
	Args []string
}

// NewInstallation makes one with an empty data directory.
func NewInstallation(tb testing.TB, program string, args ...string) *Installation {
	tb.Helper()
	return &Installation{Program: program, Data: tb.TempDir(), Addr: Reserve(tb), Args: args}
}

// URL is the address of its servers.
func (i *Installation) URL() string { return "http://" + i.Addr }

// environ is the whole environment of its processes.
func (i *Installation) environ() []string {
	return []string{
		"PARLEY_LISTEN=" + i.Addr,
		"PARLEY_DATA=" + i.Data,
		fmt.Sprintf("PARLEY_BOOTSTRAP_SDKAPPID=%d", SDKAppID),
		"PARLEY_BOOTSTRAP_SECRET=" + SecretKey,
		"PARLEY_BOOTSTRAP_ADMIN=" + Administrator,
		"PARLEY_ADMIN_TOKEN=" + adminToken,
	}
}

// Admin is a client of the admin API of whatever server runs.
func (i *Installation) Admin() *client.Client {
	return &client.Client{BaseURL: i.URL(), Token: adminToken}
}

// REST is a client of the REST API of whatever server runs. It gives up on a
// call after half a minute.
func (i *Installation) REST(tb testing.TB) *api.Client {
	tb.Helper()
	sig, err := usersig.Generate(SecretKey, usersig.Claims{SDKAppID: SDKAppID, UserID: Administrator, IssuedAt: time.Now(), Expire: 24 * time.Hour})
	if err != nil {
		tb.Fatalf("make a UserSig: %v", err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 256}
	tb.Cleanup(transport.CloseIdleConnections)
	return &api.Client{
		BaseURL: i.URL(), SDKAppID: SDKAppID, Identifier: Administrator, UserSig: api.FixedUserSig(sig),
		HTTP: &http.Client{Transport: transport, Timeout: 30 * time.Second},
	}
}

// Run runs the program with args to its end and returns its output and its exit
// code.
func (i *Installation) Run(tb testing.TB, args ...string) (stdout, stderr string, code int) {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), i.Program, args...)
	cmd.Env = i.environ()
	cmd.Dir = tb.TempDir()
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	err := cmd.Run()
	if _, failed := errors.AsType[*exec.ExitError](err); err != nil && !failed {
		tb.Fatalf("run %q: %v", args, err)
	}
	return out.String(), complaints.String(), cmd.ProcessState.ExitCode()
}
