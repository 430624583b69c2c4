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
	text := fmt.Sprintf("the receiver answered HTTP %d %s instead of 200", e.status, http.StatusText(e.status))
	if e.status >= 300 && e.status < 400 && e.location != "" {
		const most = 200
		return text + "; redirects are not followed, set the URL to " + printableText([]byte(e.location[:min(len(e.location), most)]))
	}
	return text
}

var (
	errReplyTooLarge = errors.New("the receiver's reply is larger than 256 KiB")
	errNoObject      = errors.New("the receiver answered 200 but its body is no JSON object; it should be like {\"ActionStatus\":\"OK\",\"ErrorInfo\":\"\",\"ErrorCode\":0}")
)

// explain turns the errors of a call into words that tell an operator what to
// look at.
func explain(e *callError) string {
	if private, ok := errors.AsType[*PrivateAddressError](e.err); ok {
		return private.Error()
	}
	if dns, ok := errors.AsType[*net.DNSError](e.err); ok {
		if dns.IsNotFound {
			return fmt.Sprintf("the host name %s is not known to DNS", dns.Name)
		}
		if !dns.IsTimeout {
			return fmt.Sprintf("the host name %s could not be resolved: %s", dns.Name, dns.Err)
		}
		return fmt.Sprintf("DNS did not answer for %s", dns.Name)
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
		return "the call was broken off because the server is shutting down"
	case errors.Is(e.err, syscall.ECONNREFUSED):
		return "connection refused: nothing listens at that address and port"
	case errors.Is(e.err, syscall.ECONNRESET), errors.Is(e.err, syscall.EPIPE), errors.Is(e.err, io.EOF), errors.Is(e.err, io.ErrUnexpectedEOF):
		return "the receiver closed the connection before it had answered"
	case errors.Is(e.err, syscall.EHOSTUNREACH), errors.Is(e.err, syscall.ENETUNREACH):
		return "there is no route to the receiver's address"
	case e.phase == phaseBody:
		return "reading the receiver's answer failed: " + printableText([]byte(e.err.Error()))
	}
	return "calling the receiver failed: " + printableText([]byte(e.err.Error()))
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
	return ""
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
