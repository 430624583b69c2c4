package webhook

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
)

// shortTimeout is the timeout of calls that are to run into it.
const shortTimeout = 250 * time.Millisecond

// socket listens, and lets misbehave answer each connection when the head of a
// request has come. It returns its address.
func socket(tb testing.TB, misbehave func(conn net.Conn, head string)) string {
	tb.Helper()
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = listener.Close() }) // the test is over
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }() // either way
				in := bufio.NewReader(conn)
				head := ""
				for !strings.HasSuffix(head, "\r\n\r\n") {
					line, err := in.ReadString('\n')
					if err != nil {
						return
					}
					head += line
				}
				misbehave(buffered{conn, in}, head)
			}()
		}
	}()
	return listener.Addr().String()
}

// buffered is a connection of which some was read already.
type buffered struct {
	net.Conn
	in *bufio.Reader
}

// Read reads on.
func (b buffered) Read(p []byte) (int, error) { return b.in.Read(p) }

// say answers with text and waits until the caller leaves.
func say(text string) func(net.Conn, string) {
	return func(conn net.Conn, _ string) {
		_, _ = io.WriteString(conn, text) // the caller may have left
		_, _ = io.Copy(io.Discard, conn)  // until it leaves
	}
}

// repeat says text over and over.
func repeat(first, text string) func(net.Conn, string) {
	return func(conn net.Conn, _ string) {
		_, err := io.WriteString(conn, first)
		for err == nil {
			_, err = io.WriteString(conn, text)
		}
	}
}

const okHead = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

