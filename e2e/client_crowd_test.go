package e2e_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/testkit"
)

const (
	// together is how many clients of a crowd do something at the same time.
	together = 64
	// clientsPerSource is how many connections come from one address, which has
	// ports for some more.
	clientsPerSource = 20_000
)

// crowd is an installation with many clients, each a user of its own.
type crowd struct {
	*testkit.Installation

	rest    *api.Client
	server  *testkit.Server
	clients []*testkit.Client
}

// newCrowd starts a server without limits, and with nobody there yet.
func newCrowd(tb testing.TB) *crowd {
	tb.Helper()
	c := &crowd{Installation: testkit.NewInstallation(tb, program,
		"--max-connections", "1000000", "--max-clients-per-address", "0", "--client-rate", "0", "--log-level", "warn")}
	c.rest, c.server = c.REST(tb), c.Start(tb)
	none, documented := 0, client.RESTRate(0)
	if _, err := c.Admin().UpdateApp(tb.Context(), testkit.SDKAppID, client.AppChange{GroupRate: &none, RESTRate: &documented}); err != nil {
		tb.Fatalf("lift the limits: %v", err)
	}
	return c
}

// register makes the accounts of n users.
func (c *crowd) register(tb testing.TB, n int) {
	tb.Helper()
	const most = 100
	each(tb, (n+most-1)/most, func(page int) error {
		var ids []string
		for i := page * most; i < min(n, (page+1)*most); i++ {
			ids = append(ids, userID(i))
		}
		_, err := c.rest.MultiaccountImport(tb.Context(), &api.MultiaccountImportRequest{Accounts: ids})
		return err
	})
}

// group makes a group of users, in which nobody hears of the others' coming.
func (c *crowd) group(ctx context.Context, kind, id string, members []string) error {
	if _, err := c.rest.CreateGroup(ctx, &api.CreateGroupRequest{Type: kind, GroupID: id, Name: "Crowd " + id}); err != nil {
		return err
	}
	const most = 300
	for len(members) > 0 {
		var list []api.AddGroupMemberItem
		for _, id := range members[:min(most, len(members))] {
			list = append(list, api.AddGroupMemberItem{MemberAccount: id})
		}
		if _, err := c.rest.AddGroupMember(ctx, &api.AddGroupMemberRequest{GroupID: id, MemberList: list, Silence: 1}); err != nil {
			return err
		}
		members = members[len(list):]
	}
	return nil
}

// arrive makes a client of user i, perhaps with other options than usual.
func (c *crowd) arrive(tb testing.TB, i int, change func(*testkit.ClientOptions)) *testkit.Client {
	tb.Helper()
	o := c.ClientOptions(tb, userID(i))
	o.OnPush = func([]byte) {}
	if i >= clientsPerSource {
		o.Source = net.IPv4(127, 0, 0, byte(1+i/clientsPerSource))
	}
	if change != nil {
		change(&o)
	}
	return testkit.NewClient(tb, o)
}

// enter lets n clients in who are logged in.
func (c *crowd) enter(tb testing.TB, n int, change func(i int, o *testkit.ClientOptions)) {
	tb.Helper()
	c.clients = make([]*testkit.Client, n)
	each(tb, n, func(i int) error {
		c.clients[i] = c.arrive(tb, i, func(o *testkit.ClientOptions) { change(i, o) })
		if err := c.clients[i].Dial(tb.Context()); err != nil {
			return err
		}
		return c.clients[i].Login(tb.Context())
	})
}

// leave closes all connections and ends the server, which must not complain.
func (c *crowd) leave(tb testing.TB) {
	tb.Helper()
	each(tb, len(c.clients), func(i int) error {
		c.clients[i].Close()
		return nil
	})
	c.server.Stop(tb)
}

// used is the processor time of the server so far.
func (c *crowd) used(tb testing.TB) time.Duration {
	tb.Helper()
	return processorTime(tb, c.server.PID())
}

func userID(i int) string { return fmt.Sprintf("user-%d", i) }

// userIDs are those of the first n users.
func userIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = userID(i)
	}
	return ids
}

// each calls do with 0 to n-1, many at the same time. The test ends if one fails.
func each(tb testing.TB, n int, do func(i int) error) {
	tb.Helper()
	atOnce(tb, n, together, do)
}

func atOnce(tb testing.TB, n, together int, do func(i int) error) {
	tb.Helper()
	next := make(chan int)
	failed := make(chan error, together)
	var workers sync.WaitGroup
	for range min(n, together) {
		workers.Go(func() {
			for i := range next {
				if err := do(i); err != nil {
					failed <- fmt.Errorf("number %d: %w", i, err)
					return
				}
			}
		})
	}
	var err error
	for i := 0; i < n && err == nil; i++ {
		select {
		case next <- i:
		case err = <-failed:
		}
	}
	close(next)
	workers.Wait()
	if err == nil && len(failed) > 0 {
		err = <-failed
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// processorTime is what a process has used, in steps of 10 ms. It is only known
// on Linux.
func processorTime(tb testing.TB, pid int) time.Duration {
	tb.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		tb.Fatalf("read the processor time: %v", err)
	}
	const user, system, tick = 11, 12, 10 * time.Millisecond // of what follows the name
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	var sum time.Duration
	for _, i := range []int{user, system} {
		n, err := strconv.Atoi(fields[i])
		if err != nil {
			tb.Fatalf("read the processor time: %v", err)
		}
		sum += time.Duration(n) * tick
	}
	return sum
}
