package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/testkit"
)

// reach is three nodes on one PostgreSQL server, each at a NATS server of its own.
type reach struct {
	testing.TB

	nats    *testkit.NATS
	nodes   []*testkit.Installation
	servers []*testkit.Server
	random  atomic.Uint32
}

func newReach(t *testing.T) *reach {
	t.Helper()
	r := &reach{TB: t, nats: testkit.StartNATS(t, 3)}
	r.nats.WaitFormed(t)
	database := testkit.StartPostgres(t, "fsync=off").Database(t)
	for i := range 3 {
		node := testkit.NewInstallation(t, program, "--store", database, "--cluster", r.nats.ServerURL(i))
		r.nodes = append(r.nodes, node)
		r.servers = append(r.servers, node.Start(t))
	}
	return r
}

func (r *reach) context() context.Context {
	ctx, cancel := context.WithTimeout(r.Context(), testkit.Patience)
	r.Cleanup(cancel)
	return ctx
}

func (r *reach) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// login is a client of a user at a node.
func (r *reach) login(node int, user string) *testkit.Client {
	r.Helper()
	return r.connect(r.nodes[node].ClientOptions(r, user))
}

func (r *reach) connect(o testkit.ClientOptions) *testkit.Client {
	r.Helper()
	c := testkit.NewClient(r, o)
	r.must(c.Dial(r.context()))
	r.must(c.Login(r.context()))
	return c
}

type fields map[string]any

// rest calls a command of the REST API at a node.
func (r *reach) rest(node int, service, command string, request fields) {
	r.Helper()
	r.must(r.nodes[node].REST(r).Call(r.context(), service, command, request, nil))
}

// group makes a group of users, the first of whom owns it, at a node.
func (r *reach) group(node int, id, kind string, users ...string) {
	r.Helper()
	var members []fields
	for _, u := range users {
		r.rest(node, api.AccountService, "account_import", fields{"UserID": u})
		members = append(members, fields{"Member_Account": u})
	}
	request := fields{"GroupId": id, "Type": kind, "Name": id, "Owner_Account": users[0]}
	if len(members) > 1 {
		request["MemberList"] = members[1:]
	}
	r.rest(node, api.GroupService, "create_group", request)
}

func (r *reach) say(c *testkit.Client, group, text string) error {
	_, err := sendToGroup(r.context(), c, groupMessage{GroupID: group, Random: r.random.Add(1), Text: text})
	return err
}

// sayTo says something to a user.
func (r *reach) sayTo(c *testkit.Client, user, text string) error {
	n := r.random.Add(1)
	_, err := sendToUser(r.context(), c, pairMessage{To: user, Seq: int64(n), Random: n, Text: text})
	return err
}

// groupTexts is what a client was told in a group, in the order in which it was told
// it first; it fails the test if that is not the order of MsgSeq.
func (r *reach) groupTexts(c *testkit.Client, group string) []string {
	r.Helper()
	var texts []string
	seen, last := make(map[int64]bool), int64(0)
	for _, e := range c.Events() {
		for _, item := range e.GroupMsgArray() {
			if item.ToGroupID != group || seen[item.MsgSeq] {
				continue
			}
			if item.MsgSeq < last {
				r.Errorf("message %d of %s came after %d", item.MsgSeq, group, last)
			}
			seen[item.MsgSeq], last = true, item.MsgSeq
			texts = append(texts, item.Text())
		}
	}
	return texts
}

// pairTexts is what a client was told by a user, in the order in which it was told it
// first.
func (r *reach) pairTexts(c *testkit.Client, from string) []string {
	var texts []string
	for _, e := range c.Events() {
		for _, item := range e.C2cMsgArray() {
			if text := item.Text(); item.FromAccount == from && !slices.Contains(texts, text) {
				texts = append(texts, text)
			}
		}
	}
	return texts
}