func TestMisbehaviour(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(nil)
	closed.Close()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "https://user:pass@elsewhere.example/hook?"+r.URL.RawQuery, http.StatusFound)
		case "/relative":
			w.Header().Set("Location", "/hook?"+r.URL.RawQuery)
			w.WriteHeader(http.StatusPermanentRedirect)
		case "/500":
			http.Error(w, "no", http.StatusInternalServerError)
		case "/599":
			w.WriteHeader(599)
		case "/204":
			w.WriteHeader(http.StatusNoContent)
		case "/text":
			_, _ = io.WriteString(w, "success") // the caller waits for it
		case "/slow":
			time.Sleep(50 * time.Millisecond)
			_, _ = io.WriteString(w, "\ufeff{}") // the caller waits for it
		default:
			_, _ = io.WriteString(w, allOK) // the caller waits for it
		}
	})
	plain := httptest.NewServer(handler)
	t.Cleanup(plain.Close)
	unknown := httptest.NewUnstartedServer(handler)
	unknown.Config.ErrorLog = log.New(io.Discard, "", 0)
	unknown.StartTLS()
	t.Cleanup(unknown.Close)
	otherHost, roots := otherHostServer(t, handler)

	for name, test := range map[string]struct {
		url    string
		status int
		want   string // the reason; "" means that all is well
		all    bool   // the failure speaks of the endpoint as a whole
	}{
		"fine":                  {url: plain.URL, status: 200},
		"slow":                  {url: plain.URL + "/slow", status: 200},
		"nothing listens":       {url: closed.URL, want: "connection refused: nothing listens at that address and port", all: true},
		"500":                   {url: plain.URL + "/500", status: 500, want: "the receiver answered HTTP 500 Internal Server Error instead of 200"},
		"a code without a name": {url: plain.URL + "/599", status: 599, want: "the receiver answered HTTP 599 instead of 200"},
		"204":                   {url: plain.URL + "/204", status: 204, want: "the receiver answered HTTP 204 No Content instead of 200"},
		"redirect": {
			url: plain.URL + "/moved", status: 302,
			want: "the receiver answered HTTP 302 Found instead of 200; redirects are not followed, set the URL to where this one leads: https://elsewhere.example/hook",
		},
		"relative redirect": {
			url: plain.URL + "/relative", status: 308,
			want: "the receiver answered HTTP 308 Permanent Redirect instead of 200; redirects are not followed",
		},
		"no JSON": {
			url: plain.URL + "/text", status: 200,
			want: `the receiver answered 200 but its body is no JSON object; it should be like {"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`,
		},
		"silence": {url: "http://" + socket(t, say("")), want: "the receiver did not answer within 250ms"},
		"silence after headers": {
			url: "http://" + socket(t, say(okHead+"Content-Length: 50\r\n\r\n{")), status: 200,
			want: "the receiver sent its headers but not its whole body within 250ms",
		},
		"silence after the headers of an error": {
			url: "http://" + socket(t, say("HTTP/1.1 503 Busy\r\nContent-Length: 50\r\n\r\n{")), status: 503,
			want: "the receiver answered HTTP 503 Service Unavailable instead of 200",
		},
		"endless body": {
			url: "http://" + socket(t, repeat(okHead+"\r\n", "{\"a\":1}         ")), status: 200,
			want: "the receiver's reply is larger than 256 KiB",
		},
		"huge headers": {
			url:  "http://" + socket(t, repeat(okHead, "X-Filler: "+strings.Repeat("x", 1000)+"\r\n")),
			want: "the receiver's headers are larger than 64 KiB",
		},
		"endless interim answers": {
			url:  "http://" + socket(t, repeat("", "HTTP/1.1 103 Early Hints\r\n\r\n")),
			want: "the receiver's headers are larger than 64 KiB",
		},
		"garbage": {
			url:  "http://" + socket(t, say("220 smtp.example ESMTP\r\n")),
			want: "what the receiver sent is no valid HTTP; does the URL lead to a web server, and is it meant to begin with https:// ?",
		},
		"echo": {
			url:  "http://" + socket(t, func(conn net.Conn, head string) { say(head)(conn, head) }),
			want: "what the receiver sent is no valid HTTP; does the URL lead to a web server, and is it meant to begin with https:// ?",
		},
		"echo in a header": {
			url: "http://" + socket(t, func(conn net.Conn, head string) {
				say("HTTP/1.1 200 OK\r\nContent-Length: "+strings.ReplaceAll(head, "\r\n", " ")+"\r\n\r\n")(conn, head)
			}),
			want: "what the receiver sent is no valid HTTP; does the URL lead to a web server, and is it meant to begin with https:// ?",
		},
		"bad chunks": {
			url: "http://" + socket(t, say(okHead+"Transfer-Encoding: chunked\r\n\r\nbad\n")), status: 200,
			want: "what the receiver sent is no valid HTTP; does the URL lead to a web server, and is it meant to begin with https:// ?",
		},
		"closed at once": {
			url:  "http://" + socket(t, func(net.Conn, string) {}),
			want: "the receiver closed the connection before it had answered",
		},
		"closed within the headers": {
			url:  "http://" + socket(t, func(conn net.Conn, _ string) { _, _ = io.WriteString(conn, okHead) }),
			want: "the receiver closed the connection before it had answered",
		},
		"closed within the body": {
			url: "http://" + socket(t, func(conn net.Conn, _ string) { _, _ = io.WriteString(conn, okHead+"Content-Length: 50\r\n\r\n{") }), status: 200,
			want: "the receiver closed the connection before it had answered",
		},
		"unknown authority": {
			url:  unknown.URL,
			want: "TLS: the receiver's certificate is signed by an authority that is not trusted here: x509: certificate signed by unknown authority", all: true,
		},
		"certificate of another host": {
			url:  strings.Replace(otherHost, "127.0.0.1", "localhost", 1),
			want: "TLS: the receiver's certificate is for another host: x509: certificate is valid for elsewhere.example, not localhost", all: true,
		},
		"https to a plain port": {
			url:  strings.Replace(plain.URL, "http", "https", 1),
			want: "TLS: the receiver does not speak TLS on that port; is the URL meant to begin with http:// ?", all: true,
		},
		"http to a TLS port": {
			url: strings.Replace(unknown.URL, "https", "http", 1), status: 400,
			want: "the receiver answered HTTP 400 Bad Request instead of 200",
		},
		"a private address": {
			url:  "http://10.1.2.3/",
			want: `the address 10.1.2.3 is private; allow it with "parley app set --private-addresses" for this app, or for all with the setting webhook_private_addresses`, all: true,
		},
		"no URL": {url: "ftp://x", want: "the webhook URL must begin with http:// or https://"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &Dispatcher{client: newClient(Options{Reach: Loopback, Roots: roots, Clock: time.Now}, 4), clock: time.Now}
			t.Cleanup(d.client.close)
			a := newApp(testApp, test.url)
			a.Webhook.Timeout = chat.MaxWebhookTimeout
			if strings.HasPrefix(name, "silence") {
				a.Webhook.Timeout = shortTimeout
			}
			began := time.Now()
			got, err := d.Check(t.Context(), a, test.url)
			if err != nil {
				t.Fatalf("check: %v", err)
			}
			if took := time.Since(began); took > a.Webhook.Timeout+2*time.Second {
				t.Errorf("the call took %s", took)
			}
			if got.OK != (test.want == "") || (!got.OK && got.Explanation != test.want) {
				t.Errorf("got %t, %q\nwant %q", got.OK, got.Explanation, test.want)
			}
			if got.Status != test.status {
				t.Errorf("got status %d, want %d", got.Status, test.status)
			}
			if len(got.Reply) > 3*maxLoggedReply {
				t.Errorf("%d bytes of the reply are kept", len(got.Reply))
			}
			for _, secret := range secrets() {
				if strings.Contains(got.Explanation, secret) {
					t.Errorf("the reason contains the secret %q", secret)
				}
			}
			r := d.client.call(t.Context(), a, callback.Delivery{Query: query(a, testCommand, "", ""), EventID: "x"}, a.Webhook.Timeout)
			if got := r.err != nil && ofEndpoint(r.err); got != test.all {
				t.Errorf("the failure speaks of the endpoint as a whole: %t, want %t", got, test.all)
			}
		})
	}
}

