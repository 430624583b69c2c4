package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"
)

// certificateCheck is how often the certificate's files are looked at, at most.
const certificateCheck = time.Second

// listenTLS opens the second address, if there is one.
func (s *Server) listenTLS(ctx context.Context) error {
	if s.cfg.TLSListen == "" {
		return nil
	}
	if s.cfg.TLSCertFile == "" || s.cfg.TLSKeyFile == "" {
		return errors.New("tls_listen needs tls_cert_file and tls_key_file")
	}
	c := &certificate{certFile: s.cfg.TLSCertFile, keyFile: s.cfg.TLSKeyFile, log: s.log}
	if err := c.load(); err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.cfg.TLSListen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", s.cfg.TLSListen, err)
	}
	s.secure = tls.NewListener(l, &tls.Config{
		MinVersion: tls.VersionTLS12, GetCertificate: c.get,
		NextProtos: []string{"http/1.1"}, // the WebSocket handshake needs it
	})
	return nil
}

// certificate is read anew when its files change, so that it can be renewed
// without a restart.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu      sync.Mutex // guards all below
	current *tls.Certificate
	changed time.Time // the newer of the files' times
	checked time.Time
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.checked) < certificateCheck {
		return c.current, nil
	}
	c.checked = time.Now()
	if changed := c.filesTime(); changed.IsZero() || changed.Equal(c.changed) {
		return c.current, nil
	}
	// Files that are being replaced may not fit together for a moment.
	if err := c.read(); err != nil {
		c.log.Error("the TLS certificate could not be read again, the old one is used", "file", c.certFile, "error", err)
	}
	return c.current, nil
}

func (c *certificate) load() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read()
}

// read reads the files. c.mu is held.
func (c *certificate) read() error {
	changed := c.filesTime()
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("read tls_cert_file and tls_key_file: %w", err)
	}
	c.current, c.changed = &pair, changed
	return nil
}

// filesTime is when the files changed last; zero if they cannot be seen.
func (c *certificate) filesTime() time.Time {
	var newest time.Time
	for _, name := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return time.Time{}
		}
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	return newest
}
