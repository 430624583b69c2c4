package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/console"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/console/inbox"
	"github.com/parley-im/parley/internal/testkit"
	"github.com/parley-im/parley/usersig"
)

// restCommand is the command "rest" of the stories:
//
//	rest [-app ID] [-as USER] SERVICE/COMMAND REQUEST
//	rest -times N SERVICE/COMMAND REQUEST
//
// It calls the REST API of the server on $PARLEY_DATA with a request in JSON and
// prints the answer. A refusal goes to standard error, and the exit code is 1.
// With -times, it makes N calls one right after the other, in whose requests $N
// is their number, and prints answers and refusals alike.
func restCommand() {
	app := flag.Int64("app", testkit.SDKAppID, "SDKAppID")
	as := flag.String("as", testkit.Administrator, "UserID of the caller")
	times := flag.Int("times", 0, "number of calls")
	flag.Parse()
	if flag.NArg() != 2 {
		fail(errors.New("usage: rest [-app ID] [-as USER] SERVICE/COMMAND REQUEST"))
	}
	service, command, _ := strings.Cut(flag.Arg(0), "/")
	file, err := console.ReadFile(os.Getenv("PARLEY_DATA"))
	fail(err)
	ctx, cancel := context.WithTimeout(context.Background(), testkit.Patience)
	defer cancel()
	found, err := (&client.Client{BaseURL: file.URL, Token: file.Token}).GetApp(ctx, *app)
	fail(err)
	sig, err := usersig.Generate(found.SecretKey, usersig.Claims{SDKAppID: *app, UserID: *as, IssuedAt: time.Now(), Expire: time.Hour})
	fail(err)
	rest := &api.Client{BaseURL: file.URL, SDKAppID: *app, Identifier: *as, UserSig: api.FixedUserSig(sig)}
	call := func(request string) error {
		var answer json.RawMessage
		err := rest.Call(ctx, service, command, json.RawMessage(request), &answer)
		if err == nil {
			fmt.Println(string(answer))
		}
		return err
	}
	if *times == 0 {
		fail(call(flag.Arg(1)))
	}
	for n := range *times {
		if err := call(strings.ReplaceAll(flag.Arg(1), "$N", strconv.Itoa(n+1000))); err != nil {
			fmt.Println(err)
		}
	}
}

// inboxCommand is the command "inbox" of the stories:
//
//	inbox NAME [COUNT]
//
// It prints the webhooks that arrived in an inbox of the server on $PARLEY_DATA,
// one a line: command, event ID, attempt, verdict on the signatures, and body.
// With a COUNT it waits until there are as many.
func inboxCommand() {
	flag.Parse()
	name, count := flag.Arg(0), 0
	if flag.NArg() > 1 {
		var err error
		count, err = strconv.Atoi(flag.Arg(1))
		fail(err)
	}
	file, err := console.ReadFile(os.Getenv("PARLEY_DATA"))
	fail(err)
	ctx, cancel := context.WithTimeout(context.Background(), testkit.Patience)
	defer cancel()
	for {
		entries, err := readInbox(ctx, file.URL, name)
		fail(err)
		if len(entries) < count && kept(ctx, 20*time.Millisecond) {
			continue
		}
		for _, e := range entries {
			fmt.Println(e.Command, e.EventID, "attempt="+e.Attempt, e.Signature.Verdict, strings.TrimSpace(e.Body))
		}
		if len(entries) < count {
			fail(fmt.Errorf("%d webhooks arrived, want %d", len(entries), count))
		}
		return
	}
}

func readInbox(ctx context.Context, server, name string) ([]inbox.Entry, error) {
	address := server + "/inbox/" + url.PathEscape(name) + "?format=json&limit=1000"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	var listing inbox.Listing
	if err := json.Unmarshal(body, &listing); err != nil {
		return nil, fmt.Errorf("inbox %s: %w: %s", name, err, body)
	}
	return listing.Requests, nil
}

// fail ends the command if there is an error.
func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
