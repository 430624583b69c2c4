package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"
)

// phase is how far a call came.
type phase int

const (
	phaseConnect phase = iota
	phaseBody
)

// callError is a call that brought no complete answer.
type callError struct {
	phase   phase
	timeout time.Duration
	err     error
}

// Error explains the failure in plain words.
func (e *callError) Error() string { return explain(e) }

// Unwrap returns what the network said.
func (e *callError) Unwrap() error { return e.err }

// statusError is an answer other than 200.
type statusError struct {
	status   int
	location string
}

// Error explains the answer in plain words.
func (e *statusError) Error() string {
	text := strings.TrimRight(fmt.Sprintf("the receiver answered HTTP %d %s", e.status, http.StatusText(e.status)), " ") + " instead of 200"
	if e.status >= 300 && e.status < 400 {
		text += "; redirects are not followed"
	}
	if to := withoutQuery(e.location); to != "" {
		text += ", set the URL to where this one leads: " + to
	}
	return text
}

// withoutQuery is a redirect's target without what it repeats of the call, which
// carries a signature. It is empty for targets that are no absolute URL.
func withoutQuery(location string) string {
	const most = 200
	u, err := url.Parse(location)
	if err != nil || u.Host == "" {
		return ""
	}
	to := (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
	if len(to) > most {
		return ""
	}
	return to
}

var (
	errReplyTooLarge = errors.New("the receiver's reply is larger than 256 KiB")
	errNoObject      = errors.New("the receiver answered 200 but its body is no JSON object; it should be like {\"ActionStatus\":\"OK\",\"ErrorInfo\":\"\",\"ErrorCode\":0}")
)

// explain turns the errors of a call into words that tell an operator what to
// look at. What a receiver sent is not in them: it may repeat the call, and with
// it the signature.
func explain(e *callError) string {
	if private, ok := errors.AsType[*PrivateAddressError](e.err); ok {
		return private.Error()
	}
	if dns, ok := errors.AsType[*net.DNSError](e.err); ok {
		return explainDNS(dns)
	}
	if text := explainTLS(e.err); text != "" {
		return text
	}
	switch {
	case isTimeout(e.err) && e.phase == phaseBody:
		return fmt.Sprintf("the receiver sent its headers but not its whole body within %s", e.timeout)
	case isTimeout(e.err):
		return fmt.Sprintf("the receiver did not answer within %s", e.timeout)
	case errors.Is(e.err, context.Canceled):
		return "the call was broken off before the receiver had answered"
	case errors.Is(e.err, syscall.ECONNREFUSED):
		return "connection refused: nothing listens at that address and port"
	case isClosed(e.err):
		return "the receiver closed the connection before it had answered"
	case errors.Is(e.err, syscall.EHOSTUNREACH), errors.Is(e.err, syscall.ENETUNREACH):
		return "there is no route to the receiver's address"
	case strings.Contains(e.err.Error(), "response headers exceeded"): // the transport has no other sign
		return fmt.Sprintf("the receiver's headers are larger than %d KiB", maxReplyHeader>>10)
	}
	if network, ok := errors.AsType[*net.OpError](e.err); ok {
		return "calling the receiver failed: " + network.Error()
	}
	return "what the receiver sent is no valid HTTP; does the URL lead to a web server, and is it meant to begin with https:// ?"
}

func explainDNS(e *net.DNSError) string {
	switch {
	case e.IsNotFound:
		return fmt.Sprintf("the host name %s is not known to DNS", e.Name)
	case e.IsTimeout:
		return fmt.Sprintf("DNS did not answer for %s", e.Name)
	}
	return fmt.Sprintf("the host name %s could not be resolved: %s", e.Name, e.Err)
}

func explainTLS(err error) string {
	if unknown, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "TLS: the receiver's certificate is signed by an authority that is not trusted here: " + unknown.Error()
	}
	if host, ok := errors.AsType[x509.HostnameError](err); ok {
		return "TLS: the receiver's certificate is for another host: " + host.Error()
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		return "TLS: the receiver's certificate is not valid: " + invalid.Error()
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "TLS: the receiver does not speak TLS on that port; is the URL meant to begin with http:// ?"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "TLS: the receiver's certificate could not be verified: " + err.Error()
	}
	if alert, ok := errors.AsType[tls.AlertError](err); ok {
		return "TLS: the receiver refused the handshake: " + alert.Error()
	}
	if text, ok := strings.CutPrefix(err.Error(), "tls: "); ok { // which have no type
		return "TLS: the handshake failed: " + text
	}
	return ""
}

func isClosed(err error) bool {
	for _, target := range []error{syscall.ECONNRESET, syscall.EPIPE, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, target) {
			return true
		}
	}
	return strings.HasSuffix(err.Error(), "server closed idle connection") // the transport has no other sign
}

func isTimeout(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return true
	}
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// ofEndpoint reports whether a failure speaks of the endpoint as a whole rather
// than of the event that met it: no connection, no name, no trust.
func ofEndpoint(err error) bool {
	call, ok := errors.AsType[*callError](err)
	if !ok || call.phase == phaseBody || isTimeout(call.err) {
		return false
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*PrivateAddressError](err); ok {
		return true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return explainTLS(call.err) != "" || (ok && op.Op == "dial")
}

// printableText keeps foreign bytes from disturbing logs and terminals.
func printableText(b []byte) string {
	text := strings.ToValidUTF8(string(b), string(utf8.RuneError))
	return strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\n' && r != '\t' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}