// eventually waits until got returns what is wanted.
func (r *reach) eventually(what string, want []string, got func() []string) {
	r.Helper()
	deadline := time.Now().Add(testkit.Patience)
	for {
		texts := got()
		if slices.Equal(texts, want) {
			return
		}
		if time.Now().After(deadline) {
			r.Fatalf("%s: got %q, want %q", what, texts, want)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// waits returns a push that is wanted, when it comes.
func (r *reach) waits(what string, c *testkit.Client, wanted func(*testkit.Event) bool) *testkit.Event {
	r.Helper()
	e, err := c.WaitPush(r.context(), wanted)
	if err != nil {
		r.Fatalf("%s: %v", what, err)
	}
	return e
}

func sorted(texts []string) []string { return slices.Sorted(slices.Values(texts)) }

// chatter lets each client say something in a group and to the next one, again and
// again, until stop is closed, and returns what was acknowledged by sender.
func (r *reach) chatter(clients map[string]*testkit.Client, group string, pause time.Duration, stop <-chan struct{}) (inGroup, inPair map[string][]string) {
	users := make([]string, 0, len(clients))
	for u := range clients {
		users = append(users, u)
	}
	slices.Sort(users)
	inGroup, inPair = make(map[string][]string), make(map[string][]string)
	var mu sync.Mutex
	var saying sync.WaitGroup
	for i, u := range users {
		next := users[(i+1)%len(users)]
		saying.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				case <-time.After(pause):
				}
				text := fmt.Sprintf("%s %03d", u, n)
				errGroup, errPair := r.say(clients[u], group, text), r.sayTo(clients[u], next, text)
				if errGroup != nil || errPair != nil {
					r.Errorf("%s could not say something: %v, %v", u, errGroup, errPair)
					return
				}
				mu.Lock()
				inGroup[u], inPair[next+" from "+u] = append(inGroup[u], text), append(inPair[next+" from "+u], text)
				mu.Unlock()
			}
		})
	}
	saying.Wait()
	return inGroup, inPair
}

// heardAll checks that every client was told all that the others said, each once, in
// order.
func (r *reach) heardAll(clients map[string]*testkit.Client, group string, inGroup, inPair map[string][]string) {
	r.Helper()
	for u, c := range clients {
		var others []string
		for sender, texts := range inGroup {
			if sender != u {
				others = append(others, texts...)
			}
		}
		r.eventually("what "+u+" was told in the group", sorted(others), func() []string {
			return sorted(slices.DeleteFunc(r.groupTexts(c, group), func(text string) bool { return strings.HasPrefix(text, u+" ") }))
		})
		for to, texts := range inPair {
			user, from, _ := strings.Cut(to, " from ")
			if user == u {
				r.eventually("what "+u+" was told by "+from, texts, func() []string { return r.pairTexts(c, from) })
			}
		}
	}
}

// TestReach: what is done at one node reaches the clients at the others.
func TestReach(t *testing.T) {
	t.Parallel()
	r := newReach(t)
	r.group(0, "g", "Public", "alice", "bob", "carol")
	clients := map[string]*testkit.Client{"alice": r.login(0, "alice"), "bob": r.login(1, "bob"), "carol": r.login(2, "carol")}

	stop := make(chan struct{})
	time.AfterFunc(2*time.Second, func() { close(stop) })
	inGroup, inPair := r.chatter(clients, "g", 80*time.Millisecond, stop)
	r.heardAll(clients, "g", inGroup, inPair)

	// A name changes at one node and shows at another that knew the old one.
	r.rest(1, api.AccountService, "account_import", fields{"UserID": "alice", "Nick": "Alice A."})
	r.must(r.sayTo(clients["alice"], "carol", "with another name"))
	r.waits("the message with the new name", clients["carol"], func(e *testkit.Event) bool {
		return slices.ContainsFunc(e.C2cMsgArray(), func(i testkit.C2cItem) bool { return i.FromAccountNick == "Alice A." })
	})
}

