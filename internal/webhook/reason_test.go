package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestReason(t *testing.T) {
	t.Parallel()
	dial := func(err error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", err)}
	}
	leak := "token=" + testToken + " Sign=" + strings.Repeat("0", 64)
	for name, test := range map[string]struct {
		err  error
		want string
		all  bool
	}{
		"unknown name": {
			&net.OpError{Op: "dial", Err: &net.DNSError{Name: "nowhere.example", Err: "no such host", IsNotFound: true}},
			"the host name nowhere.example is not known to DNS", true,
		},
		"silent DNS": {
			&net.OpError{Op: "dial", Err: &net.DNSError{Name: "nowhere.example", Err: "timeout", IsTimeout: true}},
			"DNS did not answer for nowhere.example", false,
		},
		"broken DNS": {
			&net.OpError{Op: "dial", Err: &net.DNSError{Name: "nowhere.example", Err: "server misbehaving", IsTemporary: true}},
			"the host name nowhere.example could not be resolved: server misbehaving", true,
		},
		"refused":             {dial(syscall.ECONNREFUSED), "connection refused: nothing listens at that address and port", true},
		"no route":            {dial(syscall.EHOSTUNREACH), "there is no route to the receiver's address", true},
		"no network":          {dial(syscall.ENETUNREACH), "there is no route to the receiver's address", true},
		"no files":            {dial(syscall.EMFILE), "calling the receiver failed: dial tcp: connect: too many open files", true},
		"reset":               {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, "the receiver closed the connection before it had answered", false},
		"broken pipe":         {&net.OpError{Op: "write", Err: syscall.EPIPE}, "the receiver closed the connection before it had answered", false},
		"closed while idle":   {errors.New("http: server closed idle connection"), "the receiver closed the connection before it had answered", false},
		"deadline":            {context.DeadlineExceeded, "the receiver did not answer within 2s", false},
		"silent host":         {&net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}, "the receiver did not answer within 2s", false},
		"the caller has left": {context.Canceled, "the call was broken off before the receiver had answered", false},
		"expired certificate": {
			&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}},
			"TLS: the receiver's certificate is not valid: x509: certificate has expired or is not yet valid: ", true,
		},
		"bad certificate": {
			&tls.CertificateVerificationError{Err: errors.New("x509: cannot validate")},
			"TLS: the receiver's certificate could not be verified: tls: failed to verify certificate: x509: cannot validate", true,
		},
		"refused handshake": {
			&net.OpError{Op: "remote error", Err: tls.AlertError(40)},
			"TLS: the receiver refused the handshake: tls: handshake failure", true,
		},
		"old TLS":           {errors.New("tls: server selected unsupported protocol version 301"), "TLS: the handshake failed: server selected unsupported protocol version 301", true},
		"repeated request":  {fmt.Errorf("net/http: HTTP/1.x transport connection broken: malformed HTTP response %q", leak), "what the receiver sent is no valid HTTP; does the URL lead to a web server, and is it meant to begin with https:// ?", false},
		"anything else":     {errors.New(leak), "what the receiver sent is no valid HTTP; does the URL lead to a web server, and is it meant to begin with https:// ?", false},
		"address in an URL": {&url.Error{Op: "Post", URL: "http://x?" + leak, Err: context.DeadlineExceeded}, "the receiver did not answer within 2s", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &callError{phase: phaseConnect, timeout: 2 * time.Second, err: test.err}
			if got := e.Error(); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			if got := ofEndpoint(e); got != test.all {
				t.Errorf("the failure speaks of the endpoint as a whole: %t, want %t", got, test.all)
			}
			if !errors.Is(e, test.err) {
				t.Error("the cause is lost")
			}
			for _, secret := range secrets() {
				if strings.Contains(e.Error(), secret) {
					t.Errorf("the reason contains the secret %q", secret)
				}
			}
		})
	}
}

func TestPrintableText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                       "",
		"plain\ttext\n":          "plain\ttext\n",
		"\x1b[31mred\x00\x7f":    " [31mred  ",
		"half a letter \xe4\xb8": "half a letter \ufffd",
		"中":                      "中",
	} {
		if got := printableText([]byte(in)); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
