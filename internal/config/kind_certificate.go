package config

import (
	"crypto/x509"
	"errors"
)

var certificateFile = kind[string]{
	noun: "file", want: "a PEM file of certificates", form: asText,
	parse: func(text string) (string, error) {
		if text == "" {
			return "", nil
		}
		if _, err := readCertificates(text); err != nil {
			return "", err
		}
		return text, nil
	},
	format: itself[string],
}

// maxCertificates is the largest webhook_ca_file, in bytes.
const maxCertificates = 4 << 20

// readCertificates returns the PEM text of path, in which there is at least one
// certificate.
func readCertificates(path string) ([]byte, error) {
	pem, err := readFile(path, maxCertificates)
	if err != nil {
		return nil, err
	}
	if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		return nil, errors.New("there is no certificate in it")
	}
	return pem, nil
}