// otherHostServer has a certificate of a trusted authority, but for another host.
func otherHostServer(t *testing.T, handler http.Handler) (string, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "elsewhere.example"}, DNSNames: []string{"elsewhere.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL, roots
}

// TestIdleConnectionClosed lets a receiver close connections after each answer
// without saying so. Calls that meet such a connection are not failures.
func TestIdleConnectionClosed(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	address := socket(t, func(conn net.Conn, _ string) {
		calls.Add(1)
		_, _ = io.WriteString(conn, okHead+"Content-Length: 50\r\n\r\n"+allOK) // the caller waits for it
		// A second request on the connection is read and not answered.
		_, _ = io.ReadAtLeast(conn, make([]byte, 1000), 10) // either way
	})
	c := newClient(Options{Reach: Loopback, Clock: time.Now}, 4)
	t.Cleanup(c.close)
	for name, mode := range map[string]chat.DeliveryMode{"retry": chat.ModeRetry, "once": chat.ModeOnce} {
		a := newApp(testApp, "http://"+address)
		a.Webhook.Mode = mode
		failed := 0
		for range 6 {
			r := c.call(t.Context(), a, callback.Delivery{Query: query(a, testCommand, "", ""), EventID: "x", Body: []byte("{}")}, chat.MaxWebhookTimeout)
			if r.err != nil {
				failed++
			}
		}
		if want := map[string]int{"retry": 0, "once": 3}[name]; failed != want {
			t.Errorf("%s: %d calls of 6 failed, want %d", name, failed, want)
		}
	}
}

// TestCheckBrokenOff lets the one who asks for a check leave.
func TestCheckBrokenOff(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	a := newApp(testApp, "http://"+socket(t, func(conn net.Conn, head string) {
		cancel()
		say("")(conn, head)
	}))
	d := &Dispatcher{client: newClient(Options{Reach: Loopback, Clock: time.Now}, 4), clock: time.Now}
	if _, err := d.Check(ctx, a, a.Webhook.URL); err == nil {
		t.Error("no error")
	}
}
