package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryFieldHasARow(t *testing.T) {
	t.Parallel()
	if got, want := len(settings), reflect.TypeFor[Config]().NumField(); got != want {
		t.Errorf("the table has %d rows, Config %d fields", got, want)
	}
	names := map[string]bool{}
	for _, s := range settings {
		if names[s.name] || s.doc == "" || !strings.HasSuffix(s.doc, ".") {
			t.Errorf("%s: not unique, or its documentation is no sentence", s.name)
		}
		names[s.name] = true
	}
}

func TestDefaultsPassTheirChecks(t *testing.T) {
	t.Parallel()
	for _, s := range settings {
		c := Default()
		if err := s.set(&c, s.get(c)); err != nil {
			t.Errorf("%s: %s", s.name, s.problem(s.get(c), err))
		}
		if diff := cmp.Diff(c, Default(), cmp.Comparer(samePrefix)); diff != "" {
			t.Errorf("%s (-got +want):\n%s", s.name, diff)
		}
	}
}

func TestListensOnLoopback(t *testing.T) {
	t.Parallel()
	tests := []struct {
		listen string
		want   bool
	}{
		{"127.0.0.1:8080", true},
		{"127.8.9.1:0", true},
		{"localhost:8080", true},
		{"[::1]:8080", true},
		{"[::ffff:127.0.0.1]:8080", true},
		{":8080", false},
		{"0.0.0.0:8080", false},
		{"[::]:8080", false},
		{"192.168.1.1:8080", false},
		{"localhost.example.com:8080", false},
		{"nonsense", false},
	}
	for _, test := range tests {
		if got := (Config{Listen: test.listen}).ListensOnLoopback(); got != test.want {
			t.Errorf("%s: got %t, want %t", test.listen, got, test.want)
		}
	}
}

func TestInboxEnabled(t *testing.T) {
	t.Parallel()
	tests := []struct {
		mode   InboxMode
		listen string
		want   bool
	}{
		{InboxAuto, "127.0.0.1:8080", true},
		{InboxAuto, ":8080", false},
		{InboxOn, ":8080", true},
		{InboxOff, "127.0.0.1:8080", false},
	}
	for _, test := range tests {
		if got := (Config{Inbox: test.mode, Listen: test.listen}).InboxEnabled(); got != test.want {
			t.Errorf("%s on %s: got %t, want %t", test.mode, test.listen, got, test.want)
		}
		if got, want := (Config{Inbox: test.mode}).InboxLocalOnly(), test.mode == InboxAuto; got != want {
			t.Errorf("%s: local only: got %t, want %t", test.mode, got, want)
		}
	}
}

func TestWebhookAddresses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		policy AddressPolicy
		dev    bool
		listen string
		want   AddressPolicy
	}{
		{AddressesAuto, false, "127.0.0.1:8080", AddressesLoopback},
		{AddressesAuto, false, ":8080", AddressesDeny},
		{AddressesAuto, true, ":8080", AddressesAllow},
		{AddressesDeny, true, "127.0.0.1:8080", AddressesDeny},
		{AddressesAllow, false, ":8080", AddressesAllow},
		{AddressesLoopback, true, ":8080", AddressesLoopback},
	}
	for _, test := range tests {
		c := Config{WebhookPrivateAddresses: test.policy, Dev: test.dev, Listen: test.listen}
		if got := c.WebhookAddresses(); got != test.want {
			t.Errorf("%+v: got %s, want %s", test, got, test.want)
		}
	}
}

func TestTrustsProxy(t *testing.T) {
	t.Parallel()
	c, err := Load(nil, []string{"PARLEY_TRUSTED_PROXIES=10.0.0.0/8,fe80::/10,::ffff:192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		addr string
		want bool
	}{
		{"10.1.2.3", true},
		{"::ffff:10.1.2.3", true},
		{"192.0.2.1", true},
		{"192.0.2.2", false},
		{"fe80::1%eth0", true},
		{"2001:db8::1", false},
	}
	for _, test := range tests {
		if got := c.TrustsProxy(netip.MustParseAddr(test.addr)); got != test.want {
			t.Errorf("%s: got %t, want %t", test.addr, got, test.want)
		}
	}
	if Default().TrustsProxy(netip.MustParseAddr("127.0.0.1")) {
		t.Error("by default a proxy is trusted")
	}
}

func TestWebhookRootCAs(t *testing.T) {
	t.Parallel()
	if pool, err := Default().WebhookRootCAs(); pool != nil || err != nil {
		t.Errorf("without a file: got %v, %v, want nil", pool, err)
	}
	if pool, err := (Config{WebhookCAFile: "testdata/ca.pem"}).WebhookRootCAs(); pool == nil || err != nil {
		t.Errorf("with a file: got %v, %v, want a pool", pool, err)
	}
	if _, err := (Config{WebhookCAFile: "testdata/none.pem"}).WebhookRootCAs(); err == nil {
		t.Error("with a file that vanished: no error")
	}
}

func TestSecretIsNotShown(t *testing.T) {
	t.Parallel()
	c := Config{AdminToken: "sesame"}
	var b strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&b, verb+"\n", c)
		fmt.Fprintf(&b, verb+"\n", c.AdminToken)
	}
	log := slog.New(slog.NewTextHandler(&b, nil))
	log.Info("config", "admin_token", c.AdminToken, "config", c)
	if err := json.NewEncoder(&b).Encode(c); err != nil { //nolint:musttag // nobody prepared it for JSON
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "sesame") || strings.Contains(b.String(), "736573616d65") {
		t.Errorf("the secret shows in:\n%s", b.String())
	}
	if got := c.AdminToken.Reveal(); got != "sesame" {
		t.Errorf("revealed: got %q", got)
	}
}