// TestReachOfChanges: memberships, logins and rooms are the same at all nodes.
func TestReachOfChanges(t *testing.T) {
	t.Parallel()
	r := newReach(t)
	r.group(0, "g", "Public", "alice", "bob")
	alice, bob, carol := r.login(0, "alice"), r.login(1, "bob"), r.login(2, "carol")

	// Who joins hears all that is said from then on, wherever.
	r.rest(1, api.GroupService, "add_group_member", fields{"GroupId": "g", "MemberList": []fields{{"Member_Account": "carol"}}})
	for i := range 5 {
		r.must(r.say(alice, "g", fmt.Sprint("welcome ", i)))
	}
	welcome := []string{"welcome 0", "welcome 1", "welcome 2", "welcome 3", "welcome 4"}
	r.eventually("what carol heard", welcome, func() []string { return r.groupTexts(carol, "g") })
	r.rest(2, api.GroupService, "delete_group_member", fields{"GroupId": "g", "MemberToDel_Account": []string{"carol"}})
	r.waits("the removal", carol, func(e *testkit.Event) bool { return e.Event == 5 })
	r.must(r.say(alice, "g", "without carol"))
	r.eventually("what bob heard", append(welcome, "without carol"), func() []string { return r.groupTexts(bob, "g") })
	r.eventually("what carol heard", welcome, func() []string { return r.groupTexts(carol, "g") })

	// A login ends the one at another node.
	again := r.login(2, "bob")
	kick := r.waits("the kick", bob, func(e *testkit.Event) bool { return e.Servcmd == "im_open_status.stat_forceoffline" })
	if notices := kick.C2cNotifyMsgArray(); len(notices) != 1 || notices[0].KickoutMsgNotify == nil {
		t.Errorf("the kick says %s", kick.Raw)
	}
	r.must(r.say(alice, "g", "to the new login"))
	r.eventually("what bob heard", []string{"to the new login"}, func() []string { return r.groupTexts(again, "g") })

	// A client goes on with its session at another node; the first one forgets it.
	moved := testkit.NewClient(t, r.nodes[0].ClientOptions(t, "bob"))
	moved.Resume(again.Session())
	r.must(moved.Reconnect(r.context()))
	if err := again.WaitLost(r.context()); !isClosed(err) {
		t.Errorf("the connection at the first node ended with %v, want a close frame", err)
	}
	r.must(r.sayTo(alice, "bob", "after the move"))
	r.eventually("what bob heard", []string{"after the move"}, func() []string { return r.pairTexts(moved, "alice") })

	// A dismissal is told everywhere.
	r.rest(2, api.GroupService, "destroy_group", fields{"GroupId": "g"})
	for _, c := range []*testkit.Client{alice, moved} {
		r.waits("the dismissal", c, func(e *testkit.Event) bool {
			return slices.ContainsFunc(e.GroupTips(), func(i testkit.GroupItem) bool { return i.Tip().ReportType == 5 })
		})
	}

	// An official account reaches its subscribers at all nodes.
	r.rest(0, api.OfficialService, "create_official_account", fields{"Owner_Account": "alice", "OfficialAccountUserID": "@TOA#_news", "Name": "News"})
	r.rest(1, api.OfficialService, "add_subscriber", fields{"Official_Account": "@TOA#_news", "SubscriberList": []fields{{"Subscriber_Account": "carol"}, {"Subscriber_Account": "bob"}}})
	body, err := api.NewMsgBody(api.TextElem{Text: "news"})
	r.must(err)
	r.rest(1, api.OfficialService, "send_official_account_msg", fields{"Official_Account": "@TOA#_news", "Random": 7, "MsgBody": body})
	r.eventually("what carol heard", []string{"news"}, func() []string { return r.pairTexts(carol, "@TOA#_news") })
	r.eventually("what bob heard", []string{"news"}, func() []string { return r.pairTexts(moved, "@TOA#_news") })
}

