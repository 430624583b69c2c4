package webhook

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/parley-im/parley/callback"
)

func TestReachAllows(t *testing.T) {
	t.Parallel()
	const (
		public = iota
		loopback
		private
	)
	for addr, kind := range map[string]int{
		"8.8.8.8": public, "172.15.255.255": public, "172.32.0.1": public, "192.167.1.1": public, "11.0.0.1": public, "100.63.0.1": public,
		"100.128.0.1": public, "223.255.255.255": public, "2606:4700::1111": public, "2a00:1450::1": public, "::ffff:8.8.8.8": public,

		"127.0.0.1": loopback, "127.255.0.3": loopback, "::1": loopback, "::ffff:127.0.0.1": loopback, "::1%eth0": loopback,

		"10.0.0.1": private, "172.16.0.1": private, "172.31.255.255": private, "192.168.0.1": private, "169.254.169.254": private,
		"0.0.0.0": private, "0.1.2.3": private, "100.64.0.1": private, "100.100.100.200": private, "192.0.0.170": private, "198.18.0.1": private, "198.19.255.255": private,
		"224.0.0.1": private, "239.1.1.1": private, "240.0.0.1": private, "255.255.255.255": private,
		"::": private, "fe80::1": private, "fe80::1%eth0": private, "fc00::1": private, "fd00:ec2::254": private, "ff02::1": private, "ff01::1": private, "fec0::1": private,
		"::ffff:10.0.0.1": private, "::ffff:169.254.169.254": private, "::10.0.0.1": private, "::127.0.0.1": private, "::ffff:0:10.0.0.1": private,
		"64:ff9b::10.0.0.1": private, "64:ff9b::8.8.8.8": private, "64:ff9b:1::1": private, "2002:a00:1::1": private, "2001::1": private,
	} {
		a := netip.MustParseAddr(addr)
		for reach, most := range map[Reach]int{PublicOnly: public, Loopback: loopback, Anywhere: private} {
			if got, want := reach.allows(a), kind <= most; got != want {
				t.Errorf("%s allows %s: %t, want %t", reach, addr, got, want)
			}
		}
	}
}

// TestGuard calls this machine by all of its names. Nothing must arrive unless
// it is allowed, whatever the name resolves to.
func TestGuard(t *testing.T) {
	t.Parallel()
	called := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		called <- r.Host
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusFound)
		}
	}))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	port := u.Port()
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.0.1.", "0.0.0.0", "[::]"} {
		a := newApp(testApp, "http://"+host+":"+port+"/")
		a.Webhook.Timeout = 2 * time.Second
		c := newClient(Options{Reach: PublicOnly, Clock: time.Now}, 1)
		r := c.call(t.Context(), a, callback.Delivery{Query: query(a, testCommand, "", ""), EventID: "x"}, a.Webhook.Timeout)
		_, refused := errors.AsType[*PrivateAddressError](r.err)
		if r.err == nil || len(called) > 0 {
			t.Errorf("%s: the call arrived", host)
		}
		// Names in other notations may be unknown here, which is as good.
		if (host == "127.0.0.1" || host == "localhost" || host == "[::ffff:127.0.0.1]") && (!refused || !ofEndpoint(r.err)) {
			t.Errorf("%s: got %v, want it refused as private", host, r.err)
		}
		c.close()
	}

	// The app's own switch.
	a := newApp(testApp, server.URL+"/away")
	a.Settings.PrivateAddresses = true
	c := newClient(Options{Reach: PublicOnly, Clock: time.Now}, 1)
	t.Cleanup(c.close)
	r := c.call(t.Context(), a, callback.Delivery{Query: query(a, testCommand, "", ""), EventID: "x"}, time.Second)
	if r.status != http.StatusFound || len(called) != 1 {
		t.Errorf("got status %d after %d calls, want 302 and the redirect not followed", r.status, len(called))
	}
}
