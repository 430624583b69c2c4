package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestCertificateIsReadAgain: new connections get the certificate that is in the
// files, or the last one that was right.
func TestCertificateIsReadAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := &certificate{certFile: filepath.Join(dir, "cert.pem"), keyFile: filepath.Join(dir, "key.pem"), log: slog.New(slog.DiscardHandler)}
	if err := c.load(); err == nil {
		t.Fatal("loaded without files")
	}
	written := time.Now().Add(-time.Hour)
	put := func(name string) {
		t.Helper()
		written = written.Add(time.Second)
		writeCertificate(t, c, name, written)
		c.checked = time.Time{} // as if the files had not been looked at for long
	}
	put("first.test")
	if err := c.load(); err != nil {
		t.Fatal(err)
	}
	serves(t, c, "first.test")
	put("second.test")
	serves(t, c, "second.test")
	if err := os.WriteFile(c.certFile, []byte("half a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.checked = time.Time{}
	serves(t, c, "second.test")
	put("third.test")
	serves(t, c, "third.test")
	if err := os.Remove(c.keyFile); err != nil {
		t.Fatal(err)
	}
	c.checked = time.Time{}
	serves(t, c, "third.test")
}

func serves(t *testing.T, c *certificate, name string) {
	t.Helper()
	got, err := c.get(&tls.ClientHelloInfo{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Leaf.Subject.CommonName != name {
		t.Errorf("got the certificate of %s, want that of %s", got.Leaf.Subject.CommonName, name)
	}
}

// writeCertificate puts a self-signed certificate into the files of c.
func writeCertificate(t *testing.T, c *certificate, name string, at time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		c.certFile: {Type: "CERTIFICATE", Bytes: cert}, c.keyFile: {Type: "PRIVATE KEY", Bytes: secret},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
}