// TestReachOfRooms: an AVChatRoom is one on all nodes, for members and visitors.
func TestReachOfRooms(t *testing.T) {
	t.Parallel()
	r := newReach(t)
	r.group(0, "room", "AVChatRoom", "alice")
	alice, bob, carol := r.login(0, "alice"), r.login(1, "bob"), r.login(2, "carol")
	join := func(c *testkit.Client) {
		t.Helper()
		r.must(c.Call(r.context(), "group_open_http_svc.apply_join_group", fields{"GroupId": "room"}, nil))
	}
	join(alice)
	join(bob)
	anonymous := r.nodes[2].ClientOptions(t, "visitor")
	anonymous.UserID, anonymous.UserSig = "", ""
	visitor := testkit.NewClient(t, anonymous)
	r.must(visitor.Dial(r.context()))
	var visit struct {
		LongPollingKey string `json:"LongPollingKey"`
		StartSeq       int64  `json:"StartSeq"`
	}
	r.must(visitor.Call(r.context(), "group_open_http_noauth_svc.apply_join_group", fields{"GroupId": "room"}, &visit))
	for i := range 5 {
		r.must(r.say(alice, "room", fmt.Sprint("alice ", i)))
		r.must(r.say(bob, "room", fmt.Sprint("bob ", i)))
	}
	r.eventually("what bob heard", []string{"alice 0", "alice 1", "alice 2", "alice 3", "alice 4"}, func() []string { return r.groupTexts(bob, "room") })
	r.eventually("what alice heard", []string{"bob 0", "bob 1", "bob 2", "bob 3", "bob 4"}, func() []string { return r.groupTexts(alice, "room") })
	var polled []string
	for deadline := time.Now().Add(testkit.Patience); len(polled) < 10; {
		var answer struct {
			NextSeq    int64               `json:"NextSeq"`
			RspMsgList []testkit.GroupItem `json:"RspMsgList"`
		}
		r.must(visitor.Call(r.context(), "group_open_long_polling_http_noauth_svc.get_msg", fields{"Key": visit.LongPollingKey, "StartSeq": visit.StartSeq}, &answer))
		visit.StartSeq = answer.NextSeq
		for _, item := range answer.RspMsgList {
			if text := item.Text(); text != "" {
				polled = append(polled, text)
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("the visitor heard %q", polled)
		}
	}
	// A member of another node hears from the first message after his entry on.
	join(carol)
	r.must(r.say(alice, "room", "hello carol"))
	r.eventually("what carol heard", []string{"hello carol"}, func() []string { return r.groupTexts(carol, "room") })
	var online struct {
		OnlineMemberNum int `json:"OnlineMemberNum"`
	}
	r.must(alice.Call(r.context(), "group_open_http_svc.get_online_member_num", fields{"GroupId": "room"}, &online))
	if online.OnlineMemberNum != 4 {
		t.Errorf("%d are connected, want alice, bob, carol and the visitor", online.OnlineMemberNum)
	}
}

// TestReachAfterOutages: what is said while NATS is away is told when it is back, to
// clients that stay connected.
func TestReachAfterOutages(t *testing.T) {
	t.Parallel()
	r := newReach(t)
	r.group(0, "g", "Public", "alice", "bob", "carol")
	clients := map[string]*testkit.Client{"alice": r.login(0, "alice"), "bob": r.login(1, "bob"), "carol": r.login(2, "carol")}
	stop := make(chan struct{})
	go func() {
		defer close(stop)
		time.Sleep(time.Second)
		r.nats.Stop(1) // bob's node goes to another server
		time.Sleep(2 * time.Second)
		r.nats.Start(t, 1)
		time.Sleep(2 * time.Second)
		for i := range 3 {
			r.nats.Stop(i)
		}
		time.Sleep(2 * time.Second)
		for i := range 3 {
			r.nats.Start(t, i)
		}
		time.Sleep(2 * time.Second)
	}()
	inGroup, inPair := r.chatter(clients, "g", 100*time.Millisecond, stop)
	r.heardAll(clients, "g", inGroup, inPair)
	caughtUp := 0
	for _, node := range r.nodes {
		caughtUp += r.metric(node, "parley_cluster_messages_caught_up_total")
	}
	if caughtUp == 0 {
		t.Error("nothing had to be read from the database, so the outages were none")
	}
}

func isClosed(err error) bool {
	_, ok := errors.AsType[*testkit.CloseError](err)
	return ok
}

// metric is the value of one of a node's metrics.
func (r *reach) metric(node *testkit.Installation, name string) int {
	r.Helper()
	for line := range strings.Lines(get(r, node.URL()+"/metrics")) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			n, err := strconv.Atoi(strings.TrimSpace(value))
			r.must(err)
			return n
		}
	}
	r.Fatalf("there is no metric %s", name)
	return 0
}
